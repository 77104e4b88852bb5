#include "kernels/cpu/packing.h"

#include <algorithm>
#include <vector>

#include "kernels/cpu/memory.h"

namespace keraunos::cpu {

template <class T>
void pack_panels(T* to, const T* from, int64_t row_stride, int64_t column_stride, int64_t k, int64_t n, int panel) {
  for (int64_t column = 0; column < n; column += panel) {
    const int64_t width = std::min<int64_t>(panel, n - column);
    const T* source = from + column * column_stride;
    for (int64_t row = 0; row < k; ++row, to += panel, source += row_stride) {
      for (int64_t j = 0; j < width; ++j) to[j] = source[j * column_stride];
      for (int64_t j = width; j < panel; ++j) to[j] = T{};
    }
  }
}

template void pack_panels(float*, const float*, int64_t, int64_t, int64_t, int64_t, int);
template void pack_panels(double*, const double*, int64_t, int64_t, int64_t, int64_t, int);

void to_float(float* to, const void* from, DType type, int64_t n, const Kernels& kernels) {
  kernels.load[static_cast<int>(type)](to, from, n);
}

namespace {

template <class T>
std::shared_ptr<const void> pack_all(const T* from, const Dims& dims, bool transposed, int panel) {
  const int rank = dims.rank();
  const int64_t last = dims[rank - 1], before = dims[rank - 2];
  const int64_t k = transposed ? last : before, n = transposed ? before : last;
  const int64_t matrices = k * n == 0 ? 0 : dims.elements() / (k * n);
  const int64_t each = packed_elements(k, n, panel);
  const std::shared_ptr<void> packed = allocate_aligned(matrices * each * static_cast<int64_t>(sizeof(T)));
  for (int64_t i = 0; i < matrices; ++i) {
    pack_panels(static_cast<T*>(packed.get()) + i * each, from + i * k * n, transposed ? 1 : last, transposed ? last : 1, k, n,
                panel);
  }
  return packed;
}

}  // namespace

std::shared_ptr<const void> pack_constant(const Tensor& matrix, bool transposed, int panel) {
  if (matrix.dtype() == DType::float64)
    return pack_all(static_cast<const double*>(matrix.data()), matrix.dims(), transposed, panel);
  if (matrix.dtype() == DType::float32)
    return pack_all(static_cast<const float*>(matrix.data()), matrix.dims(), transposed, panel);
  std::vector<float> wide(static_cast<size_t>(matrix.dims().elements()));
  to_float(wide.data(), matrix.data(), matrix.dtype(), matrix.dims().elements(), generic_kernels());
  return pack_all(wide.data(), matrix.dims(), transposed, panel);
}

std::string packing_name(bool transposed, int panel, DType type) {
  return "panels of " + std::to_string(panel) + (transposed ? " transposed " : " ") + std::string(name_of(type));
}

}  // namespace keraunos::cpu
