// A recurrent layer in one launch.
//
// Step t needs the state of step t − 1, and a launch per step would cost more than its arithmetic. But rows of the batch are
// independent: a block computes a tile of rows for all steps, the state stays in its shared memory, and only the block's barrier
// separates the steps. Each step is a product, state (tile, units) · kernel (units, gates·units), and the gates' arithmetic:
//
//     product   thread (lane, split) sums its split's share of the units for one unit's gates and all rows of the tile;
//     gates     thread p takes a (row, unit) pair, adds the splits' sums and computes the new state.
//
// The kernel's weights are read at every step. As many as fit stay in shared memory, the same share for every split, so that no
// split waits for another; the rest are read from the L2 cache. With 8 rows per tile each weight that is read serves 8 products.
#include "kernels/cuda/recurrent/activations.h"
#include "kernels/cuda/recurrent/tile.h"

namespace keraunos::cuda {
namespace {

/// Data of a thread for the second half of a step, besides its pair.
template <RecurrentShape::Kind kKind, int kTile, class T>
struct Gates {
  using C = Computed<T>;
  static constexpr int kGates = gates_of(kKind);
  const RecurrentShape& s;
  const TiledLayout& l;
  const RecurrentArrays<T>& a;
  const Tile<T, kTile>& tile;
  int64_t step, t;  // in the order of processing; in the order of time

  __device__ C projected(const Pair& p, int gate) const {
    return widen(a.projected[((p.row * s.steps + t) * kGates + gate) * s.units + p.unit]);
  }
  __device__ C bias(const Pair& p, int gate) const { return a.bias == nullptr ? C(0) : widen(a.bias[gate * s.units + p.unit]); }
  __device__ bool masked(const Pair& p) const { return a.mask != nullptr && a.mask[p.row * s.steps + t] == 0; }
  __device__ C hidden(const Pair& p) const { return tile.hidden_at(step)[p.state]; }

  /// The product of a step for kCount gates from `first` on; then work(pair) for each pair, by the threads of its share.
  template <int kCount, class Work>
  __device__ void for_each_pair(const C* source, int first, int64_t first_row, Work&& work) const {
    for (int64_t unit = 0; unit < s.units; unit += l.lanes) {
      multiply<kCount, kTile>(s, l, tile, a.kernel, source, unit, first, kGates);
      __syncthreads();
      for (int i = static_cast<int>(threadIdx.x); i < kTile * l.lanes; i += static_cast<int>(blockDim.x)) {
        const Pair p = pair_of<kTile>(s, l, first_row, unit, i);
        if (p.there) work(p);
      }
      __syncthreads();
    }
  }

  __device__ void run(int64_t first_row) const {
    const ChosenActivations<false> f(s);
    for_each_pair<kGates>(tile.hidden_at(step), 0, first_row, [&](const Pair& p) {
      C in[kGates], sum[kGates];
      for (int g = 0; g < kGates; ++g) {
        in[g] = projected(p, g);
        sum[g] = total<kGates, kTile>(l, tile, p, g) + bias(p, g);
      }
      const bool is_masked = masked(p);
      C cell = kKind == RecurrentShape::lstm ? tile.cell[p.state] : C(0);
      const C next = next_hidden<kKind>(f, in, sum, hidden(p), cell);
      if (kKind == RecurrentShape::lstm && !is_masked) tile.cell[p.state] = cell;
      move_on(a, s, tile, p, step, next, is_masked);
    });
  }

  /// A GRU with reset_after = False: the reset gate is applied to the state before the product, so a step has two products: first
  /// update and reset gates of all units, then the candidate from reset ∘ hidden (kept in `cell`).
  __device__ void run_reset_before(int64_t first_row) const {
    const ChosenActivations<false> f(s);
    for_each_pair<2>(tile.hidden_at(step), 0, first_row, [&](const Pair& p) {
      C gate[2];
      for (int g = 0; g < 2; ++g) gate[g] = projected(p, g) + total<2, kTile>(l, tile, p, g) + bias(p, g);
      f.recurrent_activation(gate);
      tile.update[p.state] = gate[0];
      tile.cell[p.state] = gate[1] * hidden(p);
    });
    for_each_pair<1>(tile.cell, 2, first_row, [&](const Pair& p) {
      C candidate[] = {projected(p, 2) + total<1, kTile>(l, tile, p, 0) + bias(p, 2)};
      f.activation(candidate);
      move_on(a, s, tile, p, step, blended(tile.update[p.state], hidden(p), candidate[0]), masked(p));
    });
  }
};

/// Block b computes rows b·tile … of the batch for all steps; blockDim.x = lanes · splits.
template <class T, RecurrentShape::Kind kKind, int kTile>
__global__ void __launch_bounds__(kTiledThreads) run_tiled(RecurrentShape s, TiledLayout l, RecurrentArrays<T> a) {
  constexpr int kGates = gates_of(kKind);
  const Tile<T, kTile> tile(dynamic_shared<Computed<T>>(), s, l, kGates);
  const int64_t first_row = int64_t{blockIdx.x} * kTile;
  begin(a, s, l, tile, first_row, kGates);
  __syncthreads();
  for (int64_t step = 0; step < s.steps; ++step) {
    const Gates<kKind, kTile, T> gates{s, l, a, tile, step, s.backwards ? s.steps - 1 - step : step};
    if constexpr (kKind == RecurrentShape::gru_reset_before)
      gates.run_reset_before(first_row);
    else
      gates.run(first_row);
  }
  finish(a, s, tile, first_row);
}

template <class T, int kTile>
auto kernel_of(RecurrentShape::Kind kind) {
  using enum RecurrentShape::Kind;
  if (kind == simple) return run_tiled<T, simple, kTile>;
  if (kind == lstm) return run_tiled<T, lstm, kTile>;
  return kind == gru_reset_after ? run_tiled<T, gru_reset_after, kTile> : run_tiled<T, gru_reset_before, kTile>;
}

}  // namespace

void launch_tiled(DType type, const RecurrentShape& s, const TiledLayout& l, const RecurrentMemory& m, cudaStream_t stream) {
  if (s.batch == 0 || s.units == 0) return;
  const auto blocks = static_cast<unsigned>(divide_up(s.batch, l.tile)), threads = static_cast<unsigned>(l.lanes * l.splits);
  for_floating("recurrent layer", type, [&]<class T>(Type<T>) {
    const RecurrentArrays<T> arrays(m);
    const auto run = [&](auto kernel) {
      launch(kernel, blocks, threads, static_cast<size_t>(l.shared_bytes), stream, s, l, arrays);
    };
    if (l.tile == 1)
      run(kernel_of<T, 1>(s.kind));
    else if (l.tile == 2)
      run(kernel_of<T, 2>(s.kind));
    else if (l.tile == 4)
      run(kernel_of<T, 4>(s.kind));
    else if constexpr (!std::is_same_v<T, double>)
      run(kernel_of<T, 8>(s.kind));
  });
}

}  // namespace keraunos::cuda
