// Predictions with arrays of a CUDA device, and the class DeviceArray of their results.

#include <bit>
#include <optional>

#include "arrays.h"
#include "dlpack.h"
#include "keraunos/device_call.h"
#include "keraunos/error.h"
#include "model.h"
#include "watch.h"

namespace keraunos::python {
namespace py = pybind11;
namespace {

constexpr int kCpu = 1, kCuda = 2;  // DLPack's kinds of devices

/// The type of an element in NumPy's notation; empty for bfloat16, which NumPy does not have.
std::string typestr_of(DType type) {
  const std::string name(name_of(type));
  if (type == DType::bfloat16) return {};
  if (type == DType::boolean) return "|b1";
  const char kind = name[0];  // f, i or u
  return (size_of(type) == 1 ? '|' : '<') + std::string(1, kind) + std::to_string(size_of(type));
}

DType dtype_of_typestr(const std::string& typestr) {
  for (int i = 0; i < static_cast<int>(DType::string); ++i) {
    const std::string own = typestr_of(static_cast<DType>(i));
    if (!own.empty() && typestr.size() == 3 && own.substr(1) == typestr.substr(1) && typestr[0] != '>')
      return static_cast<DType>(i);
  }
  throw UsageError("__cuda_array_interface__ has typestr '" + typestr + "', which is of no type that Keraunos has");
}

py::tuple shape_of(const DeviceTensor& tensor) {
  return py::tuple(py::cast(std::vector<int64_t>(tensor.dims().begin(), tensor.dims().end())));
}

/// Waits for a producer's stream as __cuda_array_interface__ (version 3) and DLPack number them.
StreamRef stream_numbered(uint64_t number) {
  if (number == 1) return StreamRef::legacy();
  return {std::bit_cast<CUstream_st*>(number)};  // 2 is also CUDA's own handle of the per-thread stream
}

/// The inputs of one call: arrays of the CPU as NamedArrays takes them, objects with __dlpack__, and tuples
/// (address, typestr, shape, stream or None) of __cuda_array_interface__, whose memory lies on the device of the model.
class DeviceInputs {
 public:
  DeviceInputs(const py::list& values, DeviceCall& call, Device device) : host_(on_host(values)) {
    for (const auto& [name, view] : host_.views()) views_.emplace_back(name, view);
    for (const py::handle& entry : values) {
      const auto [name, value] = entry.cast<std::pair<std::string, py::object>>();
      if (py::hasattr(value, "__dlpack__") && !py::isinstance<py::array>(value)) {
        received_.push_back(dlpack_from(capsule_of(value, call)));
        views_.emplace_back(name, received_.back());
      } else if (is_interface(value)) {
        const auto [address, typestr, shape, stream] =
            value.cast<std::tuple<uint64_t, std::string, std::vector<int64_t>, std::optional<uint64_t>>>();
        if (stream) call.wait_for(stream_numbered(*stream));
        views_.emplace_back(name, TensorView(std::bit_cast<const void*>(address), dtype_of_typestr(typestr),
                                             Dims(std::span<const int64_t>(shape)), device));
      }
    }
  }
  const NamedViews& views() const noexcept { return views_; }

 private:
  static bool is_interface(const py::object& value) { return py::isinstance<py::tuple>(value) && py::len(value) == 4; }
  static py::list on_host(const py::list& values) {
    py::list chosen;
    for (const py::handle& entry : values) {
      const py::object value = entry.cast<py::tuple>()[1];
      if (py::isinstance<py::array>(value) || (py::isinstance<py::tuple>(value) && !is_interface(value))) chosen.append(entry);
    }
    return chosen;
  }
  /// The producer makes our stream wait for its work. Libraries before DLPack 1.0 do not know max_version.
  static py::object capsule_of(const py::object& value, const DeviceCall& call) {
    const py::int_ stream(reinterpret_cast<uintptr_t>(call.stream()));
    const py::object method = value.attr("__dlpack__");
    try {
      return method(py::arg("stream") = stream, py::arg("max_version") = py::make_tuple(1, 0));
    } catch (py::error_already_set& error) {
      if (!error.matches(PyExc_TypeError)) throw;
    }
    return method(py::arg("stream") = stream);
  }

