#include "kernels/cuda/product.h"

#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"

namespace keraunos::cuda {
namespace {

constexpr int kSide = 16;  // a block computes kSide × kSide elements of D, a thread one of them

/// Type of a product's sum and result: int8 sums in int32, other integers in themselves.
template <class T>
using Sum = std::conditional_t<std::is_same_v<T, int8_t>, int32_t, Computed<T>>;
template <class T>
using Result = std::conditional_t<std::is_same_v<T, int8_t>, int32_t, T>;

/// Block (16, 16). For each tile of D the block takes A and B through shared memory in pieces 16 deep; thread (x, y) sums column x, row y.
template <class T>
__global__ void multiply_tiles(ProductShape s, int64_t tiles, const T* a, const T* b,
                               const __grid_constant__ Epilogue epilogue, Result<T>* d) {
  using S = Sum<T>;
  S* const left = dynamic_shared<S>();  // (row, k), each row one element longer than it need be: no bank conflicts
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
    const int64_t at = (matrix * s.rows + row) * s.columns + column;
    if constexpr (std::is_integral_v<T>) {
      d[at] = static_cast<Result<T>>(sum);
    } else {
      Computed<T> value[1] = {sum};
      if constexpr (kIsHalf<T>) value[0] = widen(narrow<T>(sum));
      run_chain<T, 1>(epilogue.chain, epilogue.strides, epilogue.operands, static_cast<uint64_t>(at), value);
      d[at] = narrow<T>(value[0]);
    }
  }
}

}  // namespace

void launch_product(DType type, const ProductShape& shape, const void* a, const void* b, const Epilogue& epilogue, void* d,
                    const LaunchContext& context, cudaStream_t stream) {
  const int64_t tiles = shape.batch * divide_up(shape.rows, kSide) * divide_up(shape.columns, kSide);
  if (tiles == 0) return;
  for_numeric("product", type, [&]<class T>(Type<T>) {
    launch(multiply_tiles<T>, blocks_for(tiles, 1, context), dim3(kSide, kSide), kSide * (2 * kSide + 1) * sizeof(Sum<T>), stream, shape,
           tiles, static_cast<const T*>(a), static_cast<const T*>(b), epilogue, static_cast<Result<T>*>(d));
  });
}

}  // namespace keraunos::cuda
