// keraunos._native: the native functions for the package in python/keraunos; not used directly.
#include <string>

#include "errors.h"
#include "model.h"

namespace keraunos::python {
namespace py = pybind11;

/// NumPy 2 moved the fields of a dtype, which pybind11 before 2.12 reads at their old offsets: numbers would silently be wrong.
void check_numpy() {
  const auto version = py::module_::import("numpy").attr("__version__").cast<std::string>();
  if (PYBIND11_VERSION_HEX < 0x020C0000 && version.substr(0, 2) != "1.") {
    throw py::import_error("this build of keraunos is for NumPy 1 (its pybind11 is older than 2.12), found NumPy " + version +
                           "; build it with a newer pybind11, as `pip install .` does");
  }
}

}  // namespace keraunos::python

PYBIND11_MODULE(_native, module) {
  keraunos::python::check_numpy();
  keraunos::python::register_errors();
  keraunos::python::bind_model(module);
  keraunos::python::bind_load(module);
  keraunos::python::bind_session(module);
  keraunos::python::bind_device(module);
  keraunos::python::bind_ops(module);
}
