// Sorts rows. A block sorts a tile of entries (key and index) with a bitonic network in shared memory. Sorted runs are merged by
// rank: an entry's index in the merged run is its index in its own run plus the number of smaller entries in the other.
#include <utility>

#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/sort.h"
#include "kernels/math/order.h"

namespace keraunos::cuda {
namespace {

constexpr int64_t kTileBytes = 32 << 10;  // of shared memory: 48 KiB are available to a block by default
constexpr int kFewestSlots = 512;         // short rows share a block

template <class T>
using Entry = math::EntryOf<Computed<T>>;

struct Tiles {
  int64_t rows, length, first, pieces;  // each row has `pieces` tiles
  int tile, slots;                      // slots of a block: one tile or several
  bool descending;
};

template <class E>
__device__ void sort_slots(E* held, int slots, int tile) {
  for (int size = 2; size <= tile; size *= 2) {
    for (int distance = size / 2; distance > 0; distance /= 2) {
      for (int pair = static_cast<int>(threadIdx.x); pair < slots / 2; pair += static_cast<int>(blockDim.x)) {
        const int low = pair / distance * 2 * distance + pair % distance, high = low + distance;
        const bool ascends = (low % tile & size) == 0;
        const E a = held[low], b = held[high];
        if ((b < a) == ascends) held[low] = b, held[high] = a;
      }
      __syncthreads();
    }
  }
}

/// in (rows, length). Whole rows go to values and places (rows, first); tiles of longer rows go to runs (rows, length).
template <class T>
__global__ void sort_tiles(Tiles s, const T* in, T* values, int32_t* places, Entry<T>* runs) {
  using E = Entry<T>;
  E* const held = dynamic_shared<E>();
  const int64_t tiles = s.rows * s.pieces, per_block = s.slots / s.tile;
  for (int64_t begin = int64_t{blockIdx.x} * per_block; begin < tiles; begin += int64_t{gridDim.x} * per_block) {
    for (int i = static_cast<int>(threadIdx.x); i < s.slots; i += static_cast<int>(blockDim.x)) {
      const int64_t tile = begin + i / s.tile, row = tile / s.pieces, place = tile % s.pieces * s.tile + i % s.tile;
      const bool is_element = tile < tiles && place < s.length;
      held[i] = is_element ? math::entry_of(widen(in[row * s.length + place]), static_cast<uint32_t>(place), s.descending)
                           // Sorts after all elements.
                           : E::of(static_cast<decltype(math::order_key(widen(T{})))>(-1), 0xffffffffu);
    }
    __syncthreads();
    sort_slots(held, s.slots, s.tile);
    for (int i = static_cast<int>(threadIdx.x); i < s.slots; i += static_cast<int>(blockDim.x)) {
      const int64_t tile = begin + i / s.tile, row = tile / s.pieces, place = tile % s.pieces * s.tile + i % s.tile;
      if (tile >= tiles || place >= s.length) continue;
      if (runs != nullptr) {
        runs[row * s.length + place] = held[i];
      } else if (place < s.first) {
        const uint32_t from = held[i].place();
        if (values != nullptr) values[row * s.first + place] = in[row * s.length + from];
        if (places != nullptr) places[row * s.first + place] = static_cast<int32_t>(from);
      }
    }
    __syncthreads();
  }
}

/// from, to (rows, length): merges pairs of sorted runs of `run` entries. Only the first `first` entries of a run exist.
template <class E>
__global__ void merge_runs(int64_t rows, int64_t length, int64_t run, int64_t first, const E* from, E* to) {
  const int64_t count = rows * length, threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < count; index += threads) {
    const int64_t row = index / length, place = index - row * length;
    const int64_t own = place / run, rank = place - own * run;
    if (rank >= first) continue;
    const int64_t other_begin = (own ^ 1) * run, rest = length - other_begin;
    const E* const other = from + row * length + other_begin;
    const E entry = from[index];
    int64_t low = 0, high = rest < run ? rest : run;
    high = high < first ? high : first;
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      if (other[middle] < entry)
        low = middle + 1;
      else
        high = middle;
    }
    if (rank + low < first) to[row * length + own / 2 * 2 * run + rank + low] = entry;
  }
}

template <class T>
__global__ void take_sorted(int64_t rows, int64_t length, int64_t first, const T* in, const Entry<T>* sorted, T* values,
                            int32_t* places) {
  const int64_t count = rows * first, threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < count; index += threads) {
    const int64_t row = index / first;
    const uint32_t from = sorted[row * length + index - row * first].place();
    if (values != nullptr) values[index] = in[row * length + from];
    if (places != nullptr) places[index] = static_cast<int32_t>(from);
  }
}

template <class T>
void launch_sort_typed(const math::SortShape& shape, const SortPlan& plan, const T* in, T* values, int32_t* places,
                       void* workspace, const LaunchContext& context, cudaStream_t stream) {
  using E = Entry<T>;
  const int tile = static_cast<int>(plan.tile);
  const Tiles tiles{shape.rows,
                    shape.length,
                    shape.first,
                    divide_up(shape.length, plan.tile),
                    tile,
                    tile > kFewestSlots ? tile : kFewestSlots,
                    shape.descending};
  E* from = plan.merges == 0 ? nullptr : static_cast<E*>(workspace);
  launch(sort_tiles<T>, blocks_for(shape.rows * tiles.pieces, tiles.slots / tile, context), kBlock,
         static_cast<size_t>(tiles.slots) * sizeof(E), stream, tiles, in, values, places, from);
  if (plan.merges == 0) return;
  const int64_t count = shape.rows * shape.length;
  E* to = from + count;
  for (int64_t run = plan.tile; run < shape.length; run *= 2) {
    launch(merge_runs<E>, blocks_for(count, kBlock, context), kBlock, 0, stream, shape.rows, shape.length, run, shape.first,
           static_cast<const E*>(from), to);
    std::swap(from, to);
  }
  launch(take_sorted<T>, blocks_for(shape.rows * shape.first, kBlock, context), kBlock, 0, stream, shape.rows, shape.length,
         shape.first, in, static_cast<const E*>(from), values, places);
}

}  // namespace

SortPlan sort_plan(DType type, const math::SortShape& shape) {
  const int64_t entry_bytes = size_of(type) == 8 ? 16 : 8;
  SortPlan plan;
  while (plan.tile < shape.length && plan.tile * entry_bytes < kTileBytes) plan.tile *= 2;
  for (int64_t run = plan.tile; run < shape.length; run *= 2) ++plan.merges;
  if (plan.merges > 0) plan.workspace_bytes = 2 * shape.rows * shape.length * entry_bytes;
  return plan;
}

void launch_sort(DType type, const math::SortShape& shape, const SortPlan& plan, const void* in, void* values, int32_t* places,
                 void* workspace, const LaunchContext& context, cudaStream_t stream) {
  if (shape.rows == 0 || shape.first == 0) return;
  for_numeric("sort", type, [&]<class T>(Type<T>) {
    launch_sort_typed(shape, plan, static_cast<const T*>(in), static_cast<T*>(values), places, workspace, context, stream);
  });
}

}  // namespace keraunos::cuda
