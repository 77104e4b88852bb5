#include "arrays.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "keraunos/error.h"

namespace keraunos::python {
namespace py = pybind11;
namespace {

/// A dtype of NumPy's own by its kind and size; bfloat16 is not one of them.
struct NumpyType {
  char kind;
  py::ssize_t size;
  DType dtype;
  py::dtype (*make)();  // py::dtype("f4") would parse the text in each call
};
constexpr NumpyType kTypes[] = {
    {'f', 4, DType::float32, &py::dtype::of<float>},   {'f', 8, DType::float64, &py::dtype::of<double>},
    {'i', 4, DType::int32, &py::dtype::of<int32_t>},   {'i', 8, DType::int64, &py::dtype::of<int64_t>},
    {'i', 1, DType::int8, &py::dtype::of<int8_t>},     {'u', 1, DType::uint8, &py::dtype::of<uint8_t>},
    {'i', 2, DType::int16, &py::dtype::of<int16_t>},   {'u', 2, DType::uint16, &py::dtype::of<uint16_t>},
    {'u', 4, DType::uint32, &py::dtype::of<uint32_t>}, {'u', 8, DType::uint64, &py::dtype::of<uint64_t>},
    {'b', 1, DType::boolean, &py::dtype::of<bool>},    {'f', 2, DType::float16, [] { return py::dtype("f2"); }},
};

std::optional<DType> known_dtype(const py::dtype& type) {
  for (const NumpyType& known : kTypes) {
    if (known.kind == type.kind() && known.size == type.itemsize()) return known.dtype;
  }
  return std::nullopt;
}

DType dtype_of_array(const py::array& array) {
  const py::dtype type = array.dtype();
  if (const std::optional<DType> known = known_dtype(type)) return *known;
  const std::string name = py::str(static_cast<const py::object&>(type));
  if (name == "bfloat16") return DType::bfloat16;
  throw UsageError("an array of " + name + " cannot be an input: expected numbers, booleans or strings");
}

/// Without ml_dtypes float32 is used, which represents the same numbers.
py::object bfloat16_array(const Tensor& tensor, const std::vector<py::ssize_t>& shape) {
  try {
    const py::object dtype = py::module_::import("ml_dtypes").attr("bfloat16");
    const py::array_t<uint16_t> bits(shape, static_cast<const uint16_t*>(tensor.data()));
    return bits.attr("view")(dtype);
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_ImportError)) throw;
  }
  py::array_t<float> numbers(shape);
  const std::span<const bfloat16> values = tensor.values<bfloat16>();
  float* to = numbers.mutable_data();
  for (const bfloat16 value : values) *to++ = static_cast<float>(value);
  return numbers;
}

py::object string_array(const Tensor& tensor, const std::vector<py::ssize_t>& shape) {
  py::list values;
  for (const std::string_view text : tensor.values<std::string_view>()) values.append(py::bytes(text.data(), text.size()));
  const py::module_ numpy = py::module_::import("numpy");
  const py::object array = numpy.attr("empty")(py::cast(values.size()), py::arg("dtype") = "object");
  array.attr("__setitem__")(py::ellipsis(), values);
  return array.attr("reshape")(py::cast(shape));
}

py::dtype numpy_type(DType type) {
  for (const NumpyType& known : kTypes) {
    if (known.dtype == type) return known.make();
  }
  throw InternalError("a result of " + std::string(name_of(type)) + " has no NumPy dtype");
}

}  // namespace

NamedArrays::NamedArrays(const py::list& arrays) : kept_(arrays) {
  texts_.reserve(arrays.size());
  views_.reserve(arrays.size());
  for (const py::handle& entry : arrays) {
    const auto pair = entry.cast<std::pair<std::string, py::object>>();
    views_.emplace_back(pair.first, view_of(pair.second));
  }
}

