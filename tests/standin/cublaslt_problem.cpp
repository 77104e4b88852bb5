#include "standin/cublaslt_problem.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace standin {
namespace {

std::optional<Number> number_of(uint32_t type) {
  switch (type) {
    case CUDA_R_32F: return Number::float32;
    case CUDA_R_64F: return Number::float64;
    case CUDA_R_16F: return Number::float16;
    case CUDA_R_16BF: return Number::bfloat16;
    case CUDA_R_8I: return Number::int8;
    case CUDA_R_32I: return Number::int32;
    default: return std::nullopt;
  }
}

cublasStatus_t matrix_of(const LayoutState& layout, const char* name, bool transposed, Matrix& m) {
  const std::string which = std::string("matrix ") + name;
  const auto type = number_of(layout.type);
  if (!type) return refuse(CUBLAS_STATUS_NOT_SUPPORTED, which + " has an element type that the stand-in lacks");
  if (layout.rows == 0 || layout.columns == 0 || layout.batch < 1)
    return refuse(CUBLAS_STATUS_INVALID_VALUE, which + " is empty");
  if (layout.order != CUBLASLT_ORDER_COL && layout.order != CUBLASLT_ORDER_ROW) {
    return refuse(CUBLAS_STATUS_NOT_SUPPORTED, which + " is neither column-major nor row-major");
  }
  if (layout.batch_mode != 0 || layout.plane_offset != 0)
    return refuse(CUBLAS_STATUS_NOT_SUPPORTED, which + " is no strided batch of real numbers");
  const bool row_major = layout.order == CUBLASLT_ORDER_ROW;
  if (layout.leading < static_cast<int64_t>(row_major ? layout.columns : layout.rows)) {
    return refuse(CUBLAS_STATUS_INVALID_VALUE, which + " has a leading dimension below its extent");
  }
  if (layout.batch_stride < 0) return refuse(CUBLAS_STATUS_INVALID_VALUE, which + " has a negative batch stride");
  m = {.type = *type,
       .row_stride = row_major ? layout.leading : 1,
       .column_stride = row_major ? 1 : layout.leading,
       .batch_stride = layout.batch > 1 ? layout.batch_stride : 0,
       .rows = static_cast<int64_t>(layout.rows),
       .columns = static_cast<int64_t>(layout.columns),
       .batch = layout.batch};
  if (transposed) {
    std::swap(m.row_stride, m.column_stride);
    std::swap(m.rows, m.columns);
  }
  return CUBLAS_STATUS_SUCCESS;
}

struct Combination {
  int32_t compute, scale;
  Number operands, result;
  bool epilogue;
};

/// The rows of the manual's table for cublasLtMatmul that Keraunos uses. FAST_TF32 is for float32 operands only.
constexpr std::array kCombinations{
    Combination{CUBLAS_COMPUTE_32F, CUDA_R_32F, Number::float32, Number::float32, true},
    Combination{CUBLAS_COMPUTE_32F, CUDA_R_32F, Number::float16, Number::float16, true},
    Combination{CUBLAS_COMPUTE_32F, CUDA_R_32F, Number::bfloat16, Number::bfloat16, true},
    Combination{CUBLAS_COMPUTE_32F, CUDA_R_32F, Number::float16, Number::float32, true},
    Combination{CUBLAS_COMPUTE_32F, CUDA_R_32F, Number::bfloat16, Number::float32, true},
    Combination{CUBLAS_COMPUTE_32F_FAST_TF32, CUDA_R_32F, Number::float32, Number::float32, true},
    Combination{CUBLAS_COMPUTE_64F, CUDA_R_64F, Number::float64, Number::float64, false},
    Combination{CUBLAS_COMPUTE_32I, CUDA_R_32I, Number::int8, Number::int32, false},
};

cublasStatus_t check_types(const OperationState& operation, Product& p) {
  const auto row = std::ranges::find_if(kCombinations, [&](const Combination& c) {
    return c.compute == operation.compute && c.scale == operation.scale && c.operands == p.a.type && c.operands == p.b.type &&
           c.result == p.c.type && c.result == p.d.type;
  });
  if (row == kCombinations.end())
    return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "no such combination of compute, scale and element types");
  if (!row->epilogue && operation.epilogue != CUBLASLT_EPILOGUE_DEFAULT) {
    return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "these types take no epilogue");
  }
  p.tf32 = row->compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  p.wide = row->compute == CUBLAS_COMPUTE_64F || row->compute == CUBLAS_COMPUTE_32I;
  p.scale = *number_of(static_cast<uint32_t>(row->scale));
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t check_shapes(Product& p) {
  if (p.a.columns != p.b.rows || p.a.rows != p.d.rows || p.b.columns != p.d.columns || p.c.rows != p.d.rows ||
      p.c.columns != p.d.columns) {
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "the extents of the matrices do not match");
  }
  if (p.a.batch != p.d.batch || p.b.batch != p.d.batch || p.c.batch != p.d.batch) {
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "the batch counts of the matrices differ");
  }
  if (p.d.batch > 1 && p.d.batch_stride == 0)
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "all matrices of the batch would be written to one place");
  p.inner = p.a.columns;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t check_epilogue(const OperationState& operation, bool row_major_result, Product& p) {
  switch (operation.epilogue) {
    case CUBLASLT_EPILOGUE_DEFAULT: break;
    case CUBLASLT_EPILOGUE_RELU: p.activation = Product::relu; break;
    case CUBLASLT_EPILOGUE_BIAS: p.bias = true; break;
    case CUBLASLT_EPILOGUE_RELU_BIAS: p.bias = true, p.activation = Product::relu; break;
    case CUBLASLT_EPILOGUE_GELU: p.activation = Product::gelu; break;
    case CUBLASLT_EPILOGUE_GELU_BIAS: p.bias = true, p.activation = Product::gelu; break;
    default: return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "the stand-in lacks epilogue " + std::to_string(operation.epilogue));
  }
  if (operation.epilogue != CUBLASLT_EPILOGUE_DEFAULT && row_major_result) {
    return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "a row-major D takes no epilogue");
  }
  p.bias_type = p.d.type;
  if (operation.bias_type != -1) {
    const auto type = number_of(static_cast<uint32_t>(operation.bias_type));
    if (type != p.d.type) return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "the bias has another type than D");
  }
  p.bias_stride = operation.bias_stride;
  return CUBLAS_STATUS_SUCCESS;
}

