// Layers and functions that a NumPy function computes (kernels.py).
#pragma once

#include <pybind11/pybind11.h>

#include <memory>

#include "keraunos/error.h"
#include "keraunos/model.h"

namespace keraunos::python {

/// A NumPy function raised `exception`, which the binding raises again at the end of the call.
struct PythonRaised : DataError {
  PythonRaised(const std::string& where, std::shared_ptr<PyObject> raised) : DataError(where), exception(std::move(raised)) {}
  std::shared_ptr<PyObject> exception;
};

/// `kernels`: tuples (role, name, kernel) with the role "class", "function" or "layer". The kernels are not kept alive: the
/// Python object of the model does that, so that the garbage collector sees functions that refer to their model.
void add_kernels(CustomObjects& objects, const pybind11::list& kernels);

}  // namespace keraunos::python
