// 16-bit floats as bits, without branches so that loops over them vectorise. Round to nearest even, NaN stays NaN.
#pragma once

#include "kernels/math/hd.h"

namespace keraunos::math {

KERAUNOS_HD constexpr float from_half(uint16_t bits) {
  const uint32_t sign = (static_cast<uint32_t>(bits) & 0x8000u) << 16;
  const uint32_t magnitude = (static_cast<uint32_t>(bits) & 0x7fffu) << 13;
  const uint32_t special = magnitude >= 0x0f800000u ? 0x70000000u : 0u;  // infinity and NaN need exponent 255
  // The bits of the magnitude, read as a float, are 2^-112 of its value, subnormals included.
  const uint32_t scaled = bits_of(float_of(magnitude) * 0x1p112f);
  return float_of((special != 0 ? (magnitude | 0x7f800000u) : scaled) | sign);
}

KERAUNOS_HD constexpr uint16_t to_half(float value) {
  const uint32_t word = bits_of(value);
  const uint32_t sign = (word >> 16) & 0x8000u;
  const uint32_t magnitude = word & 0x7fffffffu;
  const uint32_t normal = (magnitude + 0xfffu + ((magnitude >> 13) & 1u) - 0x38000000u) >> 13;
  // Adding 0.5 makes the float unit round to the last place of a subnormal half.
  const uint32_t small = magnitude < 0x38800000u ? magnitude : 0u;
  const uint32_t subnormal = bits_of(float_of(small) + 0.5f) - 0x3f000000u;
  uint32_t result = magnitude < 0x38800000u ? subnormal : normal;
  result = magnitude >= 0x477ff000u ? 0x7c00u : result;
  result = magnitude > 0x7f800000u ? 0x7e00u : result;
  return static_cast<uint16_t>(result | sign);
}

KERAUNOS_HD constexpr float from_bfloat(uint16_t bits) { return float_of(static_cast<uint32_t>(bits) << 16); }

KERAUNOS_HD constexpr uint16_t to_bfloat(float value) {
  const uint32_t word = bits_of(value);
  const uint32_t rounded = (word + 0x7fffu + ((word >> 16) & 1u)) >> 16;
  return static_cast<uint16_t>((word & 0x7fffffffu) > 0x7f800000u ? 0x7fc0u : rounded);
}

}  // namespace keraunos::math
