#include "kernels/cuda/block.h"
#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/product.h"

namespace keraunos::cuda {
namespace {

constexpr int kSide = 16;  // a block computes kSide × kSide elements of D, one per thread
constexpr int kRowThreads = 1024;
constexpr int kLoadsAhead = 4;  // elements of B that a thread of multiply_rows loads before it multiplies them

/// Type of a product's sum and result: int8 sums in int32, other integers in their own type.
template <class T>
using Sum = std::conditional_t<std::is_same_v<T, int8_t>, int32_t, Computed<T>>;
template <class T>
using Result = std::conditional_t<std::is_same_v<T, int8_t>, int32_t, T>;

/// Writes element `at` of D: the sum, rounded to the type of the product, after the epilogue.
template <class T>
KERAUNOS_HD void finish(Sum<T> sum, const Epilogue& epilogue, int64_t at, Result<T>* d) {
  if constexpr (std::is_integral_v<T>) {
    d[at] = static_cast<Result<T>>(sum);
  } else {
    Computed<T> value[1] = {sum};
    if constexpr (kIsHalf<T>) value[0] = widen(narrow<T>(sum));
    run_chain<T, 1>(epilogue.chain, epilogue.strides, epilogue.operands, static_cast<uint64_t>(at), value);
    d[at] = narrow<T>(value[0]);
  }
}

/// Block (16, 16). For each tile of D the block loads A and B into shared memory in slabs 16 deep; thread (x, y) sums column x,
/// row y.
template <class T>
__global__ void multiply_tiles(ProductShape s, int64_t tiles, const T* a, const T* b, const __grid_constant__ Epilogue epilogue,
                               Result<T>* d) {
  using S = Sum<T>;
  S* const left = dynamic_shared<S>();          // (row, k), each row one element longer than needed, to avoid bank conflicts
  S* const right = left + kSide * (kSide + 1);  // (k, column)
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  const int64_t across = (s.columns + kSide - 1) / kSide, down = (s.rows + kSide - 1) / kSide;
  for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const int64_t matrix = tile / (across * down);
    const int64_t row = tile / across % down * kSide + y, column = tile % across * kSide + x;
    S sum = 0;
    for (int64_t first = 0; first < s.inner; first += kSide) {
      const bool left_there = row < s.rows && first + x < s.inner, right_there = column < s.columns && first + y < s.inner;
      left[y * (kSide + 1) + x] = left_there ? S(widen(a[matrix * s.a_batch + row * s.a_row + (first + x) * s.a_inner])) : S(0);
      right[y * kSide + x] = right_there ? S(widen(b[matrix * s.b_batch + (first + y) * s.b_inner + column * s.b_column])) : S(0);
      __syncthreads();
      for (int k = 0; k < kSide; ++k) sum = static_cast<S>(sum + left[y * (kSide + 1) + k] * right[k * kSide + x]);
      __syncthreads();
    }
    if (row >= s.rows || column >= s.columns) continue;
    finish<T>(sum, epilogue, (matrix * s.rows + row) * s.columns + column, d);
  }
}

/// For few rows, where there would be few tiles with many steps each. A block computes `width` (at most 32) adjacent columns of
/// one row: of its kRowThreads threads, thread t sums every (kRowThreads / width)-th product of column t % width, and warp w adds
/// the partial sums of column w. Adjacent columns of B are adjacent in memory.
template <class T>
__global__ void __launch_bounds__(kRowThreads)
    multiply_rows(ProductShape s, int width, const T* a, const T* b, const __grid_constant__ Epilogue epilogue, Result<T>* d) {
  using S = Sum<T>;
  S* const partial =
      dynamic_shared<S>();  // (lane along inner, column), each lane one element longer than it need be: no bank conflicts
  const int thread = static_cast<int>(threadIdx.x), lanes = kRowThreads / width, x = thread % width, y = thread / width;
  const int64_t across = divide_up(s.columns, width), row = blockIdx.x / across, first = blockIdx.x % across * width;
  const T* const left = a + row / s.rows * s.a_batch + row % s.rows * s.a_row;
  const T* const right = b + row / s.rows * s.b_batch + first + x;
  S sum[kLoadsAhead] = {};
  const int64_t end = first + x < s.columns ? s.inner : 0;
  for (int64_t k = y; k < end; k += kLoadsAhead * lanes) {
    S l[kLoadsAhead], r[kLoadsAhead];
    for (int i = 0; i < kLoadsAhead; ++i) {
      const int64_t at = k + i * lanes;
      l[i] = at < end ? S(widen(left[at * s.a_inner])) : S(0);
      r[i] = at < end ? S(widen(right[at * s.b_inner])) : S(0);
    }
    for (int i = 0; i < kLoadsAhead; ++i) sum[i] = static_cast<S>(sum[i] + l[i] * r[i]);
  }
  partial[y * (width + 1) + x] = static_cast<S>((sum[0] + sum[1]) + (sum[2] + sum[3]));
  __syncthreads();
  const int warp = thread / kWarp, lane = thread % kWarp;
  if (warp >= width) return;
  S total = 0;
  for (int i = lane; i < lanes; i += kWarp) total = static_cast<S>(total + partial[i * (width + 1) + warp]);
  total = warp_sum(total);
  if (lane == 0 && first + warp < s.columns) finish<T>(total, epilogue, row * s.columns + first + warp, d);
}

/// Columns per block of multiply_rows; 0 where tiles are faster.
int width_for_rows(const ProductShape& s, int64_t tiles, const LaunchContext& context) {
  const int64_t pieces = s.batch * s.rows * divide_up(s.columns, kWarp);
  if (s.b_column != 1 || s.inner < kWarp || tiles >= context.multiprocessors || pieces > int64_t{8} * context.multiprocessors)
    return 0;
  // A quarter of the columns, and four times the threads for each, if that gives no multiprocessor more than one block.
  return s.inner >= 4 * kWarp && 4 * pieces <= context.multiprocessors ? kWarp / 4 : kWarp;
}

}  // namespace

void launch_product(DType type, const ProductShape& shape, const void* a, const void* b, const Epilogue& epilogue, void* d,
                    const LaunchContext& context, cudaStream_t stream) {
  const int64_t tiles = shape.batch * divide_up(shape.rows, kSide) * divide_up(shape.columns, kSide);
  if (tiles == 0) return;
  const int width = width_for_rows(shape, tiles, context);
  for_numeric("product", type, [&]<class T>(Type<T>) {
    const T *const left = static_cast<const T*>(a), *const right = static_cast<const T*>(b);
    auto* const to = static_cast<Result<T>*>(d);
    if (width > 0) {
      const auto blocks = static_cast<unsigned>(shape.batch * shape.rows * divide_up(shape.columns, width));
      const size_t lanes = kRowThreads / static_cast<size_t>(width);
      launch(multiply_rows<T>, blocks, kRowThreads, (kRowThreads + lanes) * sizeof(Sum<T>), stream, shape, width, left, right,
             epilogue, to);
      return;
    }
    launch(multiply_tiles<T>, blocks_for(tiles, 1, context), dim3(kSide, kSide), kSide * (2 * kSide + 1) * sizeof(Sum<T>), stream,
           shape, tiles, left, right, epilogue, to);
  });
}

}  // namespace keraunos::cuda
