// The CUDA language for kernels that the host compiler compiles; see kernels/cuda/language.h. Every built-in is an ordinary
// object or function in our namespace. `__shared__` arrays would silently become local variables of each thread: use
// dynamic_shared.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <type_traits>
#include <utility>

#include "standin/kernel.h"

// The CUDA headers define this only for nvcc.
#define __launch_bounds__(...)

namespace keraunos::cuda {

template <standin::Coordinate kWhich, int kAxis>
struct Coordinate {
  operator unsigned() const {
#if defined(__SANITIZE_THREAD__)
    return standin::coordinate(kWhich, kAxis);
#else
    return standin::position.of[static_cast<int>(kWhich)][kAxis];
#endif
  }
};
template <standin::Coordinate kWhich>
struct Coordinates {
  [[no_unique_address]] Coordinate<kWhich, 0> x;
  [[no_unique_address]] Coordinate<kWhich, 1> y;
  [[no_unique_address]] Coordinate<kWhich, 2> z;
};
inline constexpr Coordinates<standin::Coordinate::thread> threadIdx{};
inline constexpr Coordinates<standin::Coordinate::block> blockIdx{};
inline constexpr Coordinates<standin::Coordinate::threads> blockDim{};
inline constexpr Coordinates<standin::Coordinate::blocks> gridDim{};

/// The line of a call of a function with such a default argument.
struct Here {
  standin::Location at;
  static Here now(const char* file = __builtin_FILE(), int line = __builtin_LINE()) { return {{file, line}}; }
};

inline void __syncthreads(const char* file = __builtin_FILE(), int line = __builtin_LINE()) { standin::barrier({file, line}); }

template <class T>
T* dynamic_shared() {
  return static_cast<T*>(standin::dynamic_shared_memory());
}

/// The value of another lane; all 32 lanes of the warp must call it together.
template <class T>
T value_of_lane(T value, unsigned lane, standin::Location at) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= standin::kLargestExchange);
  standin::exchange(&value, sizeof value, lane, at);
  return value;
}
template <class T>
T shuffle_xor(T value, int mask, Here here = Here::now()) {
  return value_of_lane(value, standin::own_lane() ^ static_cast<unsigned>(mask), here.at);
}
template <class T>
T shuffle_down(T value, unsigned delta, Here here = Here::now()) {
  const unsigned own = standin::own_lane();
  return value_of_lane(value, own + delta < standin::kWarpLanes ? own + delta : own, here.at);
}
template <class T>
T warp_broadcast(T value, int lane, Here here = Here::now()) {
  return value_of_lane(value, static_cast<unsigned>(lane), here.at);
}

inline float atomic_add(float* address, float value) {
  float before;
  __atomic_load(address, &before, __ATOMIC_RELAXED);
  for (float after = before + value;
       !__atomic_compare_exchange(address, &before, &after, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED);) {
    after = before + value;
  }
  return before;
}
inline int atomicCAS(int* address, int expected, int desired) {
  __atomic_compare_exchange_n(address, &expected, desired, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}

// Calls a kernel of any signature, and describes its arguments to the stand-in.
template <class... Parameters>
struct KernelOf {
  static constexpr standin::Parameter kParameters[] = {
      {sizeof(Parameters),  // NOLINT(bugprone-sizeof-expression): pointers are parameters too
       alignof(Parameters), std::is_pointer_v<Parameters>}...,
      {}};
  static void call(const void* kernel, void* const* arguments) {
    call_with(reinterpret_cast<void (*)(Parameters...)>(const_cast<void*>(kernel)), arguments,
              std::index_sequence_for<Parameters...>());
  }
  template <size_t... kIndex>
  static void call_with(void (*kernel)(Parameters...), [[maybe_unused]] void* const* arguments, std::index_sequence<kIndex...>) {
    kernel(*static_cast<Parameters*>(arguments[kIndex])...);
  }
};

template <class... Parameters>
void make_known(void (*kernel)(Parameters...)) {
  using Kernel = KernelOf<Parameters...>;
  standin::register_kernel(reinterpret_cast<const void*>(kernel), {Kernel::call, {Kernel::kParameters, sizeof...(Parameters)}});
}
inline void launching_from(const char* file, int line) { standin::launching_from({file, line}); }

}  // namespace keraunos::cuda
