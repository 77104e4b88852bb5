#include "loader/saving/tensor_json.h"

#include <string>

namespace keraunos::loader {

using files::Json;

namespace {

template <class T>
Json number(const void* data, int64_t index) {
  const T value = static_cast<const T*>(data)[index];
  if constexpr (std::is_integral_v<T>)
    return static_cast<int64_t>(value);
  else
    return static_cast<double>(static_cast<float>(value));
}

Json element(const TensorView& view, int64_t index) {
  switch (view.dtype) {
    case DType::float64: return static_cast<const double*>(view.data)[index];
    case DType::float32: return number<float>(view.data, index);
    case DType::float16: return number<float16>(view.data, index);
    case DType::bfloat16: return number<bfloat16>(view.data, index);
    case DType::int8: return number<int8_t>(view.data, index);
    case DType::uint8: return number<uint8_t>(view.data, index);
    case DType::int16: return number<int16_t>(view.data, index);
    case DType::uint16: return number<uint16_t>(view.data, index);
    case DType::int32: return number<int32_t>(view.data, index);
    case DType::uint32: return number<uint32_t>(view.data, index);
    case DType::int64: return number<int64_t>(view.data, index);
    case DType::uint64: return number<uint64_t>(view.data, index);
    case DType::boolean: return number<uint8_t>(view.data, index).as_int() != 0;
    case DType::string: return static_cast<const std::string_view*>(view.data)[index];
  }
  return nullptr;
}

Json nested(const TensorView& view, int axis, int64_t& index) {
  if (axis == view.dims.rank()) return element(view, index++);
  Json list = Json::array();
  for (int64_t i = 0; i < view.dims[axis]; ++i) list.push_back(nested(view, axis + 1, index));
  return list;
}

}  // namespace

Json tensor_json(const Tensor& tensor) {
  const TensorView view(tensor);
  int64_t index = 0;
  Json config = Json::object();
  config.set("value", nested(view, 0, index)).set("dtype", std::string(name_of(view.dtype)));
  Json object = Json::object();
  object.set("class_name", "__tensor__").set("config", std::move(config));
  return object;
}

}  // namespace keraunos::loader
