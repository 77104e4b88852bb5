#include "c/convert.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "c/guard.h"
#include "keraunos/error.h"

namespace keraunos::c {
namespace {

static_assert(KERAUNOS_FLOAT16 == static_cast<int>(DType::float16) && KERAUNOS_INT8 == static_cast<int>(DType::int8) &&
              KERAUNOS_UINT64 == static_cast<int>(DType::uint64) && KERAUNOS_BOOL == static_cast<int>(DType::boolean) &&
              KERAUNOS_STRING == static_cast<int>(DType::string) && KERAUNOS_CUDA == static_cast<int>(Device::cuda));
static_assert(static_cast<int>(KERAUNOS_MAX_RANK) == static_cast<int>(Dims::kMaxRank));

DType dtype_of_value(keraunos_dtype value, const Place& place) {
  if (value >= KERAUNOS_FLOAT32 && value <= KERAUNOS_STRING) return static_cast<DType>(value);
  throw UsageError(place.text() + " has the dtype " + std::to_string(value) + "; a dtype is one of KERAUNOS_FLOAT32 (0) to " +
                   "KERAUNOS_STRING (13)");
}

Dims checked_dims(int32_t rank, const int64_t* dims, const Place& place) {
  if (rank < 0 || rank > KERAUNOS_MAX_RANK)
    throw UsageError(place.text() + " has the rank " + std::to_string(rank) + "; a rank is 0 to 8");
  return Dims(std::span<const int64_t>(dims, static_cast<size_t>(rank)));
}

void check_memory(const void* data, DType type, const Dims& dims, const Device& where, const Place& place) {
  if (data == nullptr && dims.elements() > 0)
    throw UsageError(place.text() + " is " + dims.to_string() + ", but its data is NULL");
  if (type == DType::string && where.kind != Device::cpu)
    throw UsageError(place.text() + " holds strings, which lie on the CPU only");
}

std::string_view characters_of(const keraunos_string& text, size_t element, const Place& place) {
  if (text.data == nullptr && text.size != 0)
    throw UsageError("string " + std::to_string(element) + " of " + place.text() +
                     " has data that is NULL and a size that is not 0");
  return text.size == KERAUNOS_TERMINATED ? std::string_view(text.data) : std::string_view(text.data, text.size);
}

std::string names_of(std::span<const TensorSpec> specs) {
  std::string names;
  for (const TensorSpec& spec : specs) names += (names.empty() ? "\"" : ", \"") + spec.name + '"';
  return names;
}

}  // namespace

Device device_of(keraunos_device_kind kind, int32_t index) {
  if (kind != KERAUNOS_CPU && kind != KERAUNOS_CUDA)
    throw UsageError("there is no device of kind " + std::to_string(kind) + "; a kind is KERAUNOS_CPU (0) or KERAUNOS_CUDA (1)");
  if (index < 0) throw UsageError("the device's index is " + std::to_string(index) + "; it counts from 0");
  return {kind == KERAUNOS_CPU ? Device::cpu : Device::cuda, index};
}

std::vector<Dims> dims_of(const keraunos_shape* shapes, size_t count) {
  std::vector<Dims> all;
  for (const keraunos_shape& shape : array_of(shapes, count, "inputs"))
    all.push_back(checked_dims(shape.rank, shape.dims, {"inputs", all.size()}));
  return all;
}

TensorView view_of(const keraunos_view& view, Strings& strings, const Place& place) {
  const DType type = dtype_of_value(view.dtype, place);
  const Dims dims = checked_dims(view.rank, view.dims, place);
  const Device where = device_of(view.device, view.device_index);
  check_memory(view.data, type, dims, where, place);
  if (type != DType::string) return {view.data, type, dims, where};
  const auto* texts = static_cast<const keraunos_string*>(view.data);
  std::vector<std::string_view>& characters = strings.emplace_back(static_cast<size_t>(dims.elements()));
  for (size_t i = 0; i < characters.size(); ++i) characters[i] = characters_of(texts[i], i, place);
  return {characters.data(), type, dims};
}

MutableView buffer_of(const keraunos_buffer& buffer, Strings& strings, const Place& place) {
  const DType type = dtype_of_value(buffer.dtype, place);
  const Dims dims = checked_dims(buffer.rank, buffer.dims, place);
  const Device where = device_of(buffer.device, buffer.device_index);
  check_memory(buffer.data, type, dims, where, place);
  if (type != DType::string) return {buffer.data, type, dims, where};
  return {strings.emplace_back(static_cast<size_t>(dims.elements())).data(), type, dims};
}

NamedViews named_views(std::span<const keraunos_view> views, std::span<const TensorSpec> specs, Strings& strings,
                       const char* array) {
  const auto named =
      static_cast<size_t>(std::count_if(views.begin(), views.end(), [](const auto& v) { return v.name != nullptr; }));
  if (named != 0 && named != views.size()) throw UsageError("of `" + std::string(array) + "` some have names and some have none");
  if (named == 0 && views.size() != specs.size()) {
    throw UsageError("the model has " + std::to_string(specs.size()) + " (" + names_of(specs) + ") for `" + array + "`, found " +
                     std::to_string(views.size()) + " without names");
  }
  NamedViews all;
  all.reserve(views.size());
  for (size_t i = 0; i < views.size(); ++i)
    all.emplace_back(named != 0 ? views[i].name : specs[i].name, view_of(views[i], strings, {array, i}));
  return all;
}

keraunos_spec spec_for_caller(const TensorSpec& spec) {
  const size_t rank = spec.shape.size();
  if (rank > KERAUNOS_MAX_RANK) throw UsageError('"' + spec.name + "\" has " + std::to_string(rank) + " axes; 8 are the most");
  keraunos_spec result{};
  result.name = spec.name.c_str();
  result.input_layer = spec.input_layer.empty() ? nullptr : spec.input_layer.c_str();
  result.dtype = static_cast<keraunos_dtype>(spec.dtype);
  result.rank = static_cast<int32_t>(rank);
  for (size_t axis = 0; axis < rank; ++axis) result.dims[axis] = spec.shape[axis].value_or(-1);
  return result;
}

void copy_strings(std::span<const std::string_view> from, keraunos_string* to) {
  for (const std::string_view text : from) *to++ = {text.data(), text.size()};
}

char* text_for_caller(std::string_view text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

void check_index(size_t index, size_t count, const char* what) {
  if (index >= count)
    throw UsageError("there are " + std::to_string(count) + ' ' + what + ", found index " + std::to_string(index));
}

}  // namespace keraunos::c

void keraunos_text_free(char* text) { std::free(text); }

size_t keraunos_dtype_size(keraunos_dtype dtype) {
  if (dtype < KERAUNOS_FLOAT32 || dtype > KERAUNOS_STRING) return 0;
  if (dtype == KERAUNOS_STRING) return sizeof(keraunos_string);
  return static_cast<size_t>(keraunos::size_of(static_cast<keraunos::DType>(dtype)));
}

const char* keraunos_dtype_name(keraunos_dtype dtype) {
  if (dtype < KERAUNOS_FLOAT32 || dtype > KERAUNOS_STRING) return nullptr;
  return keraunos::name_of(static_cast<keraunos::DType>(dtype)).data();  // a string literal, so it ends with a zero
}
