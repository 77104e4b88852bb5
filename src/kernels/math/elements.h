// The types in which elements are computed: float for 16-bit floats, the element's own type for all others; and conversion of a
// DType to a template argument. For both devices.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

#include "keraunos/dtype.h"
#include "keraunos/error.h"
#include "kernels/math/half.h"

namespace keraunos::math {

template <class T>
constexpr bool kIsHalf = std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>;

/// The type that elements of type T are computed in.
template <class T>
using Computed = std::conditional_t<kIsHalf<T>, float, T>;

template <class T>
KERAUNOS_HD Computed<T> widen(T x) {
  if constexpr (std::is_same_v<T, float16>)
    return from_half(x.bits);
  else if constexpr (std::is_same_v<T, bfloat16>)
    return from_bfloat(x.bits);
  else
    return x;
}

template <class T>
KERAUNOS_HD T narrow(Computed<T> x) {
  if constexpr (std::is_same_v<T, float16>) {
    T result;
    result.bits = to_half(x);
    return result;
  } else if constexpr (std::is_same_v<T, bfloat16>) {
    T result;
    result.bits = to_bfloat(x);
    return result;
  } else {
    return x;
  }
}

template <class T>
struct Type {
  using type = T;
};

[[noreturn]] inline void no_such_type(const char* what, DType type) {
  throw InternalError(std::string(what) + " has no kernel for " + std::string(name_of(type)));
}

/// Calls work(Type<T>{}) with the floating type that `type` names.
template <class Work>
void for_floating(const char* what, DType type, Work&& work) {
  switch (type) {
    case DType::float32: return work(Type<float>{});
    case DType::float64: return work(Type<double>{});
    case DType::float16: return work(Type<float16>{});
    case DType::bfloat16: return work(Type<bfloat16>{});
    default: no_such_type(what, type);
  }
}

/// The same for every numeric type; booleans are uint8_t of 0 or 1.
template <class Work>
void for_numeric(const char* what, DType type, Work&& work) {
  switch (type) {
    case DType::int8: return work(Type<int8_t>{});
    case DType::uint8:
    case DType::boolean: return work(Type<uint8_t>{});
    case DType::int16: return work(Type<int16_t>{});
    case DType::uint16: return work(Type<uint16_t>{});
    case DType::int32: return work(Type<int32_t>{});
    case DType::uint32: return work(Type<uint32_t>{});
    case DType::int64: return work(Type<int64_t>{});
    case DType::uint64: return work(Type<uint64_t>{});
    default: return for_floating(what, type, work);
  }
}

}  // namespace keraunos::math