/// Integer products on tensor cores: A transposed, B not, and all extents multiples of four.
cublasStatus_t check_integers(const OperationState& operation, const LayoutState& a, const LayoutState& b, const LayoutState& d,
                              const Product& p) {
  if (p.d.type != Number::int32) return CUBLAS_STATUS_SUCCESS;
  if (operation.transpose_a != CUBLAS_OP_T || operation.transpose_b != CUBLAS_OP_N) {
    return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "an int8 product needs A transposed and B not");
  }
  if (p.d.rows % 4 != 0 || p.inner % 4 != 0 || a.leading % 4 != 0 || b.leading % 4 != 0 || d.leading % 4 != 0) {
    return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "an int8 product needs m, k and the leading dimensions in multiples of 4");
  }
  return CUBLAS_STATUS_SUCCESS;
}

uint64_t fingerprint_of(OperationState operation, std::array<LayoutState, 4> layouts) {
  operation.bias = nullptr;
  uint64_t hash = 1469598103934665603u;
  const auto add = [&](uint64_t value) { hash = (hash ^ value) * 1099511628211u; };
  for (const LayoutState& l : layouts) {
    add(l.type), add(static_cast<uint64_t>(l.order)), add(l.rows), add(l.columns), add(static_cast<uint64_t>(l.leading));
    add(static_cast<uint64_t>(l.batch)), add(static_cast<uint64_t>(l.batch_stride));
  }
  for (int32_t value : {operation.compute, operation.scale, operation.transpose_a, operation.transpose_b, operation.bias_type}) {
    add(static_cast<uint64_t>(value));
  }
  add(operation.epilogue), add(static_cast<uint64_t>(operation.bias_stride));
  return hash;
}

bool transposes(int32_t operation) { return operation == CUBLAS_OP_T || operation == CUBLAS_OP_C; }

}  // namespace

int64_t Matrix::bytes() const {
  const int64_t last = (rows - 1) * row_stride + (columns - 1) * column_stride + (batch - 1) * batch_stride;
  return (last + 1) * bytes_of(type);
}

cublasStatus_t resolve(const OperationState& operation, const LayoutState& a, const LayoutState& b, const LayoutState& c,
                       const LayoutState& d, Product& p) {
  p = Product{};
  for (const cublasStatus_t status :
       {matrix_of(a, "A", transposes(operation.transpose_a), p.a), matrix_of(b, "B", transposes(operation.transpose_b), p.b),
        matrix_of(c, "C", false, p.c), matrix_of(d, "D", false, p.d)}) {
    if (status != CUBLAS_STATUS_SUCCESS) return status;
  }
  if (operation.transpose_c != CUBLAS_OP_N || operation.fill != CUBLAS_FILL_MODE_FULL ||
      operation.pointer_mode != CUBLASLT_POINTER_MODE_HOST) {
    return refuse(CUBLAS_STATUS_NOT_SUPPORTED,
                  "a transposed C, a fill mode or device pointers to alpha and beta are not stood in for");
  }
  if (const auto status = check_types(operation, p); status != CUBLAS_STATUS_SUCCESS) return status;
  if (const auto status = check_shapes(p); status != CUBLAS_STATUS_SUCCESS) return status;
  if (const auto status = check_epilogue(operation, d.order == CUBLASLT_ORDER_ROW, p); status != CUBLAS_STATUS_SUCCESS)
    return status;
  if (const auto status = check_integers(operation, a, b, d, p); status != CUBLAS_STATUS_SUCCESS) return status;
  p.fingerprint = fingerprint_of(operation, {a, b, c, d});
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace standin
