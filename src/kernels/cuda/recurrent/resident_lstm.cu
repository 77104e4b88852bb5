#include "kernels/cuda/recurrent/resident_kernel.h"

namespace keraunos::cuda {

void launch_resident_lstm(const RecurrentShape& s, const ResidentLayout& l, const RecurrentMemory& m, cudaStream_t stream) {
  launch_resident_kind<RecurrentShape::lstm>(s, l, m, stream);
}

}  // namespace keraunos::cuda
