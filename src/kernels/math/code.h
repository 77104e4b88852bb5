// A pointwise program in fixed arrays, so that it can be a kernel argument or a constexpr. Every register is in one of three
// lanes: float for float32 and the 16-bit floats, double for float64, int64_t for integers and booleans. A step computes in the
// lane of its operands and rounds to its own type, so int8 wraps at 8 bits and bfloat16 has 8 bits of mantissa after each step.
#pragma once

#include "keraunos/dtype.h"
#include "kernels/math/functions.h"
#include "kernels/math/half.h"

namespace keraunos::math {

enum class Lane : uint8_t { single, real, integer };

KERAUNOS_HD constexpr Lane lane_of(DType type) {
  if (type == DType::float64) return Lane::real;
  return type == DType::float32 || type == DType::float16 || type == DType::bfloat16 ? Lane::single : Lane::integer;
}

struct CodeStep {
  Function function = Function::copy;
  uint8_t a = 0, b = 0, c = 0;
  double immediate = 0;
};

struct Code {
  static constexpr int kRegisters = 64;
  int32_t inputs = 0, steps = 0;
  DType types[kRegisters] = {};  ///< of all registers: inputs, then one for each step
  CodeStep step[kRegisters] = {};
};

/// A register of any lane.
union Word {
  float single;
  double real;
  int64_t integer;
};

/// Wraps an integer to the width of a type.
KERAUNOS_HD constexpr int64_t wrap(int64_t x, DType type) {
  switch (type) {
    case DType::int8: return static_cast<int8_t>(x);
    case DType::uint8: return static_cast<uint8_t>(x);
    case DType::int16: return static_cast<int16_t>(x);
    case DType::uint16: return static_cast<uint16_t>(x);
    case DType::int32: return static_cast<int32_t>(x);
    case DType::uint32: return static_cast<uint32_t>(x);
    case DType::boolean: return x != 0;
    default: return x;
  }
}

/// Rounds a float to a 16-bit type.
KERAUNOS_HD constexpr float round_to(float x, DType type) {
  if (type == DType::float16) return from_half(to_half(x));
  if (type == DType::bfloat16) return from_bfloat(to_bfloat(x));
  return x;
}

KERAUNOS_HD Word load_element(const void* memory, DType type, int64_t index) {
  Word word{};
  switch (type) {
    case DType::float32: word.single = static_cast<const float*>(memory)[index]; break;
    case DType::float64: word.real = static_cast<const double*>(memory)[index]; break;
    case DType::float16: word.single = from_half(static_cast<const uint16_t*>(memory)[index]); break;
    case DType::bfloat16: word.single = from_bfloat(static_cast<const uint16_t*>(memory)[index]); break;
    case DType::int8: word.integer = static_cast<const int8_t*>(memory)[index]; break;
    case DType::uint8: word.integer = static_cast<const uint8_t*>(memory)[index]; break;
    case DType::int16: word.integer = static_cast<const int16_t*>(memory)[index]; break;
    case DType::uint16: word.integer = static_cast<const uint16_t*>(memory)[index]; break;
    case DType::int32: word.integer = static_cast<const int32_t*>(memory)[index]; break;
    case DType::uint32: word.integer = static_cast<const uint32_t*>(memory)[index]; break;
    case DType::boolean: word.integer = static_cast<const uint8_t*>(memory)[index] != 0; break;
    default: word.integer = static_cast<const int64_t*>(memory)[index]; break;
  }
  return word;
}

KERAUNOS_HD void store_element(void* memory, DType type, int64_t index, Word word) {
  switch (type) {
    case DType::float32: static_cast<float*>(memory)[index] = word.single; break;
    case DType::float64: static_cast<double*>(memory)[index] = word.real; break;
    case DType::float16: static_cast<uint16_t*>(memory)[index] = to_half(word.single); break;
    case DType::bfloat16: static_cast<uint16_t*>(memory)[index] = to_bfloat(word.single); break;
    case DType::int8:
    case DType::uint8: static_cast<uint8_t*>(memory)[index] = static_cast<uint8_t>(word.integer); break;
    case DType::int16:
    case DType::uint16: static_cast<uint16_t*>(memory)[index] = static_cast<uint16_t>(word.integer); break;
    case DType::int32:
    case DType::uint32: static_cast<uint32_t*>(memory)[index] = static_cast<uint32_t>(word.integer); break;
    case DType::boolean: static_cast<uint8_t*>(memory)[index] = word.integer != 0; break;
    default: static_cast<int64_t*>(memory)[index] = word.integer; break;
  }
}

}  // namespace keraunos::math
