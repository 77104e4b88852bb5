// What a shared library of Keraunos offers: everything else is hidden.
#pragma once

#define KERAUNOS_API __attribute__((visibility("default")))
