// Division by a number known on the host: a GPU needs twenty instructions for a 32-bit division, and two for this one.
#pragma once

#include <cstdint>

#include "kernels/math/hd.h"

namespace keraunos::cuda {

/// Divides numbers n below 2³¹ by d, one of 1 … 2³¹: with 2^(s−1) < d ≤ 2^s, n / d is n · ⌈2^(31+s) / d⌉ / 2^(31+s). Rounding the
/// factor up adds less than n / 2^(31+s) < 1 / d to the quotient, too little to reach the next integer.
class Divisor {
 public:
  Divisor() = default;
  explicit Divisor(int64_t by) : by_(static_cast<uint32_t>(by)) {
    while ((uint64_t{1} << (shift_ - 31)) < by_) ++shift_;
    factor_ = static_cast<uint32_t>(((uint64_t{1} << shift_) + by_ - 1) / by_);
  }

  KERAUNOS_HD uint32_t by() const { return by_; }
  /// Returns the remainder and sets n to the quotient.
  KERAUNOS_HD uint32_t take(uint32_t& n) const {
    const auto quotient = static_cast<uint32_t>((uint64_t{n} * factor_) >> shift_);
    const uint32_t remainder = n - quotient * by_;
    n = quotient;
    return remainder;
  }

 private:
  uint32_t by_ = 1, factor_ = uint32_t{1} << 31;
  int32_t shift_ = 31;
};

}  // namespace keraunos::cuda
