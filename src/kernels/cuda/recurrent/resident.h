// A recurrent layer of up to 256 units whose weights stay in registers and shared memory during all steps.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/grid.h"
#include "kernels/cuda/recurrent/shape.h"

namespace keraunos::cuda {

/// The pairs (activation, recurrent activation) for which a kernel is compiled: Keras's defaults since 2.3 and before, and any
/// other. With functions known at compile time the gates of a unit are computed in parallel; functions chosen at run time are
/// calls, one after the other.
enum class ResidentActivations : uint8_t { tanh_sigmoid, tanh_hard_sigmoid, chosen };

/// The layout of the kernel for a shape; see resident_kernel.h. A quad is four adjacent elements of the state.
struct ResidentLayout {
  ResidentActivations activations = ResidentActivations::tanh_sigmoid;
  int tile = 1;      ///< batch rows of a block: 1 or 2
  int splits = 1;    ///< threads that share a unit's sum: a power of two within a warp
  int threads = 32;  ///< of a block
  int held = 0;      ///< quads of a thread's share whose weights are in registers
  int near = 0;      ///< the next quads, whose weights are in shared memory
  int quads = 0;     ///< all quads of a thread's share; weights of the others are read from memory at every step
  int64_t shared_bytes = 0;
};

inline constexpr int kResidentThreads = 256;  // 255 registers each
inline constexpr int64_t kQuad = 4;

/// Quads whose weights fit into the registers of a thread: the largest number, and one that is enough for few units.
constexpr int most_held(int gates) {
  constexpr int kRegisters = 192;  // for weights
  return gates == 1 ? 32 : kRegisters / 4 / gates;
}
inline constexpr int kFewHeld = 4;

/// False where tiled.h's kernel is faster or the only one: types other than float32, many units.
bool plan_resident(DType type, const RecurrentShape& shape, const LaunchContext& context, ResidentLayout& layout) noexcept;

void launch_resident(const RecurrentShape& shape, const ResidentLayout& layout, const RecurrentMemory& memory,
                     cudaStream_t stream);

/// The same for one kind of cell; each is compiled in its own file.
void launch_resident_simple(const RecurrentShape& shape, const ResidentLayout& layout, const RecurrentMemory& memory,
                            cudaStream_t stream);
void launch_resident_gru_reset_after(const RecurrentShape& shape, const ResidentLayout& layout, const RecurrentMemory& memory,
                                     cudaStream_t stream);
void launch_resident_gru_reset_before(const RecurrentShape& shape, const ResidentLayout& layout, const RecurrentMemory& memory,
                                      cudaStream_t stream);
void launch_resident_lstm(const RecurrentShape& shape, const ResidentLayout& layout, const RecurrentMemory& memory,
                          cudaStream_t stream);

}  // namespace keraunos::cuda
