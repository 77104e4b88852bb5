// Loops over one tile of a pointwise program: plain loops over math/functions.h that the compiler vectorises for its instruction
// set.
#pragma once

#include "kernels/cpu/isa/kernels.h"

namespace keraunos::cpu::isa {

template <class Isa, math::Lane L>
struct LaneType;
template <class Isa>
struct LaneType<Isa, math::Lane::single> {
  using type = float;
};
template <class Isa>
struct LaneType<Isa, math::Lane::real> {
  using type = double;
};
template <class Isa>
struct LaneType<Isa, math::Lane::integer> {
  using type = int64_t;
};

template <class Isa, Function F, class T>
void value_loop(void* out, const void* a, const void* b, const void*, int64_t n, double immediate) {
  using Result = decltype(math::compute<F>(T{}, T{}, 0.0));
  constexpr bool kPredicate = math::kSame<Result, bool>;
  const T* x = static_cast<const T*>(a);
  const T* y = static_cast<const T*>(b);
  if constexpr (kPredicate) {
    auto* result = static_cast<int64_t*>(out);
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) result[i] = math::compute<F>(x[i], math::arity(F) == 2 ? y[i] : T{}, immediate);
  } else if constexpr (math::arity(F) == 2) {
    auto* result = static_cast<T*>(out);
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) result[i] = math::compute<F>(x[i], y[i], immediate);
  } else {
    auto* result = static_cast<T*>(out);
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) result[i] = math::compute<F>(x[i], T{}, immediate);
  }
}

template <class Isa, class T>
void select_loop(void* out, const void* a, const void* b, const void* c, int64_t n, double) {
  const auto* condition = static_cast<const int64_t*>(a);
  const T* yes = static_cast<const T*>(b);
  const T* no = static_cast<const T*>(c);
  T* result = static_cast<T*>(out);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const T one = yes[i], other = no[i];
    result[i] = condition[i] != 0 ? one : other;
  }
}

template <class Isa, class From, class To>
void convert_loop(void* out, const void* a, const void*, const void*, int64_t n, double) {
  const From* x = static_cast<const From*>(a);
  To* result = static_cast<To*>(out);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (math::kSame<To, int64_t> && !math::kSame<From, int64_t>)
      result[i] = math::to_integer(x[i]);
    else
      result[i] = static_cast<To>(x[i]);
  }
}

template <class Isa, class From>
void truth_loop(void* out, const void* a, const void*, const void*, int64_t n, double) {
  const From* x = static_cast<const From*>(a);
  auto* result = static_cast<int64_t*>(out);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) result[i] = x[i] != 0;
}

/// Converts elements between memory of type S and lane L; `bits` is 1 for half, 2 for bfloat16, 3 for boolean.
template <class Isa, class S, class L, int bits = 0>
void load_loop(void* to, const void* from, int64_t n) {
  const S* x = static_cast<const S*>(from);
  L* result = static_cast<L*>(to);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (bits == 1)
      result[i] = math::from_half(x[i]);
    else if constexpr (bits == 2)
      result[i] = math::from_bfloat(x[i]);
    else if constexpr (bits == 3)
      result[i] = x[i] != 0;
    else
      result[i] = static_cast<L>(x[i]);
  }
}

template <class Isa, class S, class L, int bits = 0>
void store_loop(void* to, const void* from, int64_t n) {
  const L* x = static_cast<const L*>(from);
  S* result = static_cast<S*>(to);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (bits == 1)
      result[i] = math::to_half(x[i]);
    else if constexpr (bits == 2)
      result[i] = math::to_bfloat(x[i]);
    else if constexpr (bits == 3)
      result[i] = x[i] != 0;
    else
      result[i] = static_cast<S>(x[i]);
  }
}

template <class Isa, DType D>
void settle_loop(void* to, const void* from, int64_t n) {
  using L = typename LaneType<Isa, math::lane_of(D)>::type;
  const L* x = static_cast<const L*>(from);
  L* result = static_cast<L*>(to);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (math::lane_of(D) == math::Lane::integer)
      result[i] = math::wrap(x[i], D);
    else
      result[i] = math::round_to(x[i], D);
  }
}

