// A block's tile of the batch: its shared memory, the product of a step, and the update of the state (see tiled.cu).
#pragma once

#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/recurrent/cell.h"
#include "kernels/cuda/recurrent/tiled.h"

namespace keraunos::cuda {

/// Shared memory of a block. A step reads and writes different halves: hidden_at and seen_at alternate between two halves.
template <class T, int kTile>
struct Tile {
  using C = Computed<T>;
  int64_t state;  ///< elements of a half
  C* hidden;      ///< twice (tile, units)
  C* cell;        ///< (tile, units): LSTM's cell; GRU without reset_after: reset ∘ hidden
  C* update;      ///< (tile, units): GRU without reset_after: the update gate
  C* seen;        ///< twice (tile): 1 once a step was not masked
  C* partial;     ///< (splits, gates, tile, lanes)
  T* weights;     ///< (splits, kept, gates·units)

  __device__ Tile(C* memory, const RecurrentShape& s, const TiledLayout& l, int gates) {
    state = kTile * s.units;
    hidden = memory, cell = memory + 2 * state, update = memory + 3 * state, seen = memory + 4 * state;
    partial = seen + 2 * kTile;
    weights = reinterpret_cast<T*>(partial + int64_t{l.splits} * gates * kTile * l.lanes);
  }
  __device__ C* hidden_at(int64_t step) const { return hidden + (step & 1) * state; }
  __device__ C* seen_at(int64_t step) const { return seen + (step & 1) * kTile; }
};

/// partial (split, g, row, lane) = Σ over the split's k of source (row, k) · kernel (k, (gate + g)·units + unit), unit = first +
/// lane.
template <int kGates, int kTile, class T>
__device__ void multiply(const RecurrentShape& s, const TiledLayout& l, const Tile<T, kTile>& tile, const T* kernel,
                         const Computed<T>* source, int64_t first, int gate, int gates) {
  using C = Computed<T>;
  const int lane = static_cast<int>(threadIdx.x) % l.lanes, split = static_cast<int>(threadIdx.x) / l.lanes;
  const int64_t unit = first + lane, pitch = gates * s.units;
  C sum[kGates][kTile] = {};
  const auto add = [&](const T* row, int64_t k) {
    for (int g = 0; g < kGates; ++g) {
      const C weight = widen(row[(gate + g) * s.units + unit]);
      for (int r = 0; r < kTile; ++r) sum[g][r] += weight * source[r * s.units + k];
    }
  };
  if (unit < s.units) {
    const int64_t begin = split * l.share, end = begin + l.share < s.units ? begin + l.share : s.units;
    const int64_t kept = begin + l.kept < end ? begin + l.kept : end;
    for (int64_t k = begin; k < kept; ++k) add(tile.weights + (split * l.kept + k - begin) * pitch, k);
    for (int64_t k = kept < begin ? begin : kept; k < end; ++k) add(kernel + k * pitch, k);
  }
  for (int g = 0; g < kGates; ++g) {
    for (int r = 0; r < kTile; ++r) tile.partial[(int64_t{split * kGates + g} * kTile + r) * l.lanes + lane] = sum[g][r];
  }
}

/// The work of thread p in the second half of a step.
struct Pair {
  int64_t row, unit, state;  // row of the batch; unit of the layer; row of the tile · units + unit
  int tile_row, lane;
  bool there;
};

template <int kTile>
__device__ Pair pair_of(const RecurrentShape& s, const TiledLayout& l, int64_t first_row, int64_t first_unit, int index) {
  Pair p;
  p.tile_row = index / l.lanes;
  p.lane = index % l.lanes;
  p.row = first_row + p.tile_row;
  p.unit = first_unit + p.lane;
  p.state = p.tile_row * s.units + p.unit;
  p.there = p.unit < s.units && p.row < s.batch;
  return p;
}

template <int kGates, int kTile, class T>
__device__ Computed<T> total(const TiledLayout& l, const Tile<T, kTile>& tile, const Pair& p, int gate) {
  Computed<T> sum = 0;
  for (int split = 0; split < l.splits; ++split) {
    sum += tile.partial[(int64_t{split * kGates + gate} * kTile + p.tile_row) * l.lanes + p.lane];
  }
  return sum;
}

/// Writes the state and output of a pair after step `step` in the order of processing.
template <int kTile, class T>
__device__ void move_on(const RecurrentArrays<T>& a, const RecurrentShape& s, const Tile<T, kTile>& tile, const Pair& p,
                        int64_t step, Computed<T> next, bool masked) {
  using C = Computed<T>;
  const bool seen = tile.seen_at(step)[p.tile_row] != C(0) || !masked;
  const C state = masked ? tile.hidden_at(step)[p.state] : next;
  tile.hidden_at(step + 1)[p.state] = state;
  if (p.unit == 0) tile.seen_at(step + 1)[p.tile_row] = seen ? C(1) : C(0);
  write_output(a, s, p.row, p.unit, step, state, seen, masked);
}

/// Loads the initial state, and each split's share of the weights, into shared memory.
template <int kTile, class T>
__device__ void begin(const RecurrentArrays<T>& a, const RecurrentShape& s, const TiledLayout& l, const Tile<T, kTile>& tile,
                      int64_t first_row, int gates) {
  using C = Computed<T>;
  const auto thread = static_cast<int64_t>(threadIdx.x), threads = static_cast<int64_t>(blockDim.x);
  for (int64_t i = thread; i < kTile * s.units; i += threads) {
    const int64_t row = first_row + i / s.units, at = row * s.units + i % s.units;
    const bool there = row < s.batch;
    tile.hidden_at(0)[i] = there && a.hidden != nullptr ? widen(a.hidden[at]) : C(0);
    tile.hidden_at(1)[i] = C(0);
    tile.cell[i] = there && a.cell != nullptr ? widen(a.cell[at]) : C(0);
    if (there && s.steps == 0 && !s.sequences) a.output[at] = narrow<T>(C(0));
  }
  for (int64_t i = thread; i < 2 * kTile; i += threads) tile.seen[i] = C(0);
  const int64_t pitch = gates * s.units;
  for (int64_t i = thread; i < l.splits * l.kept * pitch; i += threads) {
    const int64_t row = i / pitch, k = row / l.kept * l.share + row % l.kept;
    if (k < s.units) tile.weights[i] = a.kernel[k * pitch + i % pitch];
  }
}

template <int kTile, class T>
__device__ void finish(const RecurrentArrays<T>& a, const RecurrentShape& s, const Tile<T, kTile>& tile, int64_t first_row) {
  for (int64_t i = threadIdx.x; i < kTile * s.units; i += blockDim.x) {
    const int64_t row = first_row + i / s.units, at = row * s.units + i % s.units;
    if (row >= s.batch) continue;
    if (a.last_hidden != nullptr) a.last_hidden[at] = narrow<T>(tile.hidden_at(s.steps)[i]);
    if (a.last_cell != nullptr) a.last_cell[at] = narrow<T>(tile.cell[i]);
  }
}

}  // namespace keraunos::cuda
