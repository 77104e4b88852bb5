#include "host/run/convert.h"

#include <cstddef>
#include <cstring>
#include <type_traits>

namespace keraunos::host {
namespace {

template <class T>
constexpr bool is_half = std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>;

template <class To, class From>
To one(From value) {
  if constexpr (is_half<From>) {
    return one<To>(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else if constexpr (is_half<To>) {
    return To(static_cast<float>(value));
  } else {
    return static_cast<To>(value);
  }
}

// Calls f with a value of the C++ type of a numeric dtype.
template <class F>
void with_type(DType type, F&& f) {
  switch (type) {
    case DType::float32: f(float{}); return;
    case DType::float64: f(double{}); return;
    case DType::float16: f(float16{}); return;
    case DType::bfloat16: f(bfloat16{}); return;
    case DType::int8: f(int8_t{}); return;
    case DType::uint8: f(uint8_t{}); return;
    case DType::int16: f(int16_t{}); return;
    case DType::uint16: f(uint16_t{}); return;
    case DType::int32: f(int32_t{}); return;
    case DType::uint32: f(uint32_t{}); return;
    case DType::int64: f(int64_t{}); return;
    case DType::uint64: f(uint64_t{}); return;
    case DType::boolean: f(bool{}); return;
    case DType::string: return;
  }
}

}  // namespace

void convert(const void* from, DType from_type, void* to, DType to_type, int64_t elements) {
  const auto* source = static_cast<const std::byte*>(from);
  auto* target = static_cast<std::byte*>(to);
  with_type(from_type, [&]<class From>(From) {
    with_type(to_type, [&]<class To>(To) {
      for (int64_t i = 0; i < elements; ++i) {
        From value;
        std::memcpy(&value, source + i * static_cast<int64_t>(sizeof(From)), sizeof(From));
        const To result = one<To>(value);
        std::memcpy(target + i * static_cast<int64_t>(sizeof(To)), &result, sizeof(To));
      }
    });
  });
}

}  // namespace keraunos::host
