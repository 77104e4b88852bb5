// A step of a recurrent layer needs all its weights, and 128 units of an LSTM have 256 KiB of them: reading them from shared
// memory at every step takes longer than multiplying. But a multiprocessor's registers are as large as its shared memory. So each
// thread keeps the weights of its share of a sum in registers, as many as fit, shared memory holds the rest, and a step is
//
//     product   thread (unit, split) sums state · weights over its quads of the state, for all gates of the unit and all rows of
//               the tile;
//     sum       over the splits of a unit, which are lanes of one warp;
//     gates     every split computes the unit's new state (all of them the same), one writes it where the next step reads it.
//
// One barrier separates the steps. Loads from device memory (projections, mask) are issued before a step's product and used after
// it. A GRU with reset_after = False has two products in a step, and the second reads what the gates of the first computed from
// the state: one more barrier.
#pragma once

#include "kernels/cuda/recurrent/activations.h"
#include "kernels/cuda/recurrent/cell.h"
#include "kernels/cuda/recurrent/resident_product.h"

namespace keraunos::cuda {

/// The rows of the tile and their values, equal in every split of a unit.
template <int kTile>
struct Rows {
  int64_t row[kTile];
  bool there[kTile], seen[kTile], masked[kTile];
  float hidden[kTile], cell[kTile];
};

/// A thread's work in the steps of a block.
template <RecurrentShape::Kind kKind, class Activations, int kTile, int kHeld>
struct Resident {
  static constexpr int kGates = gates_of(kKind);
  const RecurrentShape& s;
  const RecurrentArrays<float>& a;
  const Share& share;
  const Weights<kGates, kHeld>& weights;
  float* state;  ///< twice (tile, pitch)
  int64_t pitch;
  Activations f;
  float bias[kGates];
  Rows<kTile> rows;

  __device__ float* half(int64_t which) const { return state + (which & 1) * kTile * pitch; }

  /// Loads the initial state.
  __device__ void begin() {
    unrolled<kGates>([&](auto g) { bias[g] = a.bias == nullptr ? 0.0f : a.bias[g * s.units + share.unit]; });
    for (int64_t i = threadIdx.x; i < 2 * kTile * pitch; i += blockDim.x) state[i] = 0;
    __syncthreads();
    unrolled<kTile>([&](auto r) {
      const int64_t row = int64_t{blockIdx.x} * kTile + r;
      rows.there[r] = row < s.batch, rows.row[r] = rows.there[r] ? row : s.batch - 1, rows.seen[r] = false;
      const int64_t at = rows.row[r] * s.units + share.unit;
      rows.hidden[r] = a.hidden == nullptr ? 0.0f : a.hidden[at];
      rows.cell[r] = a.cell == nullptr ? 0.0f : a.cell[at];
      if (share.writes()) half(0)[r * pitch + share.unit] = rows.hidden[r];
      if (share.writes() && rows.there[r] && s.steps == 0 && !s.sequences) a.output[at] = 0;
    });
    __syncthreads();
  }

  __device__ void step(int64_t step) {
    const int64_t t = s.backwards ? s.steps - 1 - step : step;
    float in[kTile][kGates];
    unrolled<kTile>([&](auto r) {
      const int64_t at = rows.row[r] * s.steps + t;
      unrolled<kGates>([&](auto g) { in[r][g] = a.projected[(at * kGates + g) * s.units + share.unit]; });
      rows.masked[r] = a.mask != nullptr && a.mask[at] == 0;
    });
    if constexpr (kKind == RecurrentShape::gru_reset_before) {
      reset_before(in, step);
    } else {
      auto sums = weights.template times<0, kGates, kTile>(half(step), pitch);
      sums.meet(share.splits);
      unrolled<kTile>([&](auto r) {
        unrolled<kGates>([&](auto g) { sums.of[r][g] += bias[g]; });
        float cell = rows.cell[r];
        const float next = next_hidden<kKind>(f, in[r], sums.of[r], rows.hidden[r], cell);
        if (!rows.masked[r]) rows.cell[r] = cell;
        move_on(r, step, half(step + 1), next);
      });
    }
    __syncthreads();
  }

