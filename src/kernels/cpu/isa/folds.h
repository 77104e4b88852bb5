// Reductions, normalisation and depthwise sums: loops over rows of channels, or along one row.
#pragma once

#include "kernels/cpu/isa/rows.h"
#include "kernels/cpu/isa/tile_loops.h"

namespace keraunos::cpu::isa {

/// Sums, products and extremes of float rows are kept in double: extremes are exact, and sums do not lose digits.
template <class Isa, FoldKind K, class A>
inline __attribute__((always_inline)) A fold_one(A sum, A x) {
  if constexpr (K == FoldKind::sum) {
    if constexpr (math::kSame<A, int64_t>)
      return math::wrapped_add(sum, x);
    else
      return sum + x;
  } else if constexpr (K == FoldKind::product) {
    if constexpr (math::kSame<A, int64_t>)
      return math::wrapped_multiply(sum, x);
    else
      return sum * x;
  } else if constexpr (K == FoldKind::maximum) {
    return (x > sum) | (x != x) ? x : sum;
  } else {
    return (x < sum) | (x != x) ? x : sum;
  }
}

/// accumulators[i] = fold(accumulators[i], row[i]).
template <class Isa, FoldKind K, class T, class A>
void fold_rows(void* accumulators, const void* row, int64_t n) {
  auto* sums = static_cast<A*>(accumulators);
  const auto* x = static_cast<const T*>(row);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) sums[i] = fold_one<Isa, K, A>(sums[i], static_cast<A>(x[i]));
}

/// *accumulator = fold over the run, in 16 independent chains.
template <class Isa, FoldKind K, class T, class A>
void fold_run(void* accumulator, const void* run, int64_t n) {
  auto& result = *static_cast<A*>(accumulator);
  const auto* x = static_cast<const T*>(run);
  int64_t i = 0;
  if (n >= 2 * kChains) {
    A chain[kChains];
    for (int j = 0; j < kChains; ++j) chain[j] = static_cast<A>(x[j]);
    for (i = kChains; i + kChains <= n; i += kChains) {
      for (int j = 0; j < kChains; ++j) chain[j] = fold_one<Isa, K, A>(chain[j], static_cast<A>(x[i + j]));
    }
    for (int j = 0; j < kChains; ++j) result = fold_one<Isa, K, A>(result, chain[j]);
  }
  for (; i < n; ++i) result = fold_one<Isa, K, A>(result, static_cast<A>(x[i]));
}

template <class Isa, FoldKind K>
constexpr void put_fold(Kernels& k) {
  constexpr int f = static_cast<int>(K);
  k.fold_rows[0][f] = &fold_rows<Isa, K, float, double>, k.fold_run[0][f] = &fold_run<Isa, K, float, double>;
  k.fold_rows[1][f] = &fold_rows<Isa, K, double, double>, k.fold_run[1][f] = &fold_run<Isa, K, double, double>;
  k.fold_rows[2][f] = &fold_rows<Isa, K, int64_t, int64_t>, k.fold_run[2][f] = &fold_run<Isa, K, int64_t, int64_t>;
}

/// (x − mean) / sqrt(variance + epsilon) · gamma + beta over one row; gamma and beta may be null. Sums in double.
template <class Isa, class T>
void normalize_row(T* out, const T* x, const T* gamma, const T* beta, int64_t n, double epsilon) {
  double sum = 0;
  fold_run<Isa, FoldKind::sum, T, double>(&sum, x, n);
  const double mean = sum / static_cast<double>(n);
  double chain[kChains] = {};
  int64_t i = 0;
  for (; i + kChains <= n; i += kChains) {
    for (int j = 0; j < kChains; ++j) {
      const double d = static_cast<double>(x[i + j]) - mean;
      chain[j] += d * d;
    }
  }
  double square = 0;
  for (int j = 0; j < kChains; ++j) square += chain[j];
  for (; i < n; ++i) square += (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean);
  const double scale = 1.0 / ::sqrt(square / static_cast<double>(n) + epsilon);
  const T centre = static_cast<T>(mean), factor = static_cast<T>(scale);
  if (gamma != nullptr && beta != nullptr) {
#pragma GCC ivdep
    for (i = 0; i < n; ++i) out[i] = (x[i] - centre) * factor * gamma[i] + beta[i];
    return;
  }
#pragma GCC ivdep
  for (i = 0; i < n; ++i) out[i] = (x[i] - centre) * factor;
  for (i = 0; gamma != nullptr && i < n; ++i) out[i] *= gamma[i];
  for (i = 0; beta != nullptr && i < n; ++i) out[i] += beta[i];
}

/// out[i] = in[i] · factor.
template <class Isa, class T>
void scale_row(T* out, const T* in, T factor, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) out[i] = in[i] * factor;
}

}  // namespace keraunos::cpu::isa
