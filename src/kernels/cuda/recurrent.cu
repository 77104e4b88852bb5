// A recurrent layer in one launch.
//
// Step t needs the state of step t − 1, so a launch per step would cost more than its arithmetic. But rows of the batch know nothing of
// each other: a block takes a tile of rows through all steps, the state stays in its shared memory, and only the block's own barrier
// separates the steps. Each step is a product, state (tile, units) · kernel (units, gates·units), and the gates' arithmetic:
//
//   product   thread (lane, split) sums its split's share of the units for one unit's gates and all rows of the tile;
//   gates     thread p takes a (row, unit) pair, adds the splits' sums and moves the state on.
//
// The kernel's weights are read at every step. As many of them as fit stay in shared memory, the same share for every split, so that no
// split waits for another; the rest come from the L2 cache. With 8 rows a tile each weight read serves 8 products.
#include "kernels/cuda/recurrent.h"

#include <algorithm>

#include "kernels/cuda/chain.h"
#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"

namespace keraunos::cuda {
namespace {

constexpr int kLargestTile = 8;
constexpr int kThreads = 1024;

template <class T>
using Arrays = RecurrentArrays<T>;

/// Shared memory of a block. What a step reads and what it writes lie apart: hidden_at and seen_at alternate between two halves.
template <class T, int kTile>
struct Held {
  using C = Computed<T>;
  int64_t state;  ///< elements of a half
  C* hidden;      ///< twice (tile, units)
  C* cell;     ///< (tile, units): LSTM's cell; GRU without reset_after: reset ∘ hidden
  C* update;   ///< (tile, units): GRU without reset_after: the update gate
  C* seen;     ///< twice (tile): 1 once a step was not masked
  C* partial;  ///< (splits, gates, tile, lanes)
  T* weights;  ///< (splits, kept, gates·units)

