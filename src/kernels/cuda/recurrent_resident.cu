// A step of a recurrent layer needs all its weights, and 128 units of an LSTM have 256 KiB of them: to read them from shared memory at every
// step takes longer than to multiply. But a multiprocessor has as much memory in its registers as it has shared. So each thread keeps the
// weights of its share of a sum in registers, as many as there are, shared memory takes what is left, and a step is
//
//   product   thread (unit, split) sums state · weights over its quads of the state, for all gates of the unit and all rows of the tile;
//   sum       over the splits of a unit, which are lanes of one warp;
//   gates     every split moves the unit's state on (all of them alike), one writes it where the next step reads it.
//
// One barrier separates the steps. What a step reads from device memory (projections, mask) is asked for before its product, and is there after it.
#include "kernels/cuda/recurrent_resident.h"

#include <algorithm>
#include <bit>

#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/unrolled.h"
#include "kernels/math/functions.h"

namespace keraunos::cuda {
namespace {

constexpr int kThreads = 256;  // 255 registers each
constexpr int kRegisters = 192;  // of them for weights
constexpr int64_t kQuad = 4;

// What gates and states are made with, but for rare models. Known to the compiler, the gates of a unit are computed side by side; chosen at run
// time, one after the other, in twice the time of the product.
constexpr Function kInner = Function::sigmoid, kOuter = Function::tanh;

/// Quads whose weights fit into the registers of a thread: the most, and as many as few units need.
constexpr int most_held(int gates) { return gates == 1 ? 32 : kRegisters / 4 / gates; }
constexpr int kFewHeld = 4;

struct Memory {
  float* state;            ///< twice (tile, quads of all splits); a step reads one half and writes the other
  Pack<float, 4>* weights; ///< (near, gates, threads)
  int64_t row;             ///< elements of a row of the state

  __device__ Memory(float* memory, const ResidentLayout& l) {
    row = kQuad * l.quads * l.splits;
    state = memory;
    weights = reinterpret_cast<Pack<float, 4>*>(memory + 2 * l.tile * row);
  }
  __device__ float* state_at(int64_t step, int tile) const { return state + (step & 1) * tile * row; }
};

/// The unit that a thread works on, and its share of the sums. Threads behind the last unit compute nothing, but meet the others.
struct Share {
  int64_t unit, units, pitch;
  int split, splits;
  bool there;

  __device__ Share(const RecurrentShape& s, const ResidentLayout& l, int gates) {
    const auto thread = static_cast<int>(threadIdx.x);
    split = thread % l.splits, splits = l.splits;
    units = s.units, pitch = gates * s.units;
    there = thread / l.splits < units;
    unit = there ? thread / l.splits : 0;
  }
  __device__ int64_t first(int quad) const { return kQuad * (int64_t{quad} * splits + split); }
  /// Kernel (k, gate · units + unit); zero behind the last unit.
  __device__ float weight(const float* kernel, int64_t k, int gate) const {
    return there && k < units ? kernel[k * pitch + gate * units + unit] : 0.0f;
  }
};

template <int kGates, int kTile>
struct Sums {
  float of[kTile][kGates] = {};

