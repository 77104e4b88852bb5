// Operations on one row: softmax, clamping.
#pragma once

#include "kernels/cpu/isa/kernels.h"

namespace keraunos::cpu::isa {

template <class Isa, class T>
inline __attribute__((always_inline)) T exponential(T x) {
  if constexpr (math::kSame<T, float>)
    return math::exp(x);
  else
    return ::exp(x);
}

/// Sums and maxima use 16 interleaved chains: this vectorises, and has a smaller rounding error than one chain.
constexpr int kChains = 16;

template <class Isa, class T>
T row_maximum(const T* x, int64_t n) {
  T best[kChains];
  for (int j = 0; j < kChains; ++j) best[j] = x[0];
  int64_t i = 0;
  for (; i + kChains <= n; i += kChains) {
    for (int j = 0; j < kChains; ++j) best[j] = x[i + j] > best[j] ? x[i + j] : best[j];
  }
  T result = best[0];
  for (int j = 1; j < kChains; ++j) result = best[j] > result ? best[j] : result;
  for (; i < n; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

template <class Isa, class T>
T row_sum(const T* x, int64_t n) {
  T sum[kChains] = {};
  int64_t i = 0;
  for (; i + kChains <= n; i += kChains) {
    for (int j = 0; j < kChains; ++j) sum[j] += x[i + j];
  }
  double total = 0;
  for (int j = 0; j < kChains; ++j) total += static_cast<double>(sum[j]);
  for (; i < n; ++i) total += static_cast<double>(x[i]);
  return static_cast<T>(total);
}

/// Clamps in place. NaN stays NaN, because no comparison with a bound is true.
template <class Isa, class T>
void clamp_run(T* values, int64_t n, const Clamp<T>& clamp) {
  const T low = clamp.low, high = clamp.high;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const T x = values[i] < low ? low : values[i];
    values[i] = x > high ? high : x;
  }
}

/// exp(x − max) / Σ, or x − max − log Σ. A row of −∞ only gives NaN, as in Keras.
template <class Isa, class T>
void softmax_row(T* out, const T* in, int64_t n, bool log) {
  if (n == 0) return;
  const T maximum = row_maximum<Isa, T>(in, n);
  if (log) {
    T total = 0;
    T part[256];
    for (int64_t start = 0; start < n; start += 256) {
      const int64_t size = n - start < 256 ? n - start : 256;
      for (int64_t i = 0; i < size; ++i) part[i] = exponential<Isa, T>(in[start + i] - maximum);
      total += row_sum<Isa, T>(part, size);
    }
    const T shift = static_cast<T>(::log(static_cast<double>(total)));
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) out[i] = (in[i] - maximum) - shift;
    return;
  }
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) out[i] = exponential<Isa, T>(in[i] - maximum);
  const T total = row_sum<Isa, T>(out, n);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) out[i] = out[i] / total;
}

}  // namespace keraunos::cpu::isa
