#include <math.h>

#include <limits>

#include "kernels/cuda/language.h"
#include "kernels/cuda/matrices.h"

namespace keraunos::cuda {
namespace {

constexpr unsigned kLanesOfWarp = 32;  // of a warp

__device__ inline int64_t first_index() { return int64_t{blockIdx.x} * blockDim.x + threadIdx.x; }
__device__ inline int64_t thread_count() { return int64_t{gridDim.x} * blockDim.x; }

template <class T>
__device__ bool is_unusual(Unusual kind, T value) {
  return kind == Unusual::nan ? value != value : !(value - value == T{0});
}

__device__ inline bool has_failed(const int* marks, const int* codes, int64_t matrix) {
  return (marks != nullptr && marks[matrix] != 0) || (codes != nullptr && codes[matrix] > 0);
}

template <class T>
__global__ void mark_elements(Unusual kind, const T* x, int64_t size, int64_t elements, int* marks) {
  for (int64_t i = first_index(); i < elements; i += thread_count()) {
    if (is_unusual(kind, x[i])) atomicCAS(marks + i / size, 0, 1);
  }
}

template <class T>
__global__ void mark_lower_elements(Unusual kind, const T* x, int n, int64_t elements, int* marks) {
  const int64_t size = int64_t{n} * n;
  for (int64_t i = first_index(); i < elements; i += thread_count()) {
    const int64_t place = i % size;
    if (place % n <= place / n && is_unusual(kind, x[i])) atomicCAS(marks + i / size, 0, 1);
  }
}

template <class T>
__global__ void fill_failed(T value, T* x, int64_t size, int64_t elements, const int* marks, const int* codes) {
  for (int64_t i = first_index(); i < elements; i += thread_count()) {
    if (has_failed(marks, codes, i / size)) x[i] = value;
  }
}

__global__ void raise_for_failed(int64_t count, const int* marks, const int* codes, int32_t* raised, int64_t* found) {
  for (int64_t i = first_index(); i < count; i += thread_count()) {
    if (has_failed(marks, codes, i) && atomicCAS(raised, 0, 1) == 0) *found = i;
  }
}

template <class T>
__global__ void finish_lower_elements(T nan, T* x, int n, int64_t elements, const int* marks, const int* codes) {
  const int64_t size = int64_t{n} * n;
  for (int64_t i = first_index(); i < elements; i += thread_count()) {
    const int64_t place = i % size;
    if (place % n > place / n)
      x[i] = T{0};
    else if (has_failed(marks, codes, i / size))
      x[i] = nan;
  }
}

template <class T>
__global__ void copy_upper_elements(const T* a, int m, int n, int rows, int64_t stride, int64_t elements, T* r) {
  const int64_t size = int64_t{rows} * n;
  for (int64_t i = first_index(); i < elements; i += thread_count()) {
    const int64_t matrix = i / size, place = i - matrix * size, row = place / n, column = place - row * n;
    r[i] = row > column ? T{0} : a[matrix * stride + column * m + row];
  }
}

__global__ void apply_swaps_of_matrices(const int* swaps, int n, int64_t count, int32_t* rows) {
  for (int64_t matrix = first_index(); matrix < count; matrix += thread_count()) {
    const int* const own = swaps + matrix * n;
    int32_t* const to = rows + matrix * n;
    for (int i = 0; i < n; ++i) to[i] = i;
    for (int i = 0; i < n; ++i) {
      const int other = own[i] - 1;
      if (other < 0 || other >= n) continue;  // a factorisation that failed
      const int32_t kept = to[i];
      to[i] = to[other];
      to[other] = kept;
    }
  }
}

/// One warp for each matrix.
template <class T>
__global__ void determinants_of_factors(const T* factors, const int* swaps, int n, int64_t count, const int* marks, T* sign,
                                        T* logarithm) {
  for (int64_t matrix = blockIdx.x; matrix < count; matrix += gridDim.x) {
    double logarithms = 0;
    int negative = 0, zeros = 0;
    for (int i = static_cast<int>(threadIdx.x); i < n; i += static_cast<int>(kLanesOfWarp)) {
      const T pivot = factors[(matrix * n + i) * n + i];
      negative += (pivot < T{0} ? 1 : 0) + (swaps[matrix * n + i] != i + 1 ? 1 : 0);
      zeros += pivot == T{0} ? 1 : 0;
      logarithms += log(fabs(static_cast<double>(pivot)));
    }
    logarithms = warp_sum(logarithms), negative = warp_sum(negative), zeros = warp_sum(zeros);
    if (threadIdx.x != 0) continue;
    const double nan = static_cast<double>(NAN);
    const bool is_number = marks[matrix] == 0;
    sign[matrix] = static_cast<T>(!is_number ? nan : zeros > 0 ? 0.0 : negative % 2 == 0 ? 1.0 : -1.0);
    logarithm[matrix] = static_cast<T>(!is_number ? nan : zeros > 0 ? -static_cast<double>(INFINITY) : logarithms);
  }
}

template <class T>
__global__ void write_identities(T* to, int n, int64_t elements) {
  const int64_t size = int64_t{n} * n;
  for (int64_t i = first_index(); i < elements; i += thread_count()) to[i] = i % size % (n + 1) == 0 ? T{1} : T{0};
}

template <class T>
__global__ void write_addresses(T* base, int64_t stride, int64_t count, T** pointers) {
  for (int64_t i = first_index(); i < count; i += thread_count()) pointers[i] = base + i * stride;
}

template <class... Parameters, class... Arguments>
void launch_for(int64_t items, const LaunchOn& on, void (*kernel)(Parameters...), Arguments... arguments) {
  if (items > 0) launch(kernel, blocks_for(items, kBlock, on.context), kBlock, 0, on.stream, arguments...);
}

}  // namespace

template <class T>
void mark_unusual(Unusual kind, const T* x, int64_t size, int64_t count, int* marks, const LaunchOn& on) {
  launch_for(size * count, on, mark_elements<T>, kind, x, size, size * count, marks);
}

template <class T>
void mark_unusual_lower(Unusual kind, const T* x, int n, int64_t count, int* marks, const LaunchOn& on) {
  const int64_t elements = int64_t{n} * n * count;
  launch_for(elements, on, mark_lower_elements<T>, kind, x, n, elements, marks);
}

template <class T>
void clear_marked(T* x, int64_t size, int64_t count, const int* marks, const LaunchOn& on) {
  launch_for(size * count, on, fill_failed<T>, T{0}, x, size, size * count, marks, nullptr);
}

template <class T>
void spoil_failed(T* x, int64_t size, int64_t count, const int* marks, const int* codes, const LaunchOn& on) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  launch_for(size * count, on, fill_failed<T>, nan, x, size, size * count, marks, codes);
}

