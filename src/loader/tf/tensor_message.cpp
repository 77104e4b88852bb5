// TensorProto: 1 dtype, 2 tensor_shape {2 dim {1 size}}, 4 tensor_content, else one list by type: 5 float_val, 6 double_val, 7
// int_val, 8 string_val, 9 scomplex_val and 12 dcomplex_val (real and imaginary parts in turn), 10 int64_val, 11 bool_val, 13
// half_val (bits), 16 uint32_val, 17 uint64_val. The last value of a list that is shorter than the tensor is repeated. From
// tensorflow/core/framework/tensor.proto.
#include "loader/tf/tensor_message.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "host/graph/extent.h"
#include "keraunos/error.h"
#include "loader/files/protobuf.h"
#include "loader/keras/dtype_policy.h"
#include "loader/tf/node.h"
#include "loader/tf/shape_message.h"

namespace keraunos::loader {
namespace {

using files::ProtoField;
using files::ProtoReader;

enum TensorField : uint32_t {
  tensor_type = 1,
  tensor_shape = 2,
  tensor_content = 4,
  floats = 5,
  doubles = 6,
  texts = 8,
  pairs = 9,
  wide_pairs = 12
};

struct Parts {
  int64_t type = 0;
  std::vector<int64_t> sizes;
  std::string_view content;
  std::vector<std::string> texts;
  std::vector<uint64_t> bits;  // the bits of each number of a list, in the message's width
};

std::vector<int64_t> known_shape(std::string_view message, const std::string& where) {
  const auto sizes = sizes_of_shape(message, where);
  if (!sizes) throw ModelError(where + " is a constant of unknown rank");
  return *sizes;
}

void append_fixed(const ProtoField& field, size_t width, std::vector<uint64_t>& bits, const std::string& where) {
  if (field.kind != ProtoField::Kind::bytes) return bits.push_back(field.integer);
  if (field.bytes.size() % width != 0) throw ModelError(where + " is cut off");
  for (size_t at = 0; at + width <= field.bytes.size(); at += width) {
    uint64_t value = 0;
    std::memcpy(&value, field.bytes.data() + at, width);
    bits.push_back(value);
  }
}

Parts parts_of(std::string_view message, const std::string& where) {
  Parts parts;
  ProtoReader reader(message, where);
  while (const auto field = reader.next()) {
    switch (field->number) {
      case tensor_type: parts.type = field->as_int(); break;
      case tensor_shape: parts.sizes = known_shape(field->bytes, where); break;
      case tensor_content: parts.content = field->bytes; break;
      case pairs:
      case floats: append_fixed(*field, sizeof(float), parts.bits, where); break;
      case wide_pairs:
      case doubles: append_fixed(*field, sizeof(double), parts.bits, where); break;
      case texts: parts.texts.emplace_back(field->bytes); break;
      case 7:
      case 10:
      case 11:
      case 13:
      case 16:
      case 17:
        for (const int64_t number : files::packed_integers(*field, where)) parts.bits.push_back(static_cast<uint64_t>(number));
        break;
      default: break;
    }
  }
  return parts;
}

// A little-endian machine stores the low bytes first, which are the element, whatever its type. `stride` and `start` pick one
// part of complex numbers.
void fill(Tensor& tensor, const std::vector<uint64_t>& bits, size_t start, size_t stride) {
  auto* const to = static_cast<std::byte*>(tensor.data());
  const auto width = static_cast<size_t>(size_of(tensor.dtype()));
  const size_t listed = bits.size() / stride;
  for (size_t i = 0; i < static_cast<size_t>(tensor.dims().elements()); ++i) {
    const uint64_t value = listed == 0 ? 0 : bits[std::min(i, listed - 1) * stride + start];
    std::memcpy(to + i * width, &value, width);
  }
}

void copy(Tensor& tensor, std::string_view content, size_t start, size_t stride) {
  auto* const to = static_cast<std::byte*>(tensor.data());
  if (stride == 1 && !content.empty()) std::memcpy(to, content.data(), content.size());
  if (stride == 1) return;
  const auto width = static_cast<size_t>(size_of(tensor.dtype()));
  for (size_t i = 0; i < static_cast<size_t>(tensor.dims().elements()); ++i)
    std::memcpy(to + i * width, content.data() + (i * stride + start) * width, width);
}

Dims dims_of(const Parts& parts, const std::string& where) {
  if (parts.sizes.size() > Dims::kMaxRank) throw ModelError(where + " has " + std::to_string(parts.sizes.size()) + " axes");
  for (const int64_t size : parts.sizes) {
    if (size < 0) throw ModelError(where + " has an extent of " + std::to_string(size));
  }
  return Dims{std::span<const int64_t>(parts.sizes)};
}

std::shared_ptr<const Tensor> texts_of(Parts parts, const Dims& dims) {
  const auto elements = static_cast<size_t>(dims.elements());
  if (!parts.texts.empty() && parts.texts.size() < elements) parts.texts.resize(elements, std::string(parts.texts.back()));
  parts.texts.resize(elements);
  return std::make_shared<const Tensor>(Tensor::strings(parts.texts, dims));
}

// Other bit patterns than 0 and 1 would be no valid bool.
void make_valid(Tensor& tensor) {
  if (tensor.dtype() != DType::boolean) return;
  const std::span<std::byte> all(static_cast<std::byte*>(tensor.data()), static_cast<size_t>(tensor.bytes()));
  for (std::byte& value : all) value = std::byte{value != std::byte{0}};
}

}  // namespace

MessageTensor tensor_of_message(std::string_view message, const std::string& where, files::MemoryBudget& budget) {
  const Parts parts = parts_of(message, where);
  const std::string_view name = dtype_name_of(parts.type);
  const bool is_complex = name == "complex64" || name == "complex128";
  const auto dtype = is_complex ? std::optional(name == "complex64" ? DType::float32 : DType::float64) : dtype_named(name);
  if (!dtype)
    throw ModelError(where + " is a tensor of TensorFlow's type " + std::to_string(parts.type) + ", which is not supported");
  const Dims dims = dims_of(parts, where);
  const size_t stride = is_complex ? 2 : 1;
  const int64_t bytes = host::checked_multiply(dims.elements(), size_of(*dtype) * static_cast<int64_t>(stride));
  budget.take(static_cast<uint64_t>(bytes), where);
  if (*dtype == DType::string) return {.tensor = texts_of(parts, dims)};
  if (!parts.content.empty() && static_cast<int64_t>(parts.content.size()) != bytes)
    throw ModelError(where + " has " + std::to_string(parts.content.size()) + " bytes; expected " + std::to_string(bytes) +
                     " for " + dims.to_string());
  MessageTensor result;
  for (size_t part = 0; part < stride; ++part) {
    auto tensor = std::make_shared<Tensor>(*dtype, dims);
    if (parts.content.empty())
      fill(*tensor, parts.bits, part, stride);
    else
      copy(*tensor, parts.content, part, stride);
    make_valid(*tensor);
    (part == 0 ? result.tensor : result.imaginary) = std::move(tensor);
  }
  return result;
}

}  // namespace keraunos::loader
