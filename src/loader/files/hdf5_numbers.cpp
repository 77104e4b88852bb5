#include "loader/files/hdf5_numbers.h"

namespace keraunos::files {

std::optional<DType> dtype_of(const IntegerBits& bits) {
  if (bits.precision != 8 * bits.bytes || bits.offset != 0) return std::nullopt;
  switch (bits.bytes) {
    case 1: return bits.is_signed ? DType::int8 : DType::uint8;
    case 2: return bits.is_signed ? DType::int16 : DType::uint16;
    case 4: return bits.is_signed ? DType::int32 : DType::uint32;
    case 8: return bits.is_signed ? DType::int64 : DType::uint64;
    default: return std::nullopt;
  }
}

std::optional<DType> dtype_of(const FloatBits& bits) {
  struct Known {
    DType dtype;
    uint64_t bytes, exponent, mantissa, bias;
  };
  constexpr Known kKnown[] = {{DType::float16, 2, 5, 10, 15},
                              {DType::bfloat16, 2, 8, 7, 127},
                              {DType::float32, 4, 8, 23, 127},
                              {DType::float64, 8, 11, 52, 1023}};
  const bool packed = bits.mantissa_at == 0 && bits.exponent_at == bits.mantissa &&
                      bits.sign_at == bits.mantissa + bits.exponent && bits.sign_at + 1 == 8 * bits.bytes &&
                      bits.precision == 8 * bits.bytes && bits.offset == 0;
  if (!packed || !bits.is_implied) return std::nullopt;
  for (const Known& known : kKnown) {
    if (known.bytes == bits.bytes && known.exponent == bits.exponent && known.mantissa == bits.mantissa &&
        known.bias == bits.bias)
      return known.dtype;
  }
  return std::nullopt;
}

bool is_boolean(std::string_view name, uint8_t value) { return value < 2 && name == (value == 0 ? "FALSE" : "TRUE"); }

}  // namespace keraunos::files
