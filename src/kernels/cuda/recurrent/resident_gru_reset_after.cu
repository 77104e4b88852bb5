#include "kernels/cuda/recurrent/resident_kernel.h"

namespace keraunos::cuda {

void launch_resident_gru_reset_after(const RecurrentShape& s, const ResidentLayout& l, const RecurrentMemory& m,
                                     cudaStream_t stream) {
  launch_resident_kind<RecurrentShape::gru_reset_after>(s, l, m, stream);
}

}  // namespace keraunos::cuda
