// Kernels around the library calls of linear algebra, for a batch of `count` matrices stored one after the other. They check
// operands, write what the libraries do not (zeros of a triangle, permutations, determinants), and turn the libraries' codes into
// NaN or an error. Defined for float and double.
#pragma once

#include <cuda_runtime_api.h>

#include "host/run/device.h"
#include "kernels/cuda/grid.h"

namespace keraunos::cuda {

/// The stream of a launch.
struct LaunchOn {
  const LaunchContext& context;
  cudaStream_t stream;
};

/// Which elements are unusual.
enum class Unusual : uint8_t { nan, not_finite };

/// marks[i] = 1 where matrix i has an unusual element; other marks keep their value.
template <class T>
void mark_unusual(Unusual kind, const T* x, int64_t size, int64_t count, int* marks, const LaunchOn& on);
/// The same for the lower triangles, row-major, of square matrices.
template <class T>
void mark_unusual_lower(Unusual kind, const T* x, int n, int64_t count, int* marks, const LaunchOn& on);

/// Fills matrices that are marked with zeros: an iterative routine may not end for one that is not finite.
template <class T>
void clear_marked(T* x, int64_t size, int64_t count, const int* marks, const LaunchOn& on);
/// Fills matrices that are marked, or whose code is positive, with NaN.
template <class T>
void spoil_failed(T* x, int64_t size, int64_t count, const int* marks, const int* codes, const LaunchOn& on);
/// Sets the error word to the number of a matrix that is marked or whose code is positive.
void raise_failed(int64_t count, const int* marks, const int* codes, host::ErrorWord* error, const LaunchOn& on);

/// Zeros above the diagonal of row-major matrices; NaN in the rest of those that failed.
template <class T>
void finish_lower(T* x, int n, int64_t count, const int* marks, const int* codes, const LaunchOn& on);
/// r (rows, n), row-major: the upper triangle of a, which is column-major with m rows and `stride` elements for each matrix.
template <class T>
void copy_upper(const T* a, int m, int n, int rows, int64_t stride, int64_t count, T* r, const LaunchOn& on);
/// rows[i]: the row that the exchanges (LAPACK's pivots, from 1) moved to i.
void apply_swaps(const int* swaps, int n, int64_t count, int32_t* rows, const LaunchOn& on);
/// From LU factors: the sign of each determinant and the logarithm of its absolute value; NaN for marked matrices.
template <class T>
void write_determinants(const T* factors, const int* swaps, int n, int64_t count, const int* marks, T* sign, T* logarithm,
                        const LaunchOn& on);
template <class T>
void fill_identities(T* to, int n, int64_t count, const LaunchOn& on);
/// pointers[i] = base + i · stride, for routines that take batches as lists of addresses.
template <class T>
void list_addresses(T* base, int64_t stride, int64_t count, T** pointers, const LaunchOn& on);

}  // namespace keraunos::cuda
