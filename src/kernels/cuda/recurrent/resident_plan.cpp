#include <algorithm>

#include "kernels/cuda/recurrent/resident.h"

namespace keraunos::cuda {
namespace {

ResidentActivations activations_of(const RecurrentShape& s) noexcept {
  using enum ResidentActivations;
  if (s.activation != Function::tanh) return chosen;
  if (s.kind == RecurrentShape::simple || s.recurrent_activation == Function::sigmoid) return tanh_sigmoid;
  return s.recurrent_activation == Function::hard_sigmoid ? tanh_hard_sigmoid : chosen;
}

}  // namespace

bool plan_resident(DType type, const RecurrentShape& s, const LaunchContext& context, ResidentLayout& l) noexcept {
  if (type != DType::float32 || s.units == 0 || s.units > kResidentThreads) return false;
  l.activations = activations_of(s);
  const int gates = gates_of(s.kind);
  const int64_t state_quads = divide_up(s.units, kQuad);
  l.splits = 1;
  while (l.splits < 32 && 2 * l.splits * s.units <= kResidentThreads && 2 * l.splits <= state_quads) l.splits *= 2;
  l.threads = static_cast<int>(divide_up(s.units * l.splits, 32) * 32);
  const auto needed = static_cast<int>(divide_up(state_quads, l.splits));
  l.held = needed <= kFewHeld ? kFewHeld : most_held(gates);
  l.quads = std::max(needed, l.held);
  l.tile = s.batch > context.multiprocessors ? 2 : 1;
  const int64_t state_bytes = 2 * l.tile * kQuad * l.quads * l.splits * int64_t{sizeof(float)};
  const int64_t quad_bytes = int64_t{gates} * l.threads * kQuad * int64_t{sizeof(float)};
  l.near = static_cast<int>(std::clamp<int64_t>((context.shared_bytes - state_bytes) / quad_bytes, 0, l.quads - l.held));
  l.shared_bytes = state_bytes + l.near * quad_bytes;
  const bool reads_at_every_step = l.held + l.near < l.quads;
  return !reads_at_every_step ||
         // With more than two rows per block tiled.h's kernel is faster, because each weight it reads serves more rows.
         l.tile == 1;
}

void launch_resident(const RecurrentShape& s, const ResidentLayout& l, const RecurrentMemory& m, cudaStream_t stream) {
  if (s.batch == 0) return;
  switch (s.kind) {
    case RecurrentShape::simple: return launch_resident_simple(s, l, m, stream);
    case RecurrentShape::gru_reset_after: return launch_resident_gru_reset_after(s, l, m, stream);
    case RecurrentShape::gru_reset_before: return launch_resident_gru_reset_before(s, l, m, stream);
    case RecurrentShape::lstm: return launch_resident_lstm(s, l, m, stream);
  }
}

}  // namespace keraunos::cuda
