// keraunos._native: what the package in python/keraunos calls. Users do not see it.
#include "errors.h"
#include "model.h"

PYBIND11_MODULE(_native, module) {
  keraunos::python::register_errors();
  keraunos::python::bind_model(module);
  keraunos::python::bind_load(module);
}