  NamedArrays host_;
  std::vector<DlpackTensor> received_;
  NamedViews views_;
};

/// A list of pairs (name, DeviceArray). A `batch_size` of -1 means that all rows are one batch.
py::list predict_on_device(const Model& model, const py::list& values, int64_t batch_size, const py::object& progress,
                           std::optional<int64_t> max_turns) {
  std::optional<DeviceCall> call;
  {
    const py::gil_scoped_release without_gil;
    call.emplace(model);
  }
  const DeviceInputs inputs(values, *call, model.device());
  Watch watch(progress);
  NamedDeviceTensors results;
  try {
    const py::gil_scoped_release without_gil;
    if (batch_size == -1) batch_size = size_of_one_batch(model, inputs.views());
    results = call->predict(inputs.views(), watch.options(batch_size, max_turns));
    call.reset();
  } catch (const Cancelled&) {
    watch.rethrow();
    throw;
  }
  watch.rethrow();
  py::list answer;
  for (auto& [name, tensor] : results) answer.append(py::make_tuple(name, std::move(tensor)));
  return answer;
}

py::object to_numpy_array(const DeviceTensor& tensor) {
  Tensor copy;
  {
    const py::gil_scoped_release without_gil;
    copy = tensor.to_host();
  }
  return to_numpy(std::move(copy));
}

[[noreturn]] void refuse(PyObject* type, const std::string& message) {
  PyErr_SetString(type, message.c_str());
  throw py::error_already_set();
}

/// The work that wrote the memory is finished, so no stream has to wait.
py::capsule dlpack(const DeviceTensor& tensor, const py::object& stream, const py::object& max_version,
                   const py::object& dl_device, const py::object& copy) {
  if (!stream.is_none() && !py::isinstance<py::int_>(stream)) refuse(PyExc_TypeError, "stream must be None or an integer");
  if (!stream.is_none() && stream.cast<int64_t>() == 0)
    refuse(PyExc_ValueError, "stream=0 is ambiguous; use 1 or 2 for the default streams of CUDA");
  const bool versioned = !max_version.is_none() && max_version.cast<py::tuple>()[0].cast<int>() >= 1;
  const bool must_copy = !copy.is_none() && copy.cast<bool>(), may_copy = copy.is_none() || must_copy;
  const auto wanted = dl_device.is_none() ? std::make_pair(kCuda, tensor.device().index) : dl_device.cast<std::pair<int, int>>();
  if (wanted.first == kCpu && may_copy) {
    Tensor on_host;
    {
      const py::gil_scoped_release without_gil;
      on_host = tensor.to_host();
    }
    return dlpack_capsule(std::move(on_host), versioned);
  }
  if (wanted != std::make_pair(kCuda, tensor.device().index))
    refuse(PyExc_BufferError,
           "the array lies on " + tensor.device().to_string() + "; it can be copied to the CPU, (1, 0), and to no other device");
  if (must_copy) refuse(PyExc_BufferError, "a copy on the same device is not made here: copy the array that you get");
  return dlpack_capsule(tensor, versioned);
}

py::dict cuda_array_interface(const DeviceTensor& tensor) {
  const std::string typestr = typestr_of(tensor.dtype());
  if (typestr.empty()) refuse(PyExc_AttributeError, "__cuda_array_interface__ has no bfloat16; use __dlpack__");
  py::dict answer;
  answer["shape"] = shape_of(tensor);
  answer["typestr"] = typestr;
  answer["data"] = py::make_tuple(tensor.bytes() == 0 ? 0 : reinterpret_cast<uintptr_t>(tensor.data()), false);
  answer["strides"] = py::none();
  answer["version"] = 3;
  answer["stream"] = py::none();
  return answer;
}

std::string repr(const DeviceTensor& tensor) {
  return "<keraunos.DeviceArray shape=" + tensor.dims().to_string() + ", dtype=" + std::string(name_of(tensor.dtype())) +
         ", device=" + tensor.device().to_string() + ">";
}

py::ssize_t length(const DeviceTensor& tensor) {
  if (tensor.dims().rank() == 0) refuse(PyExc_TypeError, "len() of an array without axes");
  return tensor.dims()[0];
}

}  // namespace

void bind_device(py::module_& module) {
  py::class_<DeviceTensor>(module, "DeviceArray")
      .def_property_readonly("shape", &shape_of)
      .def_property_readonly("ndim", [](const DeviceTensor& tensor) { return tensor.dims().rank(); })
      .def_property_readonly("size", [](const DeviceTensor& tensor) { return tensor.dims().elements(); })
      .def_property_readonly("nbytes", &DeviceTensor::bytes)
      .def_property_readonly("dtype", [](const DeviceTensor& tensor) { return std::string(name_of(tensor.dtype())); })
      .def_property_readonly("device", [](const DeviceTensor& tensor) { return tensor.device().to_string(); })
      .def_property_readonly("__cuda_array_interface__", &cuda_array_interface)
      .def("__dlpack__", &dlpack, py::kw_only(), py::arg("stream") = py::none(), py::arg("max_version") = py::none(),
           py::arg("dl_device") = py::none(), py::arg("copy") = py::none())
      .def("__dlpack_device__", [](const DeviceTensor& tensor) { return py::make_tuple(kCuda, tensor.device().index); })
      .def("__array__",
           [](const DeviceTensor&, const py::args&, const py::kwargs&) -> py::object {
             refuse(PyExc_TypeError, "an array of a device is not copied to the CPU implicitly: use .numpy()");
           })
      .def("numpy", &to_numpy_array)
      .def("__len__", &length)
      .def("__repr__", &repr);
  module.def("predict_on_device", &predict_on_device);
  module.def("array_from_dlpack", &array_from_dlpack);
}

}  // namespace keraunos::python