  /// The state stays in one half; the other half holds reset ∘ state for the candidate's product.
  __device__ void reset_before(const float (&in)[kTile][kGates], int64_t step) {
    auto gates = weights.template times<0, 2, kTile>(half(0), pitch);
    gates.meet(share.splits);
    unrolled<kTile>([&](auto r) {
      unrolled<2>([&](auto g) { gates.of[r][g] += in[r][g] + bias[g]; });
      f.recurrent_activation(gates.of[r]);
      if (share.writes()) half(1)[r * pitch + share.unit] = gates.of[r][1] * rows.hidden[r];
    });
    __syncthreads();
    auto candidate = weights.template times<2, 1, kTile>(half(1), pitch);
    candidate.meet(share.splits);
    unrolled<kTile>([&](auto r) {
      candidate.of[r][0] += in[r][2] + bias[2];
      f.activation(candidate.of[r]);
      move_on(r, step, half(0), blended(gates.of[r][0], rows.hidden[r], candidate.of[r][0]));
    });
  }

  __device__ void move_on(int r, int64_t step, float* after, float next) {
    if (!rows.masked[r]) rows.hidden[r] = next, rows.seen[r] = true;
    if (!share.writes()) return;
    after[r * pitch + share.unit] = rows.hidden[r];
    if (rows.there[r]) write_output(a, s, rows.row[r], share.unit, step, rows.hidden[r], rows.seen[r], rows.masked[r]);
  }

  __device__ void finish() const {
    unrolled<kTile>([&](auto r) {
      if (!share.writes() || !rows.there[r]) return;
      const int64_t at = rows.row[r] * s.units + share.unit;
      if (a.last_hidden != nullptr) a.last_hidden[at] = rows.hidden[r];
      if (a.last_cell != nullptr) a.last_cell[at] = rows.cell[r];
    });
  }
};

/// Block b computes rows b·tile … of the batch for all steps. Shared memory: the state, then the `near` weights.
template <RecurrentShape::Kind kKind, class Activations, int kTile, int kHeld>
__global__ void __launch_bounds__(kResidentThreads) run_resident(RecurrentShape s, ResidentLayout l, RecurrentArrays<float> a) {
  constexpr int kGates = gates_of(kKind);
  float* const state = dynamic_shared<float>();
  const int64_t pitch = kQuad * l.quads * l.splits;
  const Share share(s, l, kGates);
  const Weights<kGates, kHeld> weights(share, l, a.kernel, reinterpret_cast<Pack<float, 4>*>(state + 2 * kTile * pitch));
  Resident<kKind, Activations, kTile, kHeld> resident{.s = s,
                                                      .a = a,
                                                      .share = share,
                                                      .weights = weights,
                                                      .state = state,
                                                      .pitch = pitch,
                                                      .f = Activations(s),
                                                      .bias = {},
                                                      .rows = {}};
  resident.begin();
  for (int64_t step = 0; step < s.steps; ++step) resident.step(step);
  resident.finish();
}

template <RecurrentShape::Kind kKind>
void launch_resident_kind(const RecurrentShape& s, const ResidentLayout& l, const RecurrentMemory& m, cudaStream_t stream) {
  constexpr int kMostHeld = most_held(gates_of(kKind));
  const auto run = [&](auto kernel) {
    launch(kernel, static_cast<unsigned>(divide_up(s.batch, l.tile)), static_cast<unsigned>(l.threads),
           static_cast<size_t>(l.shared_bytes), stream, s, l, RecurrentArrays<float>(m));
  };
  const auto with = [&]<class Activations>(Type<Activations>) {
    if (l.held == kFewHeld)
      run(l.tile == 1 ? run_resident<kKind, Activations, 1, kFewHeld> : run_resident<kKind, Activations, 2, kFewHeld>);
    else
      run(l.tile == 1 ? run_resident<kKind, Activations, 1, kMostHeld> : run_resident<kKind, Activations, 2, kMostHeld>);
  };
  if (l.activations == ResidentActivations::chosen) return with(Type<ChosenActivations<true>>{});
  if (l.activations == ResidentActivations::tanh_sigmoid)
    return with(Type<KnownActivations<Function::tanh, Function::sigmoid>>{});
  if constexpr (kKind != RecurrentShape::simple) with(Type<KnownActivations<Function::tanh, Function::hard_sigmoid>>{});
}

}  // namespace keraunos::cuda
