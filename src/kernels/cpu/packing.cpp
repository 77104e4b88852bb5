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

namespace {

int64_t vectors_of_terms(const Packing& p) noexcept {
  const int lanes = p.panel / 2;
  return p.segment == 0 ? 0 : p.k / p.segment * ((p.segment + lanes - 1) / lanes);
}

/// Packs terms into lanes; a vector that a segment does not fill ends with zeros.
template <class T>
void pack_terms(T* to, const T* from, int64_t row_stride, int64_t column_stride, const Packing& p) {
  const int lanes = p.panel / 2;
  int64_t columns = most_dot_columns(lanes);
  for (int64_t column = 0; column < p.n; column += columns) {
    while (column + columns > p.n) columns /= 2;
    for (int64_t segment = 0; segment < p.k; segment += p.segment) {
      for (int64_t term = 0; term < p.segment; term += lanes) {
        const int64_t count = std::min<int64_t>(lanes, p.segment - term);
        for (int64_t c = column; c < column + columns; ++c, to += lanes) {
          const T* source = from + (segment + term) * row_stride + c * column_stride;
          for (int64_t i = 0; i < lanes; ++i) to[i] = i < count ? source[i * row_stride] : T{};
        }
      }
    }
  }
}

}  // namespace

int64_t Packing::elements() const noexcept {
  return by_terms ? vectors_of_terms(*this) * (panel / 2) * n : packed_elements(k, n, panel);
}

std::string Packing::name() const {
  return by_terms ? "terms of " + std::to_string(segment) + " by " + std::to_string(panel / 2)
                  : "panels of " + std::to_string(panel);
}

template <class T>
Packing choose_packing(const Kernels& kernels, int64_t k, int64_t n, int64_t segment) {
  // From this size on a single row is computed from the weights as saved (matmul_row.cpp), which gives the same bits as panels.
  constexpr int64_t kMostBytes = int64_t{1} << 20;
  Packing p{.k = k, .n = n, .panel = panel_of<T>(kernels), .segment = segment, .by_terms = true};
  // Numbers of vector instructions for a row (bench/NOTES.md); adding up lanes and storing a result takes about six.
  const int64_t by_terms = (vectors_of_terms(p) + 6) * n, by_columns = 2 * k * ((n + p.panel - 1) / p.panel);
  p.by_terms = n < p.panel && 5 * by_terms < 4 * by_columns && k * n * static_cast<int64_t>(sizeof(T)) < kMostBytes;
  return p;
}

template Packing choose_packing<float>(const Kernels&, int64_t, int64_t, int64_t);
template Packing choose_packing<double>(const Kernels&, int64_t, int64_t, int64_t);

template <class T>
void pack_matrix(T* to, const T* from, int64_t row_stride, int64_t column_stride, const Packing& packing) {
  if (packing.by_terms) return pack_terms(to, from, row_stride, column_stride, packing);
  pack_panels(to, from, row_stride, column_stride, packing.k, packing.n, packing.panel);
}

template void pack_matrix(float*, const float*, int64_t, int64_t, const Packing&);
template void pack_matrix(double*, const double*, int64_t, int64_t, const Packing&);

void to_float(float* to, const void* from, DType type, int64_t n, const Kernels& kernels) {
  kernels.load[static_cast<int>(type)](to, from, n);
}

namespace {

template <class T>
std::shared_ptr<const void> pack_all(const T* from, const Dims& dims, bool transposed, const Packing& packing) {
  const int64_t last = dims[dims.rank() - 1], saved = packing.k * packing.n;
  const int64_t matrices = saved == 0 ? 0 : dims.elements() / saved;
  const int64_t each = packing.elements();
  const std::shared_ptr<void> packed = allocate_aligned(matrices * each * static_cast<int64_t>(sizeof(T)));
  for (int64_t i = 0; i < matrices; ++i) {
    pack_matrix(static_cast<T*>(packed.get()) + i * each, from + i * saved, transposed ? 1 : last, transposed ? last : 1,
                packing);
  }
  return packed;
}

}  // namespace

std::shared_ptr<const void> pack_constant(const Tensor& matrix, bool transposed, const Packing& packing) {
  if (matrix.dtype() == DType::float64)
    return pack_all(static_cast<const double*>(matrix.data()), matrix.dims(), transposed, packing);
  if (matrix.dtype() == DType::float32)
    return pack_all(static_cast<const float*>(matrix.data()), matrix.dims(), transposed, packing);
  std::vector<float> wide(static_cast<size_t>(matrix.dims().elements()));
  to_float(wide.data(), matrix.data(), matrix.dtype(), matrix.dims().elements(), generic_kernels());
  return pack_all(wide.data(), matrix.dims(), transposed, packing);
}

std::string packing_name(bool transposed, const Packing& packing, DType type) {
  return packing.name() + (transposed ? " transposed " : " ") + std::string(name_of(type));
}

}  // namespace keraunos::cpu
