#include "kernels/cuda/depthwise.h"
#include "kernels/cuda/depthwise_shape.h"
#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/unrolled.h"
#include "kernels/cuda/word.h"

namespace keraunos::cuda {
namespace {

template <class T>
using Word = Pack<T, kChannelPack>;

/// x, kernel (height, kWidth, channels) and y in packs of channels. A thread computes kOut adjacent columns of one row and loads
/// shared data once: the weights of a row of the window, and the columns of x under it. Taps are added in the order of for_taps.
template <class T, int kWidth, int kStride, int kOut>
__global__ void __launch_bounds__(kBlock, 4)
    convolve_rows(const __grid_constant__ RowsPlan s, const Word<T>* x, const Word<T>* kernel,
                  const __grid_constant__ Epilogue epilogue, Word<T>* y) {
  using C = Computed<T>;
  constexpr int N = kChannelPack;
  constexpr int kIn = (kOut - 1) * kStride + kWidth;
  // Columns loaded ahead of their use. For float the compiler reorders the loads itself; the conversions of 16-bit types are so
  // long that it makes branches around them and does not move the loads.
  constexpr int kAhead = kIsHalf<T> ? 3 : 0;
  for (uint32_t index = blockIdx.x * blockDim.x + threadIdx.x; index < s.threads; index += gridDim.x * blockDim.x) {
    uint32_t rest = index;
    const uint32_t lane = s.lanes.take(rest), strip_row = s.rows.take(rest);
    const auto column = static_cast<int32_t>(s.groups.take(rest)) * kOut;
    const uint32_t pack = s.slices.take(rest) * s.lanes.by() + lane;
    const auto row = static_cast<int32_t>(s.strips.take(rest) * s.rows.by() + strip_row), image = static_cast<int32_t>(rest);
    if (pack >= s.packs || row >= s.out_rows) continue;  // the last slice and the last strip may extend beyond y

    const int32_t top = row * s.stride - s.low_rows, left = column * kStride - s.low_columns;
    const int32_t first = top < 0 ? -top : 0, last = s.in_rows - top < s.height ? s.in_rows - top : s.height;
    // Offsets wrap around where a window extends beyond the edge, and are right for taps inside.
    uint32_t place =
        (static_cast<uint32_t>(image * s.in_rows + top + first) * s.in_columns + static_cast<uint32_t>(left)) * s.packs + pack;
    uint32_t tap = static_cast<uint32_t>(first * kWidth) * s.packs + pack;
    C sum[kOut][N] = {};
    for (int32_t r = first; r < last; ++r) {
      Word<T> weights[kWidth];
      for (int c = 0; c < kWidth; ++c) weights[c] = kernel[tap + static_cast<uint32_t>(c) * s.packs];
      Word<T> from[kIn];
      const auto inside = [&](int c) { return static_cast<uint32_t>(left + c) < s.in_columns; };
      unrolled<kIn + kAhead>([&](auto step) {
        constexpr int kStep = step;
        if constexpr (kAhead > 0 && kStep < kIn) {
          if (inside(kStep)) from[kStep] = x[place + kStep * s.packs];
        }
        if constexpr (constexpr int c = kStep - kAhead; c >= 0) {
          if (!inside(c)) return;
          const Word<T> here = kAhead > 0 ? from[c] : x[place + c * s.packs];
          for (int j = 0; j < kOut; ++j) {
            const int w = c - j * kStride;
            if (w < 0 || w >= kWidth) continue;
            for (int i = 0; i < N; ++i) sum[j][i] += widen(here.at[i]) * widen(weights[w].at[i]);
          }
        }
      });
      place += s.in_columns * s.packs, tap += kWidth * s.packs;
    }

    auto position = static_cast<uint32_t>((image * s.out_rows + row) * s.out_columns + column);
    const int32_t left_over = s.out_columns - column;
    for (int32_t count = left_over < kOut ? left_over : kOut; count > 0; --count) {
      C value[N];
      for (int i = 0; i < N; ++i) value[i] = widen(narrow<T>(sum[0][i]));
      run_chain<T, N>(epilogue.chain, epilogue.strides, epilogue.operands, MatrixIndex{position, pack * N, s.packs * N}, value);
      Word<T> result;
      for (int i = 0; i < N; ++i) result.at[i] = narrow<T>(value[i]);
      y[position++ * s.packs + pack] = result;
      // The next column's sums move up, because an epilogue unrolled kOut times would fill the instruction cache.
      for (int j = 0; j + 1 < kOut; ++j) {
        for (int i = 0; i < N; ++i) sum[j][i] = sum[j + 1][i];
      }
    }
  }
}

template <class T>
bool packs_suit(const ConvShape& shape, const void* x, const void* kernel, const Epilogue& epilogue, const void* y) {
  return elements_per_word(static_cast<int>(sizeof(T)), {shape.channels}, {x, kernel, y}) >= kChannelPack &&
         (epilogue.chain.links == 0 || packs_fit(epilogue.strides, epilogue.operands, 1, kChannelPack, sizeof(T)));
}

/// Calls work with the element of kValues that equals `value`, as a template argument.
template <int... kValues, class Work>
void for_constant(int64_t value, Work work) {
  static_cast<void>(((value == kValues ? (work.template operator()<kValues>(), true) : false) || ...));
}

template <class T>
void launch_rows(const ConvShape& shape, const void* x, const void* kernel, const Epilogue& epilogue, void* y,
                 const LaunchContext& context, cudaStream_t stream) {
  const int columns = columns_a_thread(shape, context);
  const RowsPlan plan = rows_plan(shape, columns);
  for_constant<3, 5>(shape.window.window[2], [&]<int kWidth>() {
    for_constant<1, 2>(shape.window.stride[2], [&]<int kStride>() {
      for_constant<1, 2, 4>(columns, [&]<int kOut>() {
        launch(convolve_rows<T, kWidth, kStride, kOut>, blocks_for(plan.threads, kBlock, context), kBlock, 0, stream, plan,
               static_cast<const Word<T>*>(x), static_cast<const Word<T>*>(kernel), epilogue, static_cast<Word<T>*>(y));
      });
    });
  });
}

}  // namespace

bool launch_depthwise_rows(DType type, const ConvShape& shape, const void* x, const void* kernel, const Epilogue& epilogue,
                           void* y, const LaunchContext& context, cudaStream_t stream) {
  const auto run = [&]<class T>() {
    if (!has_common_window(shape) || !packs_suit<T>(shape, x, kernel, epilogue, y)) return false;
    launch_rows<T>(shape, x, kernel, epilogue, y, context, stream);
    return true;
  };
  switch (type) {
    case DType::float32: return run.template operator()<float>();
    case DType::float16: return run.template operator()<float16>();
    case DType::bfloat16: return run.template operator()<bfloat16>();
    default: return false;
  }
}

}  // namespace keraunos::cuda
