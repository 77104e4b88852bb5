#include "loader/files/protobuf.h"

#include <bit>

#include "keraunos/error.h"

namespace keraunos::files {

float ProtoField::as_float() const noexcept { return std::bit_cast<float>(static_cast<uint32_t>(integer)); }
double ProtoField::as_double() const noexcept { return std::bit_cast<double>(integer); }

std::optional<uint64_t> take_varint(std::string_view& bytes) noexcept {
  constexpr int kBits = 64, kBitsOfByte = 7;
  uint64_t value = 0;
  for (int shift = 0; shift < kBits && !bytes.empty(); shift += kBitsOfByte) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

void ProtoReader::refuse(const char* why) const { throw ModelError(std::string(what_) + ": damaged protocol buffer: " + why); }

uint64_t ProtoReader::varint() {
  const auto value = take_varint(rest_);
  if (!value) refuse("a number is cut off or longer than ten bytes");
  return *value;
}

uint64_t ProtoReader::fixed(size_t size) {
  if (rest_.size() < size) refuse("a number is cut off");
  uint64_t value = 0;
  for (size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(rest_[i - 1]);
  rest_.remove_prefix(size);
  return value;
}

std::optional<ProtoField> ProtoReader::next() {
  if (rest_.empty()) return std::nullopt;
  const uint64_t tag = varint();
  ProtoField field;
  constexpr uint64_t kLargestNumber = (1U << 29) - 1;
  if (tag >> 3 == 0 || tag >> 3 > kLargestNumber) refuse("a field has a number out of range");
  field.number = static_cast<uint32_t>(tag >> 3);
  switch (tag & 7) {
    case 0: field.kind = ProtoField::Kind::integer, field.integer = varint(); return field;
    case 1: field.kind = ProtoField::Kind::fixed64, field.integer = fixed(8); return field;
    case 2: {
      const uint64_t size = varint();
      if (size > rest_.size()) refuse("a field is longer than what holds it");
      field.kind = ProtoField::Kind::bytes, field.bytes = rest_.substr(0, size);
      rest_.remove_prefix(size);
      return field;
    }
    case 5: field.kind = ProtoField::Kind::fixed32, field.integer = fixed(4); return field;
    default: refuse("a field is of a kind that files do not have");
  }
}

std::vector<int64_t> packed_integers(const ProtoField& field, std::string_view what) {
  if (field.kind != ProtoField::Kind::bytes) return {field.as_int()};
  std::vector<int64_t> all;
  std::string_view rest = field.bytes;
  while (!rest.empty()) {
    const auto number = take_varint(rest);
    if (!number) throw ModelError(std::string(what) + ": damaged protocol buffer: a number is cut off");
    all.push_back(static_cast<int64_t>(*number));
  }
  return all;
}

}  // namespace keraunos::files
