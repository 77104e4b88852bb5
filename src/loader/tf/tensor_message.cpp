// TensorProto: 1 dtype, 2 tensor_shape {2 dim {1 size}}, 4 tensor_content, else one list by type: 5 float_val, 6 double_val, 7
// int_val, 8 string_val, 10 int64_val, 11 bool_val, 13 half_val (bits), 16 uint32_val, 17 uint64_val. The last value of a list
// that is shorter than the tensor is repeated. From tensorflow/core/framework/tensor.proto.
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

enum TensorField : uint32_t { tensor_type = 1, tensor_shape = 2, tensor_content = 4, floats = 5, doubles = 6, texts = 8 };

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
      case floats: append_fixed(*field, sizeof(float), parts.bits, where); break;
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

// A little-endian machine stores the low bytes first, which are the element, whatever its type.
void fill(Tensor& tensor, const std::vector<uint64_t>& bits) {
  auto* const to = static_cast<std::byte*>(tensor.data());
  const auto width = static_cast<size_t>(size_of(tensor.dtype()));
  for (size_t i = 0; i < static_cast<size_t>(tensor.dims().elements()); ++i) {
    const uint64_t value = bits.empty() ? 0 : bits[std::min(i, bits.size() - 1)];
    std::memcpy(to + i * width, &value, width);
  }
}

}  // namespace

std::shared_ptr<const Tensor> tensor_of_message(std::string_view message, const std::string& where, files::MemoryBudget& budget) {
  Parts parts = parts_of(message, where);
  const auto dtype = dtype_named(dtype_name_of(parts.type));
  if (!dtype)
    throw ModelError(where + " is a tensor of TensorFlow's type " + std::to_string(parts.type) + ", which is not supported");
  if (parts.sizes.size() > Dims::kMaxRank) throw ModelError(where + " has " + std::to_string(parts.sizes.size()) + " axes");
  int64_t elements = 1;
  for (const int64_t size : parts.sizes) {
    if (size < 0) throw ModelError(where + " has an extent of " + std::to_string(size));
    elements = host::checked_multiply(elements, size);
  }
  const Dims dims{std::span<const int64_t>(parts.sizes)};
  const int64_t bytes = host::checked_multiply(elements, size_of(*dtype));
  budget.take(static_cast<uint64_t>(bytes), where);
  if (*dtype == DType::string) {
    if (!parts.texts.empty() && static_cast<int64_t>(parts.texts.size()) < elements)
      parts.texts.resize(static_cast<size_t>(elements), std::string(parts.texts.back()));
    parts.texts.resize(static_cast<size_t>(elements));
    return std::make_shared<const Tensor>(Tensor::strings(parts.texts, dims));
  }
  auto tensor = std::make_shared<Tensor>(*dtype, dims);
  if (parts.content.empty()) {
    fill(*tensor, parts.bits);
  } else {
    if (static_cast<int64_t>(parts.content.size()) != bytes)
      throw ModelError(where + " has " + std::to_string(parts.content.size()) + " bytes; expected " + std::to_string(bytes) +
                       " for " + dims.to_string());
    std::memcpy(tensor->data(), parts.content.data(), parts.content.size());
  }
  if (*dtype == DType::boolean) {
    const std::span<std::byte> all(static_cast<std::byte*>(tensor->data()), static_cast<size_t>(bytes));
    for (std::byte& value : all) value = std::byte{value != std::byte{0}};  // other bit patterns would be no valid bool
  }
  return tensor;
}

}  // namespace keraunos::loader