TensorView NamedArrays::view_of(const py::object& value) {
  if (py::isinstance<py::tuple>(value)) return strings(value.cast<py::tuple>());
  const auto array = value.cast<py::array>();
  if ((array.flags() & py::array::c_style) == 0) throw InternalError("an array came that is not contiguous");
  const std::vector<int64_t> shape(array.shape(), array.shape() + array.ndim());
  return {array.data(), dtype_of_array(array), Dims(std::span<const int64_t>(shape))};
}

TensorView NamedArrays::strings(const py::tuple& value) {
  std::vector<std::string_view> texts;
  for (const py::handle& text : value[0].cast<py::list>()) {
    char* data = nullptr;
    py::ssize_t size = 0;
    if (PyBytes_AsStringAndSize(text.ptr(), &data, &size) != 0) throw py::error_already_set();
    texts.emplace_back(data, static_cast<size_t>(size));
  }
  texts_.push_back(std::move(texts));
  const auto shape = value[1].cast<std::vector<int64_t>>();
  return {texts_.back(), Dims(std::span<const int64_t>(shape))};
}

std::optional<TensorView> plain_array(const py::handle& value, py::ssize_t rank) {
  if (Py_TYPE(value.ptr()) != py::detail::npy_api::get().PyArray_Type_) return std::nullopt;
  const auto array = py::reinterpret_borrow<py::array>(value);
  if (array.ndim() != rank || rank < 1 || rank > Dims::kMaxRank || array.shape(0) < 1 ||
      (array.flags() & py::array::c_style) == 0)
    return std::nullopt;
  const py::dtype type = array.dtype();
  if (type.byteorder() == '>') return std::nullopt;
  const std::optional<DType> dtype = known_dtype(type);
  if (!dtype) return std::nullopt;
  return TensorView{array.data(), *dtype, Dims({array.shape(), static_cast<size_t>(rank)})};
}

py::object array_over(Tensor tensor, const py::handle& type) {
  auto kept = std::make_unique<Tensor>(std::move(tensor));
  const Dims& dims = kept->dims();
  const py::detail::npy_api& numpy = py::detail::npy_api::get();
  py::object array = py::reinterpret_steal<py::object>(numpy.PyArray_NewFromDescr_(
      reinterpret_cast<PyTypeObject*>(type.ptr()), numpy_type(kept->dtype()).release().ptr(), dims.rank(), dims.span().data(),
      nullptr, kept->data(), py::detail::npy_api::NPY_ARRAY_WRITEABLE_, nullptr));
  if (!array) throw py::error_already_set();
  py::capsule owner(kept.get(), [](void* held) { delete static_cast<Tensor*>(held); });
  static_cast<void>(kept.release());  // the capsule owns it now
  if (numpy.PyArray_SetBaseObject_(array.ptr(), owner.release().ptr()) != 0) throw py::error_already_set();
  return array;
}

py::object to_numpy(Tensor tensor) {
  const std::vector<py::ssize_t> shape(tensor.dims().begin(), tensor.dims().end());
  if (tensor.dtype() == DType::string) return string_array(tensor, shape);
  if (tensor.dtype() == DType::bfloat16) return bfloat16_array(tensor, shape);
  return array_over(std::move(tensor), reinterpret_cast<PyObject*>(py::detail::npy_api::get().PyArray_Type_));
}

py::object copy_of(const TensorView& view) {
  Tensor copy = Tensor::copy_of(view);
  if (view.dtype == DType::bfloat16) {
    Tensor numbers(DType::float32, view.dims);
    std::ranges::transform(copy.values<bfloat16>(), numbers.mutable_values<float>().begin(),
                           [](bfloat16 x) { return static_cast<float>(x); });
    copy = std::move(numbers);
  }
  return to_numpy(std::move(copy));
}

py::list to_numpy(Named&& results) {
  py::list answer;
  for (auto& [name, tensor] : results) answer.append(py::make_tuple(name, to_numpy(std::move(tensor))));
  return answer;
}

}  // namespace keraunos::python
