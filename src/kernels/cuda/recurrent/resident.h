// A recurrent layer of up to 256 units whose weights stay in registers and shared memory from the first step to the last.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/grid.h"
#include "kernels/cuda/recurrent/shape.h"

namespace keraunos::cuda {

/// The pairs (activation, recurrent activation) that a kernel is compiled for: Keras's defaults since 2.3 and before, and any
/// other. Known to the compiler, the gates of a unit are computed side by side; chosen at run time, the two functions are calls,
/// one after the other.
enum class ResidentActivations : uint8_t { tanh_sigmoid, tanh_hard_sigmoid, chosen };

/// How the kernel is laid out for a shape; see resident_kernel.h. A quad is four neighbouring elements of the state.
struct ResidentLayout {
  ResidentActivations activations = ResidentActivations::tanh_sigmoid;
  int tile = 1;      ///< batch rows of a block: 1 or 2
  int splits = 1;    ///< threads that share a unit's sum: a power of two within a warp
  int threads = 32;  ///< of a block
  int held = 0;      ///< quads of a thread's share whose weights lie in registers
  int near = 0;      ///< quads behind them whose weights lie in shared memory
  int quads = 0;     ///< of a thread's share in all; what is neither held nor near is read at every step
  int64_t shared_bytes = 0;
};

inline constexpr int kResidentThreads = 256;  // 255 registers each
inline constexpr int64_t kQuad = 4;

/// Quads whose weights fit into the registers of a thread: the most, and as many as few units need.
constexpr int most_held(int gates) {
  constexpr int kRegisters = 192;  // for weights
  return gates == 1 ? 32 : kRegisters / 4 / gates;
}
inline constexpr int kFewHeld = 4;

/// False where tiled.h's kernel is the better one, or the only one: other types than float32, many units.
bool plan_resident(DType type, const RecurrentShape& shape, const LaunchContext& context, ResidentLayout& layout) noexcept;

void launch_resident(const RecurrentShape& shape, const ResidentLayout& layout, const RecurrentMemory& memory,
                     cudaStream_t stream);

/// The same for one kind of cell; each is compiled in a file of its own.
void launch_resident_simple(const RecurrentShape& shape, const ResidentLayout& layout, const RecurrentMemory& memory,
                            cudaStream_t stream);
void launch_resident_gru_reset_after(const RecurrentShape& shape, const ResidentLayout& layout, const RecurrentMemory& memory,
                                     cudaStream_t stream);
void launch_resident_gru_reset_before(const RecurrentShape& shape, const ResidentLayout& layout, const RecurrentMemory& memory,
                                      cudaStream_t stream);
void launch_resident_lstm(const RecurrentShape& shape, const ResidentLayout& layout, const RecurrentMemory& memory,
                          cudaStream_t stream);

}  // namespace keraunos::cuda
