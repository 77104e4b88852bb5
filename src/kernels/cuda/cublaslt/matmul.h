// A product of row-major matrices with its epilogue, as one cuBLASLt call.
#pragma once

#include <cublasLt.h>

#include <cstdint>
#include <optional>
#include <string>

#include "keraunos/dtype.h"
#include "kernels/cuda/runtime/handle.h"

namespace keraunos::cuda {

/// For each matrix of the batch: D (rows × columns) = epilogue(A (rows × inner) · B (inner × columns) [+ C]), all row-major and
/// dense within a matrix. With transpose_a A is stored as (inner × rows), with transpose_b B as (columns × inner).
struct MatMulProblem {
  /// The bias has one element for each column of D and is added before the activation. relu and gelu_tanh (the approximation,
  /// never Keras's default gelu) exist with and without a bias.
  enum Epilogue : uint8_t { none, relu, bias, relu_bias, gelu_tanh, gelu_tanh_bias };

  int64_t rows = 1, columns = 1, inner = 1, batch = 1;
  DType type = DType::float32;  ///< of A, B, C, D and bias; int8 gives an int32 D
  bool tf32 = false;            ///< float32 only: products may round their operands to 10 bits of mantissa
  bool transpose_a = false, transpose_b = false;
  int64_t stride_a = 0, stride_b = 0,
          stride_d = 0;  ///< distance in elements between matrices of the batch; 0 for A or B: the same matrix for all
  Epilogue epilogue = none;
  bool add_c = false;      ///< C has D's shape and stride; it may be D itself
  int64_t alignment = 16;  ///< bytes that every address is a multiple of
  int64_t most_workspace = int64_t{32} << 20;

  bool has_bias() const noexcept { return epilogue == bias || epilogue == relu_bias || epilogue == gelu_tanh_bias; }
};

using MatrixLayout = Handle<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;

/// An algorithm chosen for one problem. Immutable; several threads may call `enqueue` at once, also with one handle.
class MatMulPlan {
 public:
  /// Asks cuBLASLt's heuristic. LibraryRefusal with a description of the problem when it knows no algorithm.
  MatMulPlan(cublasLtHandle_t handle, const MatMulProblem& problem);

  /// The reason why no plan can be made, found without calling cuBLASLt; absent when one may try.
  static std::optional<std::string> refusal(const MatMulProblem& problem);

  int64_t workspace_bytes() const noexcept { return workspace_bytes_; }

  /// Enqueues the product on `stream`. `workspace` is 256-byte aligned; bias and c are ignored where the problem has none. d may
  /// overlap c, but no other operand.
  void enqueue(cublasLtHandle_t handle, const void* a, const void* b, const void* bias, const void* c, void* d, void* workspace,
               cudaStream_t stream) const;

 private:
  void describe_operation(const MatMulProblem& problem);
  void choose(cublasLtHandle_t handle, const MatMulProblem& problem);

  cublasLtMatmulDescOpaque_t operation_{};  // by value: each call sets its bias in a copy
  MatrixLayout left_, right_, result_;      // in cuBLASLt's column-major view
  cublasLtMatmulAlgo_t algorithm_{};
  int64_t workspace_bytes_ = 0;
  bool integers_ = false, wide_ = false, has_bias_ = false, add_c_ = false;
};

}  // namespace keraunos::cuda
