// Marks the symbols that a shared library of Keraunos exports; all others are hidden.
#pragma once

#define KERAUNOS_API __attribute__((visibility("default")))
