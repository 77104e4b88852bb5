// The product of a step, state · kernel, by threads that keep their share of the kernel's weights (see resident_kernel.h).
#pragma once

#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/recurrent/resident.h"
#include "kernels/cuda/unrolled.h"

namespace keraunos::cuda {

/// The unit of a thread, and its share of the sums. Threads after the last unit compute nothing, but join the barriers.
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
  __device__ bool writes() const { return there && split == 0; }
  /// Kernel (k, gate · units + unit); zero after the last unit.
  __device__ float weight(const float* kernel, int64_t k, int gate) const {
    return there && k < units ? kernel[k * pitch + gate * units + unit] : 0.0f;
  }
};

/// Sums for one unit's gates and the rows of the tile.
template <int kGates, int kTile>
struct Sums {
  float of[kTile][kGates] = {};

  __device__ void add(const Pack<float, 4> (&state)[kTile], int gate, const Pack<float, 4>& weights) {
    unrolled<kTile>([&](auto r) { unrolled<4>([&](auto i) { of[r][gate] += weights.at[i] * state[r].at[i]; }); });
  }
  /// Adds the sums of the unit's splits; every split gets the total.
  __device__ void meet(int splits) {
    for (int distance = splits / 2; distance > 0; distance /= 2) {
      unrolled<kTile>([&](auto r) { unrolled<kGates>([&](auto g) { of[r][g] += shuffle_xor(of[r][g], distance); }); });
    }
  }
};

/// A thread's weights: its first kHeld quads in registers, l.near in shared memory, the rest in the layer's memory. Cheap values
/// are recomputed, because keeping them would take registers from the weights.
template <int kGates, int kHeld>
struct Weights {
  const Share& share;
  const ResidentLayout& l;
  const float* kernel;
  Pack<float, 4>* near;  ///< (l.near, gates, threads)
  Pack<float, 4> held[kHeld][kGates];

  __device__ Weights(const Share& whole, const ResidentLayout& layout, const float* memory, Pack<float, 4>* shared)
      : share(whole), l(layout), kernel(memory), near(shared) {
    unrolled<kHeld>([&](auto q) { unrolled<kGates>([&](auto g) { held[q][g] = read(q, g); }); });
    for (int q = kHeld; q < near_end(); ++q) {
      unrolled<kGates>([&](auto g) { near_from(q)[g * threads()] = read(q, g); });
    }
  }

  __device__ static int64_t threads() { return blockDim.x; }
  __device__ int near_end() const { return kHeld + l.near; }
  /// This thread's weights of a quad in shared memory; those of the next gate are threads() further.
  __device__ Pack<float, 4>* near_from(int quad) const { return near + int64_t{quad - kHeld} * kGates * threads() + threadIdx.x; }

  __device__ Pack<float, 4> read(int quad, int gate) const {
    Pack<float, 4> weights;
    unrolled<4>([&](auto i) { weights.at[i] = share.weight(kernel, share.first(quad) + i, gate); });
    return weights;
  }

  /// The product of this thread's share for kCount gates from kFirst on, with the rows (tile, pitch) of the state.
  template <int kFirst, int kCount, int kTile>
  __device__ Sums<kCount, kTile> times(const float* state, int64_t pitch) const {
    Sums<kCount, kTile> sums;
    const auto with_quad = [&](int q, auto weights_of) {
      Pack<float, 4> quad[kTile];
      unrolled<kTile>([&](auto r) { quad[r] = *reinterpret_cast<const Pack<float, 4>*>(state + r * pitch + share.first(q)); });
      unrolled<kCount>([&](auto g) { sums.add(quad, g, weights_of(g)); });
    };
    unrolled<kHeld>([&](auto q) { with_quad(q, [&](auto g) { return held[q][kFirst + g]; }); });
    const Pack<float, 4>* at = near_from(kHeld);
    for (int q = kHeld; q < near_end(); ++q, at += kGates * threads())
      with_quad(q, [&](auto g) { return at[(kFirst + g) * threads()]; });
    for (int q = near_end(); q < l.quads; ++q) with_quad(q, [&](auto g) { return read(q, kFirst + g); });
    return sums;
  }
};

}  // namespace keraunos::cuda
