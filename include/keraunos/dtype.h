// Element types of tensors, and the two 16-bit floats that C++20 lacks.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "keraunos/export.h"

namespace keraunos {

/// Types of elements, named as in Keras; `boolean` is a byte.
// clang-format off
enum class DType : uint8_t {
  float32, float64, float16, bfloat16, int8, uint8, int16, uint16, int32, uint32, int64, uint64, boolean, string
};
// clang-format on

/// IEEE 754 half precision, as bits. Arithmetic happens in float: convert, compute, convert back (round to nearest even).
struct float16 {
  uint16_t bits = 0;  ///< sign, five bits of exponent, ten of mantissa
  float16() = default;
  explicit float16(float value) noexcept;    ///< rounded to nearest even
  explicit operator float() const noexcept;  ///< exact
};

/// The upper half of a float32, as bits.
struct bfloat16 {
  uint16_t bits = 0;  ///< sign, eight bits of exponent, seven of mantissa
  bfloat16() = default;
  /// Rounded to nearest even.
  explicit bfloat16(float value) noexcept {
    uint32_t word = std::bit_cast<uint32_t>(value);
    const bool nan = (word & 0x7fffffffu) > 0x7f800000u;
    word += 0x7fffu + ((word >> 16) & 1u);
    bits = nan ? uint16_t{0x7fc0} : static_cast<uint16_t>(word >> 16);
  }
  /// Exact.
  explicit operator float() const noexcept { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
};

/// Bytes of one element in memory; a string element is a std::string_view.
constexpr int64_t size_of(DType type) noexcept {
  switch (type) {
    // clang-format off
    case DType::float64: case DType::int64: case DType::uint64: return 8;
    case DType::float32: case DType::int32: case DType::uint32: return 4;
    case DType::float16: case DType::bfloat16: case DType::int16: case DType::uint16: return 2;
    case DType::int8: case DType::uint8: case DType::boolean: return 1;
    case DType::string: return sizeof(std::string_view);
      // clang-format on
  }
  return 0;
}

/// Whether it is one of the four floating-point types.
constexpr bool is_floating(DType type) noexcept {
  return type == DType::float32 || type == DType::float64 || type == DType::float16 || type == DType::bfloat16;
}

/// Keras's own name: "float32", "bool", "string".
KERAUNOS_API std::string_view name_of(DType type) noexcept;

/// The DType of a C++ element type; a compile error for a type that has none.
template <class T>
constexpr DType dtype_of() noexcept {
  using U = std::remove_cv_t<T>;
  // clang-format off
  if constexpr (std::is_same_v<U, float>) return DType::float32;
  else if constexpr (std::is_same_v<U, double>) return DType::float64;
  else if constexpr (std::is_same_v<U, float16>) return DType::float16;
  else if constexpr (std::is_same_v<U, bfloat16>) return DType::bfloat16;
  else if constexpr (std::is_same_v<U, bool>) return DType::boolean;
  else if constexpr (std::is_same_v<U, std::string_view>) return DType::string;
  else {
    // clang-format on
    static_assert(std::is_integral_v<U>, "no tensor holds elements of this type");
    constexpr bool is_signed = std::is_signed_v<U>;
    if constexpr (sizeof(U) == 1)
      return is_signed ? DType::int8 : DType::uint8;
    else if constexpr (sizeof(U) == 2)
      return is_signed ? DType::int16 : DType::uint16;
    else if constexpr (sizeof(U) == 4)
      return is_signed ? DType::int32 : DType::uint32;
    else
      return is_signed ? DType::int64 : DType::uint64;
  }
}

inline float16::float16(float value) noexcept {
  const uint32_t word = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (word >> 16) & 0x8000u;
  const uint32_t magnitude = word & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    bits = static_cast<uint16_t>(sign | 0x7e00u);  // NaN
  } else if (magnitude >= 0x477ff000u) {
    bits = static_cast<uint16_t>(sign | 0x7c00u);  // rounds to infinity
  } else if (magnitude >= 0x38800000u) {           // normal
    const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
    bits = static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
  } else {  // subnormal: adding 0.5 lets the float unit round to the last place of a half
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    bits = static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
  }
}

inline float16::operator float() const noexcept {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu;
  const uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0) {  // zero and subnormals: mantissa * 2^-24
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return std::bit_cast<float>(std::bit_cast<uint32_t>(value) | sign);
  }
  const uint32_t biased = exponent == 31 ? 255u : exponent + 112u;
  return std::bit_cast<float>(sign | (biased << 23) | (mantissa << 13));
}

}  // namespace keraunos