  __device__ Held(C* memory, const RecurrentShape& s, const RecurrentLayout& l, int gates) {
    state = kTile * s.units;
    hidden = memory, cell = memory + 2 * state, update = memory + 3 * state, seen = memory + 4 * state;
    partial = seen + 2 * kTile;
    weights = reinterpret_cast<T*>(partial + int64_t{l.splits} * gates * kTile * l.lanes);
  }
  __device__ C* hidden_at(int64_t step) const { return hidden + (step & 1) * state; }
  __device__ C* seen_at(int64_t step) const { return seen + (step & 1) * kTile; }
};

/// partial (split, g, row, lane) = Σ over the split's k of source (row, k) · kernel (k, (gate + g)·units + unit), unit = first + lane.
template <int kGates, int kTile, class T>
__device__ void multiply(const RecurrentShape& s, const RecurrentLayout& l, const Held<T, kTile>& held, const T* kernel,
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
    for (int64_t k = begin; k < kept; ++k) add(held.weights + (split * l.kept + k - begin) * pitch, k);
    for (int64_t k = kept < begin ? begin : kept; k < end; ++k) add(kernel + k * pitch, k);
  }
  for (int g = 0; g < kGates; ++g) {
    for (int r = 0; r < kTile; ++r) held.partial[(int64_t{split * kGates + g} * kTile + r) * l.lanes + lane] = sum[g][r];
  }
}

/// What thread p works on in the second half of a step.
struct Pair {
  int64_t row, unit, state;  // of the batch; of the layer; row of the tile · units + unit
  int tile_row, lane;
  bool there;
};

template <int kTile>
__device__ Pair pair_of(const RecurrentShape& s, const RecurrentLayout& l, int64_t first_row, int64_t first_unit, int index) {
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
__device__ Computed<T> total(const RecurrentLayout& l, const Held<T, kTile>& held, const Pair& p, int gate) {
  Computed<T> sum = 0;
  for (int split = 0; split < l.splits; ++split) {
    sum += held.partial[(int64_t{split * kGates + gate} * kTile + p.tile_row) * l.lanes + p.lane];
  }
  return sum;
}

/// A call: inlined wherever a gate needs it, the table of functions makes this file take minutes to compile.
template <class C>
__device__ __attribute__((noinline)) C activated(Function f, double immediate, C x) {
  return ChainFunctions::apply(f, x, x, immediate);
}

/// Projection of gate g at step t, with the recurrent bias where there is one added to `recurrent`.
template <class T>
__device__ Computed<T> projected_at(const Arrays<T>& a, const RecurrentShape& s, const Pair& p, int64_t t, int gate, int gates) {
  return widen(a.projected[((p.row * s.steps + t) * gates + gate) * s.units + p.unit]);
}
template <class T>
__device__ Computed<T> bias_at(const Arrays<T>& a, const RecurrentShape& s, const Pair& p, int gate) {
  return a.bias == nullptr ? Computed<T>(0) : widen(a.bias[gate * s.units + p.unit]);
}

/// The new hidden state of one pair, from the sums of the product. Moves an LSTM's cell.
template <int kGates, int kTile, class T>
__device__ Computed<T> next_hidden(const Arrays<T>& a, const RecurrentShape& s, const RecurrentLayout& l, const Held<T, kTile>& held,
                                   const Pair& p, int64_t t, Computed<T> hidden, bool masked) {
  using C = Computed<T>;
  const auto outer = [&](C x) { return activated(s.activation, s.activation_immediate, x); };
  const auto inner = [&](C x) { return activated(s.recurrent_activation, s.recurrent_immediate, x); };
  C in[kGates], sum[kGates];
  for (int g = 0; g < kGates; ++g) {
    in[g] = projected_at(a, s, p, t, g, kGates);
    sum[g] = total<kGates, kTile>(l, held, p, g) + bias_at(a, s, p, g);
  }
  if constexpr (kGates == 1) return outer(in[0] + sum[0]);
  if constexpr (kGates == 3) {
    const C update = inner(in[0] + sum[0]), reset = inner(in[1] + sum[1]);
    const C candidate = outer(in[2] + reset * sum[2]);
    return update * hidden + (C(1) - update) * candidate;
  }
  if constexpr (kGates == 4) {
    const C gate = inner(in[0] + sum[0]), forget = inner(in[1] + sum[1]), candidate = outer(in[2] + sum[2]);
    const C cell = forget * held.cell[p.state] + gate * candidate;
    if (!masked) held.cell[p.state] = cell;
    return inner(in[3] + sum[3]) * outer(cell);
  }
  return hidden;
}

/// Writes the state and output of a pair after step `step` of the order of processing.
template <int kTile, class T>
__device__ void move_on(const Arrays<T>& a, const RecurrentShape& s, const Held<T, kTile>& held, const Pair& p, int64_t step,
                        Computed<T> next, bool masked) {
  using C = Computed<T>;
  const C before = held.hidden_at(step)[p.state];
  const bool seen = held.seen_at(step)[p.tile_row] != C(0) || !masked;
  const C state = masked ? before : next;
  held.hidden_at(step + 1)[p.state] = state;
  if (p.unit == 0) held.seen_at(step + 1)[p.tile_row] = seen ? C(1) : C(0);
  const C output = !seen || (masked && s.zero_masked) ? C(0) : state;
  if (s.sequences) a.output[(p.row * s.steps + step) * s.units + p.unit] = narrow<T>(output);
  else if (step == s.steps - 1) a.output[p.row * s.units + p.unit] = narrow<T>(output);
}

/// Loads what stays in shared memory: the first state, and each split's share of the weights.
template <int kTile, class T>
__device__ void begin(const Arrays<T>& a, const RecurrentShape& s, const RecurrentLayout& l, const Held<T, kTile>& held, int64_t first_row,
                      int gates) {
  using C = Computed<T>;
  const auto thread = static_cast<int64_t>(threadIdx.x), threads = static_cast<int64_t>(blockDim.x);
  for (int64_t i = thread; i < kTile * s.units; i += threads) {
    const int64_t row = first_row + i / s.units, at = row * s.units + i % s.units;
    const bool there = row < s.batch;
    held.hidden_at(0)[i] = there && a.hidden != nullptr ? widen(a.hidden[at]) : C(0);
    held.hidden_at(1)[i] = C(0);
    held.cell[i] = there && a.cell != nullptr ? widen(a.cell[at]) : C(0);
    if (there && s.steps == 0 && !s.sequences) a.output[at] = narrow<T>(C(0));
  }
  for (int64_t i = thread; i < 2 * kTile; i += threads) held.seen[i] = C(0);
  const int64_t pitch = gates * s.units;
  for (int64_t i = thread; i < l.splits * l.kept * pitch; i += threads) {
    const int64_t row = i / pitch, k = row / l.kept * l.share + row % l.kept;
    if (k < s.units) held.weights[i] = a.kernel[k * pitch + i % pitch];
  }
}

template <int kTile, class T>
__device__ void finish(const Arrays<T>& a, const RecurrentShape& s, const Held<T, kTile>& held, int64_t first_row) {
  for (int64_t i = threadIdx.x; i < kTile * s.units; i += blockDim.x) {
    const int64_t row = first_row + i / s.units, at = row * s.units + i % s.units;
    if (row >= s.batch) continue;
    if (a.last_hidden != nullptr) a.last_hidden[at] = narrow<T>(held.hidden_at(s.steps)[i]);
    if (a.last_cell != nullptr) a.last_cell[at] = narrow<T>(held.cell[i]);
  }
}

template <class T>
__device__ bool is_masked(const Arrays<T>& a, const RecurrentShape& s, const Pair& p, int64_t t) {
  return a.mask != nullptr && a.mask[p.row * s.steps + t] == 0;
}

/// Block b takes rows b·tile … of the batch through all steps; blockDim.x = lanes · splits.
template <class T, int kGates, int kTile>
__global__ void __launch_bounds__(kThreads) run_layer(RecurrentShape s, RecurrentLayout l, Arrays<T> a) {
  using C = Computed<T>;
  const Held<T, kTile> held(dynamic_shared<C>(), s, l, kGates);
  const int64_t first_row = int64_t{blockIdx.x} * kTile;
  begin(a, s, l, held, first_row, kGates);
  __syncthreads();
  for (int64_t step = 0; step < s.steps; ++step) {
    const int64_t t = s.backwards ? s.steps - 1 - step : step;
    const C* const hidden = held.hidden_at(step);
    for (int64_t first = 0; first < s.units; first += l.lanes) {
      multiply<kGates, kTile>(s, l, held, a.kernel, hidden, first, 0, kGates);
      __syncthreads();
      for (int i = static_cast<int>(threadIdx.x); i < kTile * l.lanes; i += static_cast<int>(blockDim.x)) {
        const Pair p = pair_of<kTile>(s, l, first_row, first, i);
        if (!p.there) continue;
        const bool masked = is_masked(a, s, p, t);
        const C next = next_hidden<kGates, kTile>(a, s, l, held, p, t, hidden[p.state], masked);
        move_on(a, s, held, p, step, next, masked);
      }
      __syncthreads();
    }
  }
  finish(a, s, held, first_row);
}

/// A GRU with reset_after = False: the reset gate acts on the state before the product, so a step has two products. Update and reset
/// gates of all units first, then the candidate from reset ∘ hidden (kept in `cell`).
template <class T, int kTile>
__global__ void __launch_bounds__(kThreads) run_reset_before(RecurrentShape s, RecurrentLayout l, Arrays<T> a) {
  using C = Computed<T>;
  constexpr int kGates = 3;
  const Held<T, kTile> held(dynamic_shared<C>(), s, l, kGates);
  const int64_t first_row = int64_t{blockIdx.x} * kTile;
  begin(a, s, l, held, first_row, kGates);
  __syncthreads();
  for (int64_t step = 0; step < s.steps; ++step) {
    const int64_t t = s.backwards ? s.steps - 1 - step : step;
    const C* const hidden = held.hidden_at(step);
    for (int half = 0; half < 2; ++half) {
      for (int64_t first = 0; first < s.units; first += l.lanes) {
        if (half == 0) multiply<2, kTile>(s, l, held, a.kernel, hidden, first, 0, kGates);
        else multiply<1, kTile>(s, l, held, a.kernel, held.cell, first, 2, kGates);
        __syncthreads();
        for (int i = static_cast<int>(threadIdx.x); i < kTile * l.lanes; i += static_cast<int>(blockDim.x)) {
          const Pair p = pair_of<kTile>(s, l, first_row, first, i);
          if (!p.there) continue;
          const auto gate = [&](C sum, int g, Function f, double immediate) {
            return activated(f, immediate, projected_at(a, s, p, t, g, kGates) + sum + bias_at(a, s, p, g));
          };
          if (half == 0) {
            held.update[p.state] = gate(total<2, kTile>(l, held, p, 0), 0, s.recurrent_activation, s.recurrent_immediate);
            held.cell[p.state] = gate(total<2, kTile>(l, held, p, 1), 1, s.recurrent_activation, s.recurrent_immediate) * hidden[p.state];
          } else {
            const C candidate = gate(total<1, kTile>(l, held, p, 0), 2, s.activation, s.activation_immediate), update = held.update[p.state];
            move_on(a, s, held, p, step, update * hidden[p.state] + (C(1) - update) * candidate, is_masked(a, s, p, t));
          }
        }
        __syncthreads();
      }
    }
  }
  finish(a, s, held, first_row);
}

template <class T, int kTile>
auto kernel_of(const RecurrentShape& s) {
  if (s.kind == RecurrentShape::simple) return run_layer<T, 1, kTile>;
  if (s.kind == RecurrentShape::lstm) return run_layer<T, 4, kTile>;
  return s.reset_after ? run_layer<T, 3, kTile> : run_reset_before<T, kTile>;
}

}  // namespace

bool plan_recurrent(DType type, const RecurrentShape& s, const LaunchContext& context, RecurrentLayout& l) noexcept {
  const int64_t computed = type == DType::float64 ? 8 : 4;
  l.lanes = static_cast<int>(std::clamp<int64_t>(divide_up(s.units, 32) * 32, 32, kThreads));
  l.splits = static_cast<int>(std::clamp<int64_t>(divide_up(s.units, 8), 1, kThreads / l.lanes));
  l.share = divide_up(s.units, l.splits);
  l.tile = 1;
  const int largest = type == DType::float64 ? kLargestTile / 2 : kLargestTile;  // sums of doubles take two registers each
  while (l.tile < largest && l.tile * int64_t{context.multiprocessors} < s.batch) l.tile *= 2;
  const auto state_bytes = [&] {
    return computed * (4 * l.tile * s.units + 2 * l.tile + int64_t{l.splits} * s.gates() * l.tile * l.lanes);
  };
  while (l.tile > 1 && state_bytes() > context.shared_bytes / 2) l.tile /= 2;
  if (state_bytes() > context.shared_bytes) return false;
  const int64_t row = l.splits * s.gates() * s.units * size_of(type);  // one row of weights for every split
  l.kept = row == 0 ? 0 : std::min((context.shared_bytes - state_bytes()) / row, l.share);
  l.shared_bytes = state_bytes() + l.kept * row;
  return true;
}

void launch_recurrent(DType type, const RecurrentShape& s, const RecurrentLayout& l, const RecurrentMemory& m, cudaStream_t stream) {
  if (s.batch == 0 || s.units == 0) return;
  const auto blocks = static_cast<unsigned>(divide_up(s.batch, l.tile)), threads = static_cast<unsigned>(l.lanes * l.splits);
  for_floating("recurrent layer", type, [&]<class T>(Type<T>) {
    const Arrays<T> arrays(m);
    const auto run = [&](auto kernel) { launch(kernel, blocks, threads, static_cast<size_t>(l.shared_bytes), stream, s, l, arrays); };
    if (l.tile == 1) run(kernel_of<T, 1>(s));
    else if (l.tile == 2) run(kernel_of<T, 2>(s));
    else if (l.tile == 4) run(kernel_of<T, 4>(s));
    else if constexpr (!std::is_same_v<T, double>) run(kernel_of<T, 8>(s));
  });
}

}  // namespace keraunos::cuda
