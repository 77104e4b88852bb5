// Packs the right operand of a product: in panels for isa/product.h, or by terms for isa/dot_product.h.
#pragma once

#include <memory>
#include <string>

#include "keraunos/tensor.h"
#include "kernels/cpu/cpu.h"

namespace keraunos::cpu {

/// Number of elements of k × n in panels.
constexpr int64_t packed_elements(int64_t k, int64_t n, int panel) noexcept { return (n + panel - 1) / panel * panel * k; }

/// to ← the matrix whose element (row, column) is from[row · row_stride + column · column_stride].
template <class T>
void pack_panels(T* to, const T* from, int64_t row_stride, int64_t column_stride, int64_t k, int64_t n, int panel);

/// The layout of a packed (k, n) matrix. A panel has as many columns as two vectors have lanes.
struct Packing {
  int64_t k, n;
  int panel;
  int64_t segment;  ///< number of adjacent terms in the left operand: k, or those of a line of a convolution's window
  bool by_terms;  ///< the layout of isa/dot_product.h: for a tile of columns one vector of terms per column, then the next terms
  int64_t elements() const noexcept;
  std::string name() const;
};

/// Chooses the layout by terms if the columns would leave too much of a panel empty.
template <class T>
Packing choose_packing(const Kernels& kernels, int64_t k, int64_t n, int64_t segment);

/// to ← the matrix whose element (row, column) is from[row · row_stride + column · column_stride].
template <class T>
void pack_matrix(T* to, const T* from, int64_t row_stride, int64_t column_stride, const Packing& packing);

/// A constant of shape (…, k, n), or (…, n, k) when transposed, any float type, every matrix packed behind the other as float or
/// double.
std::shared_ptr<const void> pack_constant(const Tensor& matrix, bool transposed, const Packing& packing);
std::string packing_name(bool transposed, const Packing& packing, DType type);

/// Converts any 16-bit or 32-bit float memory to float.
void to_float(float* to, const void* from, DType type, int64_t n, const Kernels& kernels);

template <class T>
int panel_of(const Kernels& kernels) noexcept {
  return sizeof(T) == 4 ? kernels.panel_f32 : kernels.panel_f64;
}
inline void run_product(const Kernels& kernels, const Product<float>& p) { kernels.product_f32(p); }
inline void run_product(const Kernels& kernels, const Product<double>& p) { kernels.product_f64(p); }
inline void run_product(const Kernels& kernels, const RowProduct<float>& p) { kernels.row_product_f32(p); }
inline void run_product(const Kernels& kernels, const RowProduct<double>& p) { kernels.row_product_f64(p); }
inline void add_blocks(const Kernels& kernels, const BlockSums<float>& p) { kernels.add_blocks_f32(p); }
inline void add_blocks(const Kernels& kernels, const BlockSums<double>& p) { kernels.add_blocks_f64(p); }

}  // namespace keraunos::cpu
