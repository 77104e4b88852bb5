#include "loader/keras/json_tensor.h"

#include <cmath>
#include <utility>
#include <vector>

#include "keraunos/error.h"

namespace keraunos::loader {

using files::Json;

namespace {

std::vector<int64_t> extents_of(const Json& value, const std::string& where) {
  std::vector<int64_t> extents;
  for (const Json* level = &value; level->is_array(); level = &level->at(0)) {
    extents.push_back(level->size());
    if (static_cast<int>(extents.size()) > Dims::kMaxRank) throw ModelError(where + ": an array of more than 8 dimensions");
    if (level->size() == 0) break;
  }
  return extents;
}

void flatten(const Json& value, std::span<const int64_t> extents, std::vector<const Json*>& leaves, const std::string& where) {
  if (extents.empty()) {
    if (value.is_array() || value.is_object() || value.is_null())
      throw ModelError(where + ": an array whose lists are not of one shape");
    leaves.push_back(&value);
    return;
  }
  if (!value.is_array() || value.size() != extents[0]) throw ModelError(where + ": an array whose lists are not of one shape");
  for (const Json& item : value.items()) flatten(item, extents.subspan(1), leaves, where);
}

DType natural_type(const std::vector<const Json*>& leaves) {
  bool all_bool = !leaves.empty(), all_integer = true;
  for (const Json* leaf : leaves) {
    if (leaf->is_string()) return DType::string;
    all_bool = all_bool && leaf->is_bool();
    all_integer = all_integer && (leaf->is_int() || leaf->is_bool());
  }
  if (all_bool) return DType::boolean;
  return all_integer && !leaves.empty() ? DType::int32 : DType::float32;
}

// An integer outside the type's range would wrap, and the conversion of NaN is undefined.
template <class T>
T integer_of(const Json& leaf) {
  if (leaf.is_bool()) return static_cast<T>(leaf.as_bool() ? 1 : 0);
  const bool whole = leaf.is_int()
                         ? std::in_range<T>(leaf.as_int())
                         : std::abs(leaf.as_double()) < 9e15 && std::in_range<T>(static_cast<int64_t>(leaf.as_double()));
  if (!whole) throw ModelError("the number " + leaf.dump() + " does not fit " + std::string(name_of(dtype_of<T>())));
  return static_cast<T>(leaf.is_int() ? leaf.as_int() : static_cast<int64_t>(leaf.as_double()));
}

template <class T>
void store(Tensor& tensor, const std::vector<const Json*>& leaves) {
  std::span<T> target = tensor.mutable_values<T>();
  for (size_t i = 0; i < leaves.size(); ++i) {
    const Json& leaf = *leaves[i];
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      target[i] = integer_of<T>(leaf);
      continue;
    }
    const double number = leaf.is_bool() ? (leaf.as_bool() ? 1.0 : 0.0) : leaf.as_double();
    if constexpr (std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>)
      target[i] = T(static_cast<float>(number));
    else
      target[i] = static_cast<T>(number);
  }
}

void store_as(Tensor& tensor, const std::vector<const Json*>& leaves) {
  switch (tensor.dtype()) {
    case DType::float32: return store<float>(tensor, leaves);
    case DType::float64: return store<double>(tensor, leaves);
    case DType::float16: return store<float16>(tensor, leaves);
    case DType::bfloat16: return store<bfloat16>(tensor, leaves);
    case DType::int8: return store<int8_t>(tensor, leaves);
    case DType::uint8: return store<uint8_t>(tensor, leaves);
    case DType::int16: return store<int16_t>(tensor, leaves);
    case DType::uint16: return store<uint16_t>(tensor, leaves);
    case DType::int32: return store<int32_t>(tensor, leaves);
    case DType::uint32: return store<uint32_t>(tensor, leaves);
    case DType::int64: return store<int64_t>(tensor, leaves);
    case DType::uint64: return store<uint64_t>(tensor, leaves);
    case DType::boolean: return store<bool>(tensor, leaves);
    case DType::string: return;
  }
}

}  // namespace

std::shared_ptr<const Tensor> tensor_of_json(const Json& value, std::optional<DType> dtype, const std::string& where) {
  const std::vector<int64_t> extents = extents_of(value, where);
  std::vector<const Json*> leaves;
  flatten(value, extents, leaves, where);
  const DType type = dtype.value_or(natural_type(leaves));
  if (type == DType::string) {
    std::vector<std::string> strings;
    for (const Json* leaf : leaves) strings.push_back(leaf->as_string());
    return std::make_shared<const Tensor>(Tensor::strings(strings, Dims(extents)));
  }
  Tensor tensor(type, Dims(extents));
  store_as(tensor, leaves);
  return std::make_shared<const Tensor>(std::move(tensor));
}

}  // namespace keraunos::loader
