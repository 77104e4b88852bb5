// The parts of keraunos._native: Model and Layer, load_model, States, DeviceArray, Trace.
#pragma once

#include <pybind11/pybind11.h>

namespace keraunos::python {

void bind_model(pybind11::module_& module);
void bind_load(pybind11::module_& module);
void bind_session(pybind11::module_& module);
void bind_device(pybind11::module_& module);
void bind_ops(pybind11::module_& module);

}  // namespace keraunos::python
