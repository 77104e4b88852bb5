// Builds the table for one instruction set. `Isa` is a tag type of the including file's unnamed namespace: kName, kBytes (of a
// vector), kRows (of a register tile). The table is a compile-time constant, because code with AVX instructions must not run at
// program start.
#pragma once

#include "kernels/cpu/isa/depthwise.h"
#include "kernels/cpu/isa/dot_product.h"
#include "kernels/cpu/isa/folds.h"
#include "kernels/cpu/isa/product.h"
#include "kernels/cpu/isa/row_product.h"
#include "kernels/cpu/isa/rows.h"
#include "kernels/cpu/isa/tile_loops.h"

namespace keraunos::cpu::isa {

template <class Isa, class T>
void any_product(const Product<T>& p) {
  if (p.by_terms) return dot_product<Isa, T>(p);
  product<Isa, T>(p);
}

template <class Isa>
constexpr Kernels make_kernels() {
  Kernels k{};
  k.name = Isa::kName;
  k.panel_f32 = 2 * VectorOf<Isa, float>::kWidth;
  k.panel_f64 = 2 * VectorOf<Isa, double>::kWidth;
  put_tile_loops<Isa>(k);
  k.product_f32 = &any_product<Isa, float>;
  k.product_f64 = &any_product<Isa, double>;
  k.row_product_f32 = &row_product<Isa, float>;
  k.row_product_f64 = &row_product<Isa, double>;
  k.add_blocks_f32 = &add_blocks<Isa, float>;
  k.add_blocks_f64 = &add_blocks<Isa, double>;
  k.depthwise_f32 = &depthwise<Isa, float>;
  k.depthwise_f64 = &depthwise<Isa, double>;
  k.softmax_f32 = &softmax_row<Isa, float>;
  k.softmax_f64 = &softmax_row<Isa, double>;
  k.normalize_f32 = &normalize_row<Isa, float>;
  k.normalize_f64 = &normalize_row<Isa, double>;
  k.scale_f32 = &scale_row<Isa, float>;
  k.scale_f64 = &scale_row<Isa, double>;
  k.clamp_f32 = &clamp_run<Isa, float>;
  put_fold<Isa, FoldKind::sum>(k), put_fold<Isa, FoldKind::product>(k);
  put_fold<Isa, FoldKind::maximum>(k), put_fold<Isa, FoldKind::minimum>(k);
  return k;
}

}  // namespace keraunos::cpu::isa
