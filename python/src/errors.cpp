#include "errors.h"

#include <pybind11/pybind11.h>

#include <string_view>
#include <utility>

#include "keraunos/error.h"

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
    raise("DataError", error);
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