  __device__ void add(const Pack<float, 4> (&state)[kTile], int gate, const Pack<float, 4>& weights) {
    unrolled<kTile>([&](auto r) {
      unrolled<4>([&](auto i) { of[r][gate] += weights.at[i] * state[r].at[i]; });
    });
  }
};

/// Rows of the tile and what they hold: the same in every split of a unit.
template <int kTile>
struct Rows {
  int64_t row[kTile];
  bool there[kTile], seen[kTile];
  float hidden[kTile], cell[kTile];
};

/// Moves one row's unit on by a step; `in` are the projections, `sum` the products with the recurrent bias.
template <int kGates>
__device__ float next_hidden(const float (&in)[kGates], const float (&sum)[kGates], float hidden, float& cell) {
  const auto outer = [](float x) { return math::compute<kOuter>(x, x, 0.0); };
  const auto inner = [](float x) { return math::compute<kInner>(x, x, 0.0); };
  if constexpr (kGates == 1) return outer(in[0] + sum[0]);
  if constexpr (kGates == 3) {
    const float update = inner(in[0] + sum[0]), reset = inner(in[1] + sum[1]), candidate = outer(in[2] + reset * sum[2]);
    return update * hidden + (1.0f - update) * candidate;
  }
  if constexpr (kGates == 4) {
    const float gate = inner(in[0] + sum[0]), forget = inner(in[1] + sum[1]), candidate = outer(in[2] + sum[2]);
    cell = forget * cell + gate * candidate;
    return inner(in[3] + sum[3]) * outer(cell);
  }
  return hidden;
}

/// Block b takes rows b·tile … of the batch through all steps.
template <int kGates, int kTile, int kHeld>
__global__ void __launch_bounds__(kThreads) run_resident(RecurrentShape s, ResidentLayout l, RecurrentArrays<float> a) {
  const Memory memory(dynamic_shared<float>(), l);
  const Share share(s, l, kGates);
  const auto thread = static_cast<int64_t>(threadIdx.x), threads = static_cast<int64_t>(blockDim.x);
  const int near_end = kHeld + l.near;

  Pack<float, 4> held[kHeld][kGates];
  unrolled<kHeld>([&](auto q) {
    unrolled<kGates>([&](auto g) { unrolled<4>([&](auto i) { held[q][g].at[i] = share.weight(a.kernel, share.first(q) + i, g); }); });
  });
  for (int q = kHeld; q < near_end; ++q) {
    unrolled<kGates>([&](auto g) {
      Pack<float, 4> weights;
      unrolled<4>([&](auto i) { weights.at[i] = share.weight(a.kernel, share.first(q) + i, g); });
      memory.weights[(int64_t{q - kHeld} * kGates + g) * threads + thread] = weights;
    });
  }

  Rows<kTile> rows;
  float bias[kGates];
  unrolled<kGates>([&](auto g) { bias[g] = a.bias == nullptr ? 0.0f : a.bias[g * s.units + share.unit]; });
  for (int64_t i = thread; i < 2 * kTile * memory.row; i += threads) memory.state[i] = 0;
  __syncthreads();
  unrolled<kTile>([&](auto r) {
    const int64_t row = int64_t{blockIdx.x} * kTile + r;
    rows.there[r] = row < s.batch, rows.row[r] = rows.there[r] ? row : s.batch - 1, rows.seen[r] = false;
    const int64_t at = rows.row[r] * s.units + share.unit;
    rows.hidden[r] = a.hidden == nullptr ? 0.0f : a.hidden[at];
    rows.cell[r] = a.cell == nullptr ? 0.0f : a.cell[at];
    const bool writes = share.there && share.split == 0;
    if (writes) memory.state_at(0, kTile)[r * memory.row + share.unit] = rows.hidden[r];
    if (writes && rows.there[r] && s.steps == 0 && !s.sequences) a.output[at] = 0;
  });
  __syncthreads();

  for (int64_t step = 0; step < s.steps; ++step) {
    const int64_t t = s.backwards ? s.steps - 1 - step : step;
    float in[kTile][kGates];
    bool masked[kTile];
    unrolled<kTile>([&](auto r) {
      const int64_t at = rows.row[r] * s.steps + t;
      unrolled<kGates>([&](auto g) { in[r][g] = a.projected[(at * kGates + g) * s.units + share.unit]; });
      masked[r] = a.mask != nullptr && a.mask[at] == 0;
    });

    Sums<kGates, kTile> sums;
    const float* const before = memory.state_at(step, kTile);
    const auto state_of = [&](int q, Pack<float, 4>(&state)[kTile]) {
      unrolled<kTile>([&](auto r) { state[r] = *reinterpret_cast<const Pack<float, 4>*>(before + r * memory.row + share.first(q)); });
    };
    unrolled<kHeld>([&](auto q) {
      Pack<float, 4> state[kTile];
      state_of(q, state);
      unrolled<kGates>([&](auto g) { sums.add(state, g, held[q][g]); });
    });
    const Pack<float, 4>* near = memory.weights + thread;
    for (int q = kHeld; q < near_end; ++q, near += kGates * threads) {
      Pack<float, 4> state[kTile];
      state_of(q, state);
      unrolled<kGates>([&](auto g) { sums.add(state, g, near[g * threads]); });
    }
    for (int q = near_end; q < l.quads; ++q) {
      Pack<float, 4> state[kTile];
      state_of(q, state);
      unrolled<kGates>([&](auto g) {
        Pack<float, 4> weights;
        unrolled<4>([&](auto i) { weights.at[i] = share.weight(a.kernel, share.first(q) + i, g); });
        sums.add(state, g, weights);
      });
    }
    for (int distance = share.splits / 2; distance > 0; distance /= 2) {
      unrolled<kTile>([&](auto r) { unrolled<kGates>([&](auto g) { sums.of[r][g] += shuffle_xor(sums.of[r][g], distance); }); });
    }

    float* const after = memory.state_at(step + 1, kTile);
    unrolled<kTile>([&](auto r) {
      unrolled<kGates>([&](auto g) { sums.of[r][g] += bias[g]; });
      float cell = rows.cell[r];
      const float next = next_hidden<kGates>(in[r], sums.of[r], rows.hidden[r], cell);
      if (!masked[r]) rows.hidden[r] = next, rows.cell[r] = cell, rows.seen[r] = true;
      if (!share.there || share.split != 0) return;
      after[r * memory.row + share.unit] = rows.hidden[r];
      if (!rows.there[r]) return;
      const float output = !rows.seen[r] || (masked[r] && s.zero_masked) ? 0.0f : rows.hidden[r];
      if (s.sequences) a.output[(rows.row[r] * s.steps + step) * s.units + share.unit] = output;
      else if (step == s.steps - 1) a.output[rows.row[r] * s.units + share.unit] = output;
    });
    __syncthreads();
  }

  unrolled<kTile>([&](auto r) {
    if (!share.there || share.split != 0 || !rows.there[r]) return;
    const int64_t at = rows.row[r] * s.units + share.unit;
    if (a.last_hidden != nullptr) a.last_hidden[at] = rows.hidden[r];
    if (a.last_cell != nullptr) a.last_cell[at] = rows.cell[r];
  });
}

}  // namespace

bool plan_resident(DType type, const RecurrentShape& s, const LaunchContext& context, ResidentLayout& l) noexcept {
  if (type != DType::float32 || s.units == 0 || s.units > kThreads) return false;
  const bool has_gates = s.kind != RecurrentShape::simple;
  if (s.activation != kOuter || (has_gates && s.recurrent_activation != kInner)) return false;
  if (s.kind == RecurrentShape::gru && !s.reset_after) return false;
  const auto gates = static_cast<int>(s.gates());
  const int64_t state_quads = divide_up(s.units, kQuad);
  l.splits = 1;
  while (l.splits < 32 && 2 * l.splits * s.units <= kThreads && 2 * l.splits <= state_quads) l.splits *= 2;
  l.threads = static_cast<int>(divide_up(s.units * l.splits, 32) * 32);
  const auto needed = static_cast<int>(divide_up(state_quads, l.splits));
  l.held = needed <= kFewHeld ? kFewHeld : most_held(gates);
  l.quads = std::max(needed, l.held);
  l.tile = s.batch > context.multiprocessors ? 2 : 1;
  const int64_t state_bytes = 2 * l.tile * kQuad * l.quads * l.splits * int64_t{sizeof(float)};
  const int64_t quad_bytes = int64_t{gates} * l.threads * int64_t{sizeof(Pack<float, 4>)};
  l.near = static_cast<int>(std::clamp<int64_t>((context.shared_bytes - state_bytes) / quad_bytes, 0, l.quads - l.held));
  l.shared_bytes = state_bytes + l.near * quad_bytes;
  const bool reads_at_every_step = l.held + l.near < l.quads;
  return !reads_at_every_step || l.tile == 1;  // with more rows than two to a block, what is read serves more of them in recurrent.h's kernel
}

void launch_resident(const RecurrentShape& s, const ResidentLayout& l, const RecurrentMemory& m, cudaStream_t stream) {
  if (s.batch == 0) return;
  const auto blocks = static_cast<unsigned>(divide_up(s.batch, l.tile));
  const auto run = [&](auto kernel) {
    launch(kernel, blocks, static_cast<unsigned>(l.threads), static_cast<size_t>(l.shared_bytes), stream, s, l, RecurrentArrays<float>(m));
  };
  const auto with_gates = [&]<int kGates>() {
    if (l.held == kFewHeld) run(l.tile == 1 ? run_resident<kGates, 1, kFewHeld> : run_resident<kGates, 2, kFewHeld>);
    else run(l.tile == 1 ? run_resident<kGates, 1, most_held(kGates)> : run_resident<kGates, 2, most_held(kGates)>);
  };
  if (s.kind == RecurrentShape::simple) with_gates.operator()<1>();
  else if (s.kind == RecurrentShape::gru) with_gates.operator()<3>();
  else with_gates.operator()<4>();
}

}  // namespace keraunos::cuda
