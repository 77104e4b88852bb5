// A matrix product as cuBLASLt's descriptors state it, checked against the combinations that the manual allows.
#pragma once

#include "standin/cublaslt_state.h"
#include "standin/library_numbers.h"

namespace standin {

/// One operand after its order and transpose: element (i, j) of matrix b of the batch is at b·batch_stride + i·row_stride +
/// j·column_stride.
struct Matrix {
  Number type = Number::float32;
  int64_t row_stride = 0, column_stride = 0, batch_stride = 0;
  int64_t rows = 0, columns = 0, batch = 1;
  /// Bytes from the first element to the end of the last.
  int64_t bytes() const;
};

/// D (rows × columns) = epilogue(alpha · A (rows × inner) · B (inner × columns) + beta · C + bias along the rows of D).
struct Product {
  Matrix a, b, c, d;
  int64_t inner = 0;
  bool tf32 = false, wide = false;  // wide: computed in double (float64 and integers)
  Number scale = Number::float32, bias_type = Number::float32;
  bool bias = false;
  enum Activation : uint8_t { none, relu, gelu } activation = none;
  int64_t bias_stride = 0;
  uint64_t fingerprint = 0;  // of everything on which the choice of an algorithm depends
};

cublasStatus_t resolve(const OperationState& operation, const LayoutState& a, const LayoutState& b, const LayoutState& c,
                       const LayoutState& d, Product& product);

}  // namespace standin
