#include "errors.h"

#include <pybind11/pybind11.h>

#include <string_view>
#include <utility>

#include "keraunos/error.h"
#include "kernel.h"

namespace keraunos::python {
namespace py = pybind11;
namespace {

py::object exception_class(const char* name) { return py::module_::import("keraunos.errors").attr(name); }

void raise(const char* name, const std::exception& error) { PyErr_SetString(exception_class(name).ptr(), error.what()); }

void raise_unsupported(const UnsupportedError& error) {
  py::list items;
  for (const UnsupportedError::Item& item : error.items) items.append(py::make_tuple(item.layer, item.class_name, item.reason));
  const py::object type = exception_class("UnsupportedError");
  PyErr_SetObject(type.ptr(), type(error.what(), items).ptr());
}

/// The library has one class for all device errors; these words identify its messages about memory.
bool is_about_memory(const DeviceError& error) {
  const std::string_view text = error.what();
  return text.find("memory") != std::string_view::npos || text.find("cannot allocate") != std::string_view::npos;
}

/// The error of a NumPy function, by itself or nested in one with the path of its layer; null where it is none.
std::shared_ptr<PyObject> raised_by_function(const DataError& error) {
  if (const auto* own = dynamic_cast<const PythonRaised*>(&error)) return own->exception;
  try {
    std::rethrow_if_nested(error);
  } catch (const DataError& inner) {
    return raised_by_function(inner);
  } catch (...) {  // of another origin
  }
  return nullptr;
}

/// Raises the function's own exception, with a note that names the layer.
void raise_again(const std::shared_ptr<PyObject>& exception, const DataError& error) {
  const auto raised = py::reinterpret_borrow<py::object>(exception.get());
  py::list notes = py::getattr(raised, "__notes__", py::list());  // what add_note() of Python 3.11 does
  notes.append(py::str(error.what()));
  py::setattr(raised, "__notes__", notes);
  PyErr_SetObject(py::type::of(raised).ptr(), raised.ptr());
}

void raise_data_error(const DataError& error) {
  if (const std::shared_ptr<PyObject> exception = raised_by_function(error))
    raise_again(exception, error);
  else
    raise("DataError", error);
}

void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(std::move(pointer));
  } catch (const UnsupportedError& error) {
    raise_unsupported(error);
  } catch (const ModelError& error) {
    raise("ModelError", error);
  } catch (const UsageError& error) {
    raise("UsageError", error);
  } catch (const DataError& error) {
    raise_data_error(error);
  } catch (const Cancelled& error) {
    raise("Cancelled", error);
  } catch (const DeviceError& error) {
    raise(is_about_memory(error) ? "DeviceMemoryError" : "DeviceError", error);
  } catch (const InternalError& error) {
    raise("InternalError", error);
  } catch (const Error& error) {
    raise("Error", error);
  }
}

}  // namespace

void register_errors() { py::register_exception_translator(&translate); }

}  // namespace keraunos::python
