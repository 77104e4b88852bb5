// The inner loops of the CPU device, compiled for each instruction set. All loops over elements are called through this table;
// the rest of kernels/cpu is ordinary code for any x86-64 (or other) processor. select_kernels() asks CPUID, not the build.
//
// The bodies are templates over a tag type of an unnamed namespace (isa/avx2.cpp …): their instances have internal linkage, so
// the linker cannot mix instruction sets. They use no inline functions of the standard library, for the same reason.
#pragma once

#include <cstdint>

#include "kernels/math/code.h"

namespace keraunos::cpu {

/// out[i] = f(a[i], b[i], c[i]); lanes as in math/code.h. `out` may be one of the operands.
using Loop = void (*)(void* out, const void* a, const void* b, const void* c, int64_t n, double immediate);
/// Converts memory of some DType to its lane, or back (rounding or wrapping).
using Conversion = void (*)(void* to, const void* from, int64_t n);

/// Bounds to which results are clamped at no cost before they are stored: relu and relu6. NaN stays NaN.
template <class T>
struct Clamp {
  bool on = false;
  T low = 0, high = 0;
};

/// The number of columns of a tile in isa/dot_product.h for vectors of `lanes` lanes. It is close to the number of rows, which
/// minimises loads; the weights of about a thousand terms then fit into L1.
constexpr int most_dot_columns(int lanes) noexcept { return lanes >= 16 ? 4 : lanes >= 4 ? 2 : 1; }

/// C = init + A·B for a block. B lies in panels of Kernels::panel columns: panel j holds k × panel elements, short columns
/// filled with zeros. A is an ordinary matrix, or read from an image as a convolution needs it: row r starts at rows[r], and
/// along k it is made of segments of neighbouring elements, segment s at segments[s] from there.
template <class T>
struct Product {
  const T* a;  ///< (m, k), rows at distance a_stride
  int64_t a_stride;
  const int64_t* rows = nullptr;      ///< offsets in elements, instead of a_stride
  const int64_t* segments = nullptr;  ///< offsets in elements; null: one segment
  int64_t segment = 0;                ///< elements in each segment
  const T* b;                         ///< packed
  bool by_terms = false;              ///< B is packed for isa/dot_product.h by pack_matrix() (packing.h)
  const T* init;                      ///< row 0 of what is added, null for zeros
  int64_t init_stride;                ///< 0: one row for all (a bias)
  T* c;
  int64_t c_stride;
  int64_t m, n, k;
  Clamp<T> clamp{};
};

/// One row of the product, with B as an ordinary matrix: one chain of k terms for each sum.
template <class T>
struct RowProduct {
  const T* a;  ///< k elements
  const T* b;  ///< (k, n), rows at distance b_stride
  int64_t b_stride;
  T* sum;  ///< n elements
  int64_t n, k;
};

/// Long sums of products are divided: each block of so many terms is a chain that starts from zero, and is then added to the
/// total. A last block of less than half that size is joined to the block before it.
constexpr int64_t kSummedAtOnce = 256;

/// c = init + the sums of a row's blocks.
template <class T>
struct BlockSums {
  T* c;
  const T* init;  ///< n elements, null for zeros
  const T* sums;  ///< blocks × n
  int64_t n, blocks;
  Clamp<T> clamp{};
};

/// Depthwise sums of a row of output positions: out[p][c] = bias[c] + Σ_line Σ_v x[lines[line] + column·C + c] ·
/// weights[line·weight_stride + v·C + c] with column = p·stride − before + v·dilation, over the taps whose column lies on the
/// line.
template <class T>
struct Depthwise {
  const T* x;            ///< the first column of a line
  const int64_t* lines;  ///< offsets in elements of the window's lines that lie on the image
  const T* weights;
  int64_t weight_stride;
  const T* bias;  ///< null for zeros
  T* out;
  int64_t line_count, width, positions, stride, dilation;
  int64_t before, columns;          ///< padding before a line, and the line's extent
  int64_t channels, channel_count;  ///< C, and the number of channels computed from the pointers on
  Clamp<T> clamp{};
};

enum class FoldKind : uint8_t { sum, product, maximum, minimum };

struct Kernels {
  const char* name;
  int panel_f32, panel_f64;

  Loop value[3][math::kFunctions];  ///< by lane of the operands; predicates return the integer lane
  Loop select[3];                   ///< a: integer lane
  Loop convert[3][3];               ///< from lane, to lane
  Loop truth[3];                    ///< x != 0 as the integer lane
  Conversion load[14], store[14];   ///< by DType
  Conversion settle[14];            ///< rounds lane values to a DType in place; null where no rounding is needed
  void (*fill)(void* out, math::Word value, bool wide, int64_t n);  ///< wide: elements of 8 bytes

  void (*product_f32)(const Product<float>&);
  void (*product_f64)(const Product<double>&);
  void (*row_product_f32)(const RowProduct<float>&);
  void (*row_product_f64)(const RowProduct<double>&);
  void (*add_blocks_f32)(const BlockSums<float>&);
  void (*add_blocks_f64)(const BlockSums<double>&);
  void (*depthwise_f32)(const Depthwise<float>&);
  void (*depthwise_f64)(const Depthwise<double>&);

  /// One row; in place is allowed.
  void (*softmax_f32)(float* out, const float* in, int64_t n, bool log);
  void (*softmax_f64)(double* out, const double* in, int64_t n, bool log);
  void (*normalize_f32)(float* out, const float* x, const float* gamma, const float* beta, int64_t n, double epsilon);
  void (*normalize_f64)(double* out, const double* x, const double* gamma, const double* beta, int64_t n, double epsilon);
  void (*scale_f32)(float* out, const float* in, float factor, int64_t n);
  void (*scale_f64)(double* out, const double* in, double factor, int64_t n);
  void (*clamp_f32)(float* values, int64_t n, const Clamp<float>& clamp);

  /// By lane and FoldKind. Accumulators are double for floating lanes, int64_t for integers: one for each element of the row, or
  /// a single one.
  void (*fold_rows[3][4])(void* accumulators, const void* row, int64_t n);
  void (*fold_run[3][4])(void* accumulator, const void* run, int64_t n);
};

const Kernels& select_kernels();

// By instruction set, for tests: null where this build lacks it. The caller must check the processor.
const Kernels& generic_kernels();
const Kernels* avx2_kernels();
const Kernels* avx512_kernels();
bool processor_has_avx2();
bool processor_has_avx512();

}  // namespace keraunos::cpu