void raise_failed(int64_t count, const int* marks, const int* codes, host::ErrorWord* error, const LaunchOn& on) {
  launch_for(count, on, raise_for_failed, count, marks, codes, &error->raised, &error->found);
}

template <class T>
void finish_lower(T* x, int n, int64_t count, const int* marks, const int* codes, const LaunchOn& on) {
  const int64_t elements = int64_t{n} * n * count;
  launch_for(elements, on, finish_lower_elements<T>, std::numeric_limits<T>::quiet_NaN(), x, n, elements, marks, codes);
}

template <class T>
void copy_upper(const T* a, int m, int n, int rows, int64_t stride, int64_t count, T* r, const LaunchOn& on) {
  const int64_t elements = int64_t{rows} * n * count;
  launch_for(elements, on, copy_upper_elements<T>, a, m, n, rows, stride, elements, r);
}

void apply_swaps(const int* swaps, int n, int64_t count, int32_t* rows, const LaunchOn& on) {
  launch_for(count, on, apply_swaps_of_matrices, swaps, n, count, rows);
}

template <class T>
void write_determinants(const T* factors, const int* swaps, int n, int64_t count, const int* marks, T* sign, T* logarithm,
                        const LaunchOn& on) {
  launch(determinants_of_factors<T>, blocks_for(count, 1, on.context), kLanesOfWarp, 0, on.stream, factors, swaps, n, count,
         marks, sign, logarithm);
}

template <class T>
void fill_identities(T* to, int n, int64_t count, const LaunchOn& on) {
  const int64_t elements = int64_t{n} * n * count;
  launch_for(elements, on, write_identities<T>, to, n, elements);
}

template <class T>
void list_addresses(T* base, int64_t stride, int64_t count, T** pointers, const LaunchOn& on) {
  launch_for(count, on, write_addresses<T>, base, stride, count, pointers);
}

// NOLINTBEGIN(bugprone-macro-parentheses): a type takes no parentheses
#define KERAUNOS_FOR(T)                                                                                         \
  template void mark_unusual<T>(Unusual, const T*, int64_t, int64_t, int*, const LaunchOn&);                    \
  template void mark_unusual_lower<T>(Unusual, const T*, int, int64_t, int*, const LaunchOn&);                  \
  template void clear_marked<T>(T*, int64_t, int64_t, const int*, const LaunchOn&);                             \
  template void spoil_failed<T>(T*, int64_t, int64_t, const int*, const int*, const LaunchOn&);                 \
  template void finish_lower<T>(T*, int, int64_t, const int*, const int*, const LaunchOn&);                     \
  template void copy_upper<T>(const T*, int, int, int, int64_t, int64_t, T*, const LaunchOn&);                  \
  template void write_determinants<T>(const T*, const int*, int, int64_t, const int*, T*, T*, const LaunchOn&); \
  template void fill_identities<T>(T*, int, int64_t, const LaunchOn&);                                          \
  template void list_addresses<T>(T*, int64_t, int64_t, T**, const LaunchOn&);                                  \
  template void list_addresses<const T>(const T*, int64_t, int64_t, const T**, const LaunchOn&);
KERAUNOS_FOR(float)
KERAUNOS_FOR(double)
#undef KERAUNOS_FOR
// NOLINTEND(bugprone-macro-parentheses)

}  // namespace keraunos::cuda
