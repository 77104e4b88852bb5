// Converts errors of the library to exceptions of keraunos.errors.
#pragma once

namespace keraunos::python {

void register_errors();

}  // namespace keraunos::python
