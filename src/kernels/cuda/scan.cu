// Cumulative sums: one thread for each line if lines are short or adjacent in memory; one block for each long line, which
// processes its line in parts of blockDim · kPerThread elements and carries the total on.
#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/scan.h"
#include "kernels/math/accumulate.h"

namespace keraunos::cuda {
namespace {

constexpr int64_t kShortLine = 64;
// From so many adjacent lines on, one thread per line: neighbouring threads read neighbouring elements.
constexpr int64_t kManyLines = 32;
constexpr int kPerThread = 4;  // adjacent elements of a thread

/// The elements of one line, in the order of accumulation.
struct Line {
  int64_t begin, step;
  __device__ Line(const math::ScanShape& s, int64_t line) {
    const int64_t before = line / s.after;
    begin = before * s.length * s.after + line - before * s.after, step = s.after;
    if (s.reverse) begin += (s.length - 1) * s.after, step = -s.after;
  }
  __device__ int64_t at(int64_t i) const { return begin + i * step; }
};

template <class T>
__global__ void scan_by_threads(math::ScanShape s, const T* in, T* out) {
  using C = Computed<T>;
  const int64_t lines = s.before * s.after, threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < lines; index += threads) {
    const Line line(s, index);
    C so_far = math::nothing_yet<C>(s.how);
    for (int64_t i = 0; i < s.length; ++i) {
      const C before = so_far;
      so_far = math::accumulated(s.how, so_far, widen(in[line.at(i)]));
      out[line.at(i)] = narrow<T>(s.exclusive ? before : so_far);
    }
  }
}

/// The total of the threads before this one, after `carried`; then sets `carried` to the total of all. `sums` is shared memory.
template <class C>
__device__ C all_before(math::Accumulation how, C own, C& carried, C* sums) {
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  sums[thread] = own;
  __syncthreads();
  for (int distance = 1; distance < threads; distance *= 2) {
    const C left = sums[thread < distance ? thread : thread - distance];
    __syncthreads();
    if (thread >= distance) sums[thread] = math::accumulated(how, left, sums[thread]);
    __syncthreads();
  }
  const C before = thread == 0 ? carried : math::accumulated(how, carried, sums[thread - 1]);
  carried = math::accumulated(how, carried, sums[threads - 1]);
  __syncthreads();
  return before;
}

template <class T>
__global__ void scan_by_blocks(math::ScanShape s, const T* in, T* out) {
  using C = Computed<T>;
  C* const sums = dynamic_shared<C>();
  const int64_t lines = s.before * s.after, chunk = int64_t{blockDim.x} * kPerThread;
  for (int64_t index = blockIdx.x; index < lines; index += gridDim.x) {
    const Line line(s, index);
    C carried = math::nothing_yet<C>(s.how);
    for (int64_t begin = 0; begin < s.length; begin += chunk) {
      const int64_t first = begin + int64_t{threadIdx.x} * kPerThread;
      C held[kPerThread];
      C own = math::nothing_yet<C>(s.how);
      for (int i = 0; i < kPerThread; ++i) {
        held[i] = first + i < s.length ? widen(in[line.at(first + i)]) : math::nothing_yet<C>(s.how);
        own = math::accumulated(s.how, own, held[i]);
      }
      C so_far = all_before(s.how, own, carried, sums);
      for (int i = 0; i < kPerThread && first + i < s.length; ++i) {
        const C before = so_far;
        so_far = math::accumulated(s.how, so_far, held[i]);
        out[line.at(first + i)] = narrow<T>(s.exclusive ? before : so_far);
      }
    }
  }
}

template <class T>
void launch_scan_typed(const math::ScanShape& shape, const void* in, void* out, const LaunchContext& context,
                       cudaStream_t stream) {
  const int64_t lines = shape.before * shape.after;
  const T* const from = static_cast<const T*>(in);
  T* const to = static_cast<T*>(out);
  if (shape.length <= kShortLine || shape.after >= kManyLines)
    launch(scan_by_threads<T>, blocks_for(lines, kBlock, context), kBlock, 0, stream, shape, from, to);
  else
    launch(scan_by_blocks<T>, blocks_for(lines, 1, context), kBlock, kBlock * sizeof(Computed<T>), stream, shape, from, to);
}

}  // namespace

void launch_scan(DType type, const math::ScanShape& shape, const void* in, void* out, const LaunchContext& context,
                 cudaStream_t stream) {
  if (shape.before * shape.length * shape.after == 0) return;
  for_numeric("scan", type, [&]<class T>(Type<T>) { launch_scan_typed<T>(shape, in, out, context, stream); });
}

}  // namespace keraunos::cuda
