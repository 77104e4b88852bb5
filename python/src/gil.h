// Objects of Python in C++ objects that any thread may destroy.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>

namespace keraunos::python {

/// Releases the object with the GIL, on whichever thread the last pointer dies; after the interpreter's end not at all.
inline std::shared_ptr<PyObject> kept(pybind11::object object) {
  return {object.release().ptr(), [](PyObject* held) {
            if (Py_IsInitialized() == 0) return;
            const pybind11::gil_scoped_acquire gil;
            Py_XDECREF(held);
          }};
}

}  // namespace keraunos::python
