// cuBLASLt matrices are column-major: a row-major matrix read as column-major is its transpose. So instead of D = A·B we compute
//
//     Dᵀ (columns × rows) = Bᵀ (columns × inner) · Aᵀ (inner × rows)
//
// over the same memory: cuBLASLt's left operand is our B, its right one our A, and neither is transposed. The rows of its result
// are our columns, the units of a dense layer, and cuBLASLt adds a bias along the rows of its result. In its row-major mode it
// would add the bias along the batch.
#include "kernels/cuda/cublaslt/matmul.h"

#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "kernels/cuda/cublaslt/preference.h"
#include "kernels/cuda/runtime/check.h"

namespace keraunos::cuda {
namespace {

struct Types {
  cudaDataType operands, result, scale;
  cublasComputeType_t compute;
};

std::optional<Types> types_of(const MatMulProblem& p) {
  switch (p.type) {
    case DType::float32:
      return Types{CUDA_R_32F, CUDA_R_32F, CUDA_R_32F, p.tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F};
    case DType::float16: return Types{CUDA_R_16F, CUDA_R_16F, CUDA_R_32F, CUBLAS_COMPUTE_32F};
    case DType::bfloat16: return Types{CUDA_R_16BF, CUDA_R_16BF, CUDA_R_32F, CUBLAS_COMPUTE_32F};
    case DType::float64: return Types{CUDA_R_64F, CUDA_R_64F, CUDA_R_64F, CUBLAS_COMPUTE_64F};
    case DType::int8: return Types{CUDA_R_8I, CUDA_R_32I, CUDA_R_32I, CUBLAS_COMPUTE_32I};
    default: return std::nullopt;
  }
}

cublasLtEpilogue_t epilogue_of(MatMulProblem::Epilogue epilogue) {
  switch (epilogue) {
    case MatMulProblem::relu: return CUBLASLT_EPILOGUE_RELU;
    case MatMulProblem::bias: return CUBLASLT_EPILOGUE_BIAS;
    case MatMulProblem::relu_bias: return CUBLASLT_EPILOGUE_RELU_BIAS;
    case MatMulProblem::gelu_tanh: return CUBLASLT_EPILOGUE_GELU;
    case MatMulProblem::gelu_tanh_bias: return CUBLASLT_EPILOGUE_GELU_BIAS;
    case MatMulProblem::none: break;
  }
  return CUBLASLT_EPILOGUE_DEFAULT;
}

std::string describe(const MatMulProblem& p) {
  return "a " + std::string(name_of(p.type)) + " product of " + std::to_string(p.batch) + " × (" + std::to_string(p.rows) + ", " +
         std::to_string(p.inner) + ") by (" + std::to_string(p.inner) + ", " + std::to_string(p.columns) + ")";
}

template <class T>
void set(cublasLtMatmulDesc_t operation, cublasLtMatmulDescAttributes_t name, const T& value) {
  check(cublasLtMatmulDescSetAttribute(operation, name, &value, sizeof value), "describing a product to cuBLASLt");
}
template <class T>
void set(cublasLtMatrixLayout_t layout, cublasLtMatrixLayoutAttribute_t name, const T& value) {
  check(cublasLtMatrixLayoutSetAttribute(layout, name, &value, sizeof value), "describing a matrix to cuBLASLt");
}
template <class T>
void set(cublasLtMatmulPreference_t preference, cublasLtMatmulPreferenceAttributes_t name, const T& value) {
  check(cublasLtMatmulPreferenceSetAttribute(preference, name, &value, sizeof value), "stating a preference to cuBLASLt");
}

/// A row-major (rows × columns) matrix as a column-major (columns × rows) one.
MatrixLayout layout_of(cudaDataType type, int64_t rows, int64_t columns, int64_t batch, int64_t stride) {
  MatrixLayout layout;
  check(cublasLtMatrixLayoutCreate(layout.receive(), type, static_cast<uint64_t>(columns), static_cast<uint64_t>(rows), columns),
        "describing a matrix to cuBLASLt");
  if (batch > 1) {
    set(layout.get(), CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, static_cast<int32_t>(batch));
    set(layout.get(), CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, stride);
  }
  return layout;
}

int32_t configured(const cublasLtMatmulAlgo_t& algorithm, cublasLtMatmulAlgoConfigAttributes_t name) {
  int32_t value = 0;
  size_t written = 0;
  check(cublasLtMatmulAlgoConfigGetAttribute(&algorithm, name, &value, sizeof value, &written),
        "asking cuBLASLt for an algorithm's configuration");
  return value;
}

Candidate candidate_of(const cublasLtMatmulAlgo_t& algorithm) {
  return {.id = configured(algorithm, CUBLASLT_ALGO_CONFIG_ID), .splits = configured(algorithm, CUBLASLT_ALGO_CONFIG_SPLITK_NUM)};
}

std::optional<std::string> integer_refusal(const MatMulProblem& p) {
  if (p.type != DType::int8) return std::nullopt;
  if (p.transpose_a || !p.transpose_b) return "cuBLASLt multiplies int8 only with A as it lies and B transposed";
  if (p.columns % 4 != 0 || p.inner % 4 != 0 || p.alignment % 4 != 0) {
    return "cuBLASLt multiplies int8 only with columns, inner extent and alignment in multiples of 4";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> MatMulPlan::refusal(const MatMulProblem& p) {
  if (!types_of(p)) return "cuBLASLt does not multiply " + std::string(name_of(p.type));
  if (p.rows < 1 || p.columns < 1 || p.inner < 1 || p.batch < 1) return "an extent of " + describe(p) + " is not positive";
  for (const int64_t extent : {p.rows, p.columns, p.inner, p.batch}) {
    if (extent > INT32_MAX) return "an extent of " + describe(p) + " is above 2³¹ − 1";
  }
  if (p.batch > 1 && p.stride_d < p.rows * p.columns) return "the results of " + describe(p) + " would overlap";
  if (p.tf32 && p.type != DType::float32) return "TF32 rounds float32 operands, not " + std::string(name_of(p.type));
  if ((p.type == DType::int8 || p.type == DType::float64) && p.epilogue != MatMulProblem::none) {
    return "cuBLASLt has no epilogue for " + std::string(name_of(p.type));
  }
  if (p.alignment < size_of(p.type) || !std::has_single_bit(static_cast<uint64_t>(p.alignment))) {
    return "the alignment of " + describe(p) + " is " + std::to_string(p.alignment);
  }
  return integer_refusal(p);
}

MatMulPlan::MatMulPlan(cublasLtHandle_t handle, const MatMulProblem& p)
    : integers_(p.type == DType::int8), wide_(p.type == DType::float64), has_bias_(p.has_bias()), add_c_(p.add_c) {
  if (const auto reason = refusal(p)) throw LibraryRefusal(*reason);
  const Types types = *types_of(p);
  left_ = p.transpose_b ? layout_of(types.operands, p.columns, p.inner, p.batch, p.stride_b)
                        : layout_of(types.operands, p.inner, p.columns, p.batch, p.stride_b);
  right_ = p.transpose_a ? layout_of(types.operands, p.inner, p.rows, p.batch, p.stride_a)
                         : layout_of(types.operands, p.rows, p.inner, p.batch, p.stride_a);
  result_ = layout_of(types.result, p.rows, p.columns, p.batch, p.stride_d);
  describe_operation(p);
  choose(handle, p);
}

void MatMulPlan::describe_operation(const MatMulProblem& p) {
  const Types types = *types_of(p);
  check(cublasLtMatmulDescInit(&operation_, types.compute, types.scale), "describing a product to cuBLASLt");
  set(&operation_, CUBLASLT_MATMUL_DESC_TRANSA, static_cast<int32_t>(p.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N));
  set(&operation_, CUBLASLT_MATMUL_DESC_TRANSB, static_cast<int32_t>(p.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N));
  set(&operation_, CUBLASLT_MATMUL_DESC_EPILOGUE, static_cast<uint32_t>(epilogue_of(p.epilogue)));
  if (has_bias_) {
    // The heuristic does not read the bias, but takes its alignment from the address: this address has exactly the promised
    // alignment.
    const void* const stand_for = std::bit_cast<const void*>(static_cast<uintptr_t>(p.alignment));
    set(&operation_, CUBLASLT_MATMUL_DESC_BIAS_POINTER, stand_for);
  }
}

void MatMulPlan::choose(cublasLtHandle_t handle, const MatMulProblem& p) {
  Handle<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy> preference;
  check(cublasLtMatmulPreferenceCreate(preference.receive()), "stating a preference to cuBLASLt");
  set(preference.get(), CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, static_cast<uint64_t>(p.most_workspace));
  // With a split sum in 16 bits each part would be rounded: a product of 118 terms was wrong by seven units in the last place.
  if (size_of(p.type) == 2)
    set(preference.get(), CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, uint32_t{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE});
  for (const auto name : {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                          CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    set(preference.get(), name, static_cast<uint32_t>(p.alignment < 256 ? p.alignment : 256));
  }
  std::array<cublasLtMatmulHeuristicResult_t, 8> offered{};
  int found = 0;
  const std::string what = "choosing an algorithm for " + describe(p);
  check(cublasLtMatmulAlgoGetHeuristic(handle, &operation_, left_.get(), right_.get(), result_.get(), result_.get(),
                                       preference.get(), static_cast<int>(offered.size()), offered.data(), &found),
        what);
  if (found < 1) throw LibraryRefusal("cuBLASLt knows no algorithm for " + describe(p));
  check(offered[0].state, what);
  std::vector<Candidate> candidates;
  for (int i = 0; i < found && offered[static_cast<size_t>(i)].state == CUBLAS_STATUS_SUCCESS; ++i) {
    candidates.push_back(candidate_of(offered[static_cast<size_t>(i)].algo));
  }
  const cublasLtMatmulHeuristicResult_t& best = offered[preferred(candidates, p)];
  algorithm_ = best.algo;
  workspace_bytes_ = static_cast<int64_t>(best.workspaceSize);
}

void MatMulPlan::enqueue(cublasLtHandle_t handle, const void* a, const void* b, const void* bias, const void* c, void* d,
                         void* workspace, cudaStream_t stream) const {
  cublasLtMatmulDescOpaque_t operation = operation_;
  if (has_bias_) set(&operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
  // alpha and beta have the scale type of the product.
  const std::array<float, 2> floats{1, add_c_ ? 1.0f : 0.0f};
  const std::array<double, 2> doubles{1, add_c_ ? 1.0 : 0.0};
  const std::array<int32_t, 2> integers{1, add_c_ ? 1 : 0};
  const auto pick = [&](size_t i) -> const void* {
    return integers_ ? static_cast<const void*>(&integers[i]) : wide_ ? static_cast<const void*>(&doubles[i]) : &floats[i];
  };
  check(cublasLtMatmul(handle, &operation, pick(0), b, left_.get(), a, right_.get(), pick(1), add_c_ ? c : d, result_.get(), d,
                       result_.get(), &algorithm_, workspace, static_cast<size_t>(workspace_bytes_), stream),
        "multiplying matrices");
}

}  // namespace keraunos::cuda
