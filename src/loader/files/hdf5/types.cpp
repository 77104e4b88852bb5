#include "loader/files/hdf5/types.h"

#include <array>
#include <utility>

#include "loader/files/hdf5_numbers.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr int kIntegerClass = 0, kFloatClass = 1, kStringClass = 3, kOpaqueClass = 5, kEnumerationClass = 8, kVariableClass = 9;
constexpr int kLastVersion = 5;
constexpr int kMostAxes = 32;

std::optional<DType> integer_of(uint64_t bytes, bool is_signed, Cursor& cursor) {
  const uint16_t offset = cursor.u16(), precision = cursor.u16();
  return dtype_of(IntegerBits{.bytes = bytes, .precision = precision, .offset = offset, .is_signed = is_signed});
}

std::optional<DType> float_of(uint64_t bytes, uint32_t bits, Cursor& cursor) {
  FloatBits found{.bytes = bytes, .sign_at = bits >> 8 & 0xFF, .is_implied = (bits >> 4 & 3) == 2};
  found.offset = cursor.u16(), found.precision = cursor.u16();
  found.exponent_at = cursor.u8(), found.exponent = cursor.u8();
  found.mantissa_at = cursor.u8(), found.mantissa = cursor.u8();
  found.bias = cursor.u32();
  return dtype_of(found);
}

// Base type, names, values. Names are padded to 8 bytes before version 3.
std::optional<DType> enumeration_of(uint64_t bytes, int version, uint32_t members, Cursor& cursor) {
  if (bytes != 1 || members != 2) return std::nullopt;
  const uint32_t head = cursor.u32();
  const uint64_t base_bytes = cursor.u32();
  if ((head & 0xF) != kIntegerClass || base_bytes != 1 || !integer_of(1, true, cursor)) return std::nullopt;
  std::array<std::string, 2> names;
  for (std::string& name : names) {
    const uint64_t before = cursor.done();
    name = cursor.terminated();
    if (version < 3) cursor.skip((8 - (cursor.done() - before) % 8) % 8);
  }
  for (const std::string& name : names) {
    if (!is_boolean(name, cursor.u8())) return std::nullopt;
  }
  return DType::boolean;
}

}  // namespace

ElementType read_type(Cursor cursor) {
  const uint32_t head = cursor.u32(), bits = head >> 8;
  const int version = static_cast<int>(head >> 4 & 0xF), type = static_cast<int>(head & 0xF);
  if (version < 1 || version > kLastVersion) cursor.fail("the datatype's version " + std::to_string(version) + " is unknown");
  ElementType result{.kind = ElementType::Kind::other, .bytes = cursor.u32()};
  if (result.bytes == 0 && type != kStringClass && type != kOpaqueClass) cursor.fail("its elements have no bytes");
  switch (type) {
    case kIntegerClass: result.dtype = integer_of(result.bytes, (bits & 8) != 0, cursor); break;
    case kFloatClass:
      if ((bits & 0x40) == 0) result.dtype = float_of(result.bytes, bits, cursor);  // otherwise in VAX byte order
      break;
    case kEnumerationClass: result.dtype = enumeration_of(result.bytes, version, bits & 0xFFFF, cursor); break;
    case kStringClass: result.kind = ElementType::Kind::fixed_string; break;
    case kOpaqueClass: result.kind = ElementType::Kind::opaque; break;
    case kVariableClass:
      if ((bits & 0xF) == 1) result.kind = ElementType::Kind::variable_string;
      break;
    default: break;
  }
  if (result.dtype) result.kind = ElementType::Kind::number;
  const bool has_order = type == kIntegerClass || type == kFloatClass;
  result.is_big_endian = has_order && (bits & 1) != 0 && result.bytes > 1;
  return result;
}

uint64_t Extents::elements() const {
  if (is_null) return 0;
  uint64_t count = 1;
  for (const uint64_t size : sizes) {
    if (size == 0) return 0;
  }
  for (const uint64_t size : sizes) count = product(count, size, "a dataspace");
  return count;
}

Extents read_extents(Cursor cursor) {
  const int version = cursor.version({1, 2});
  const uint8_t rank = cursor.u8(), flags = cursor.u8();
  if (rank > kMostAxes) cursor.fail("it has " + std::to_string(rank) + " dimensions");
  Extents result;
  if (version == 1) {
    cursor.skip(5);
  } else {
    const uint8_t kind = cursor.u8();
    if (kind > 2 || (kind != 1 && rank != 0))
      cursor.fail("its kind " + std::to_string(kind) + " does not fit " + std::to_string(rank) + " dimensions");
    result.is_null = kind == 2;
  }
  for (int i = 0; i < rank; ++i) result.sizes.push_back(cursor.length());
  const bool has_most = (flags & 1) != 0;
  const uint64_t unlimited = kNowhere >> (64 - 8 * cursor.sizes().length);
  for (const uint64_t size : result.sizes) {
    const uint64_t most = has_most ? cursor.length() : size;
    result.most.push_back(most == unlimited ? kNowhere : most);
    if (most < size) cursor.fail("an extent of " + std::to_string(size) + " is above its maximum of " + std::to_string(most));
  }
  return result;
}

}  // namespace keraunos::files::hdf5