template <class Isa>
void fill_loop(void* out, math::Word value, bool wide, int64_t n) {
  if (wide) {
    for (int64_t i = 0; i < n; ++i) static_cast<int64_t*>(out)[i] = value.integer;
  } else {
    for (int64_t i = 0; i < n; ++i) static_cast<float*>(out)[i] = value.single;
  }
}

/// Fills the table for functions Low … kFunctions − 1 of one lane.
template <class Isa, class T, int Low>
constexpr void put_functions(Loop* table) {
  if constexpr (Low < math::kFunctions) {
    constexpr auto kFunction = static_cast<Function>(Low);
    constexpr bool kSpecial = kFunction == Function::constant || kFunction == Function::cast || kFunction == Function::select;
    if constexpr (kSpecial)
      table[Low] = nullptr;
    else
      table[Low] = &value_loop<Isa, kFunction, T>;
    put_functions<Isa, T, Low + 1>(table);
  }
}

template <class Isa, class S, class L, int bits = 0>
constexpr void put_storage(Kernels& k, DType type) {
  k.load[static_cast<int>(type)] = &load_loop<Isa, S, L, bits>;
  k.store[static_cast<int>(type)] = &store_loop<Isa, S, L, bits>;
}

template <class Isa, DType D>
constexpr void put_settle(Kernels& k) {
  k.settle[static_cast<int>(D)] = &settle_loop<Isa, D>;
}

template <class Isa>
constexpr void put_tile_loops(Kernels& k) {
  put_functions<Isa, float, 0>(k.value[0]);
  put_functions<Isa, double, 0>(k.value[1]);
  put_functions<Isa, int64_t, 0>(k.value[2]);
  k.select[0] = &select_loop<Isa, float>, k.select[1] = &select_loop<Isa, double>, k.select[2] = &select_loop<Isa, int64_t>;
  k.truth[0] = &truth_loop<Isa, float>, k.truth[1] = &truth_loop<Isa, double>, k.truth[2] = &truth_loop<Isa, int64_t>;
  k.convert[0][0] = &convert_loop<Isa, float, float>, k.convert[0][1] = &convert_loop<Isa, float, double>;
  k.convert[0][2] = &convert_loop<Isa, float, int64_t>, k.convert[1][0] = &convert_loop<Isa, double, float>;
  k.convert[1][1] = &convert_loop<Isa, double, double>, k.convert[1][2] = &convert_loop<Isa, double, int64_t>;
  k.convert[2][0] = &convert_loop<Isa, int64_t, float>, k.convert[2][1] = &convert_loop<Isa, int64_t, double>;
  k.convert[2][2] = &convert_loop<Isa, int64_t, int64_t>;
  put_storage<Isa, float, float>(k, DType::float32), put_storage<Isa, double, double>(k, DType::float64);
  put_storage<Isa, uint16_t, float, 1>(k, DType::float16), put_storage<Isa, uint16_t, float, 2>(k, DType::bfloat16);
  put_storage<Isa, int8_t, int64_t>(k, DType::int8), put_storage<Isa, uint8_t, int64_t>(k, DType::uint8);
  put_storage<Isa, int16_t, int64_t>(k, DType::int16), put_storage<Isa, uint16_t, int64_t>(k, DType::uint16);
  put_storage<Isa, int32_t, int64_t>(k, DType::int32), put_storage<Isa, uint32_t, int64_t>(k, DType::uint32);
  put_storage<Isa, int64_t, int64_t>(k, DType::int64), put_storage<Isa, int64_t, int64_t>(k, DType::uint64);
  put_storage<Isa, uint8_t, int64_t, 3>(k, DType::boolean);
  put_settle<Isa, DType::float16>(k), put_settle<Isa, DType::bfloat16>(k), put_settle<Isa, DType::int8>(k),
      put_settle<Isa, DType::uint8>(k);
  put_settle<Isa, DType::int16>(k), put_settle<Isa, DType::uint16>(k), put_settle<Isa, DType::int32>(k),
      put_settle<Isa, DType::uint32>(k);
  put_settle<Isa, DType::boolean>(k);
  k.fill = &fill_loop<Isa>;
}

}  // namespace keraunos::cpu::isa
