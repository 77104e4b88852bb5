// The type of numbers in operations.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <string>

namespace keraunos::host {

/// A double. Two are equal when their bits are equal: operations with −0 and 0 differ (1/x distinguishes them), and NaN equals
/// itself. In comparisons with other types it is a plain double.
struct Number {
  double value = 0;

  constexpr Number(double number = 0) noexcept : value(number) {}
  constexpr operator double() const noexcept { return value; }
  template <std::same_as<Number> N>
  friend constexpr bool operator==(const N& a, const N& b) noexcept {
    return std::bit_cast<uint64_t>(a.value) == std::bit_cast<uint64_t>(b.value);
  }
};

/// The shortest text that reads back as the same double: "1e-07".
std::string text_of(Number number);

}  // namespace keraunos::host
