// Packs the right operand of a product in panels, as isa/product.h reads it.
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

/// A constant of shape (…, k, n), or (…, n, k) when transposed, of any float type; its matrices are packed one after the other as
/// float or double.
std::shared_ptr<const void> pack_constant(const Tensor& matrix, bool transposed, int panel);
std::string packing_name(bool transposed, int panel, DType type);

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
