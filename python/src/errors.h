// Errors of the library as exceptions of keraunos.errors.
#pragma once

namespace keraunos::python {

void register_errors();

}  // namespace keraunos::python
