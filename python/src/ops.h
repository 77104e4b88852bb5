// Layers, functions, losses and metrics that a Python function describes by calls of keraunos.ops (traced.py).
#pragma once

#include <pybind11/pybind11.h>

#include "keraunos/model.h"

namespace keraunos::python {

/// `functions`: tuples (role, name, function) with the role "class", "function", "layer" or "comparison". The functions are not
/// kept alive: the Python object of the model does that.
void add_ops_functions(CustomObjects& objects, const pybind11::list& functions);

}  // namespace keraunos::python
