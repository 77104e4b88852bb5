// Attention in one launch. A block computes `rows` neighbouring queries of one head from scores to values, with their scores in
// shared memory:
//
//     scores    thread t multiplies keys t, t + blockDim, … with all queries of the block, so that K is read once per block;
//     softmax   warp w takes rows w, w + warps, …;
//     values    thread t sums columns t, t + blockDim, … of V for all rows, so that V is read once per block, along its columns.
//
// A masked score is −∞ and its probability 0. A row without any allowed key is zero or uniform, depending on the shape's option.
#include "kernels/cuda/attention.h"
#include "kernels/cuda/block.h"
#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/scalar.h"

namespace keraunos::cuda {
namespace {

constexpr int kQueryRows = 8;  // queries of a block, if their scores fit
constexpr unsigned kThreads = 256;

template <class T>
struct Arrays {
  const T *q, *k, *v;
  const uint8_t *query_mask, *key_mask, *mask;
  T *out, *scores;
};

KERAUNOS_HD bool is_allowed(const AttentionShape& s, const uint8_t* query_mask, const uint8_t* key_mask, const uint8_t* mask,
                            int64_t image, int64_t head, int64_t query, int64_t key) {
  if (s.causal && key > query) return false;
  if (s.window > 0 && (query > key ? query - key : key - query) >= s.window) return false;
  if (query_mask != nullptr && query_mask[image * s.queries + query] == 0) return false;
  if (key_mask != nullptr && key_mask[image * s.keys + key] == 0) return false;
  if (mask == nullptr) return true;
  return mask[((image * s.mask_heads + (s.mask_heads == 1 ? 0 : head)) * s.queries + query) * s.keys + key] != 0;
}

/// Converts a row of scores (keys) to probabilities, by one warp.
template <class C>
__device__ void softmax_of_row(const AttentionShape& s, C* row, int lane) {
  C greatest = -infinity<C>();
  for (int64_t key = lane; key < s.keys; key += kWarp) greatest = row[key] > greatest ? row[key] : greatest;
  greatest = warp_max(greatest);
  const bool nothing_allowed = s.masked && greatest == -infinity<C>();
  C sum = 0;
  for (int64_t key = lane; key < s.keys; key += kWarp) {
    row[key] = nothing_allowed ? C(s.zero_masked ? 0 : 1) : exponential(row[key] - greatest);
    sum += row[key];
  }
  sum = warp_sum(sum);
  const C scale = nothing_allowed && s.zero_masked ? C(0) : C(1) / sum;
  for (int64_t key = lane; key < s.keys; key += kWarp) row[key] *= scale;
}

/// q (batch, queries, heads, depth), k (batch, keys, key_heads, depth), v (batch, keys, key_heads, values), out (batch, queries,
/// heads, values), scores (batch, heads, queries, keys) or null. Blocks walk over (image, head, group of kTile queries).
template <class T, int kTile>
__global__ void attend(AttentionShape s, int64_t groups, Arrays<T> a) {
  using C = Computed<T>;
  C* const scores = dynamic_shared<C>();       // (kTile, keys)
  C* const queries = scores + kTile * s.keys;  // (kTile, depth), scaled
  const auto thread = static_cast<int64_t>(threadIdx.x), threads = static_cast<int64_t>(blockDim.x);
  const int64_t per_head = (s.queries + kTile - 1) / kTile;
  for (int64_t group = blockIdx.x; group < groups; group += gridDim.x) {
    const int64_t image = group / (per_head * s.heads), head = group / per_head % s.heads, first = group % per_head * kTile;
    const int64_t key_head = head / (s.heads / s.key_heads);
    for (int64_t i = thread; i < kTile * s.depth; i += threads) {
      const int64_t query = first + i / s.depth;
      const int64_t at = ((image * s.queries + query) * s.heads + head) * s.depth + i % s.depth;
      queries[i] = query < s.queries ? widen(a.q[at]) * static_cast<C>(s.scale) : C(0);
    }
    __syncthreads();
    for (int64_t key = thread; key < s.keys; key += threads) {
      const T* const from = a.k + ((image * s.keys + key) * s.key_heads + key_head) * s.depth;
      C sum[kTile] = {};
      for (int64_t d = 0; d < s.depth; ++d) {
        const C x = widen(from[d]);
        for (int r = 0; r < kTile; ++r) sum[r] += queries[r * s.depth + d] * x;
      }
      for (int r = 0; r < kTile; ++r) {
        const bool open =
            !s.masked || (first + r < s.queries && is_allowed(s, a.query_mask, a.key_mask, a.mask, image, head, first + r, key));
        scores[r * s.keys + key] = open ? sum[r] : -infinity<C>();
      }
    }
    __syncthreads();
    for (int64_t r = thread / kWarp; r < kTile; r += threads / kWarp)
      softmax_of_row(s, scores + r * s.keys, static_cast<int>(thread % kWarp));
    __syncthreads();
    for (int64_t column = thread; column < s.values; column += threads) {
      const T* const from = a.v + (image * s.keys * s.key_heads + key_head) * s.values + column;
      C sum[kTile] = {};
      for (int64_t key = 0; key < s.keys; ++key) {
        const C x = widen(from[key * s.key_heads * s.values]);
        for (int r = 0; r < kTile; ++r) sum[r] += scores[r * s.keys + key] * x;
      }
      for (int r = 0; r < kTile && first + r < s.queries; ++r) {
        a.out[((image * s.queries + first + r) * s.heads + head) * s.values + column] = narrow<T>(sum[r]);
      }
    }
    if (a.scores != nullptr) {
      for (int64_t i = thread; i < kTile * s.keys && first + i / s.keys < s.queries; i += threads) {
        a.scores[((image * s.heads + head) * s.queries + first) * s.keys + i] = narrow<T>(scores[i]);
      }
    }
    // No barrier is needed here: the next group writes `queries`, which is no longer read, and waits before it writes scores.
  }
}

int64_t shared_bytes(DType type, const AttentionShape& s, int64_t rows) noexcept {
  return rows * (s.keys + s.depth) * (type == DType::float64 ? 8 : 4);
}

}  // namespace

int attention_rows(DType type, const AttentionShape& shape, const LaunchContext& context) noexcept {
  if (shape.queries > 1 && shared_bytes(type, shape, kQueryRows) <= context.shared_bytes) return kQueryRows;
  return shared_bytes(type, shape, 1) <= context.shared_bytes ? 1 : 0;
}

void launch_attention(DType type, const AttentionShape& s, int rows, const AttentionMemory& m, const LaunchContext& context,
                      cudaStream_t stream) {
  const int64_t groups = s.batch * s.heads * divide_up(s.queries, rows);
  if (groups == 0) return;
  for_floating("attention", type, [&]<class T>(Type<T>) {
    const Arrays<T> arrays{
        static_cast<const T*>(m.q), static_cast<const T*>(m.k), static_cast<const T*>(m.v), m.query_mask, m.key_mask, m.mask,
        static_cast<T*>(m.out),     static_cast<T*>(m.scores)};
    const auto kernel = rows == kQueryRows ? attend<T, kQueryRows> : attend<T, 1>;
    launch(kernel, blocks_for(groups, 1, context), kThreads, static_cast<size_t>(shared_bytes(type, s, rows)), stream, s, groups,
           arrays);
  });
}

}  // namespace keraunos::cuda
