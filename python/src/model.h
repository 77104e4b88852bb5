// The classes Model and Layer of keraunos._native.
#pragma once

#include <pybind11/pybind11.h>

namespace keraunos::python {

void bind_model(pybind11::module_& module);
void bind_load(pybind11::module_& module);
void bind_session(pybind11::module_& module);

}  // namespace keraunos::python
