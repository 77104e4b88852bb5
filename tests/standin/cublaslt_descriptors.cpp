// Creates, fills and reads cuBLASLt's descriptors. As in the real library a wrong size or an unknown attribute is refused here,
// while senseless values are accepted and refused where they are used.
#include <array>
#include <cstddef>
#include <new>
#include <span>

#include "standin/cublaslt_state.h"

namespace standin {
namespace {

struct Field {
  int attribute;
  size_t offset, size;
};

#define FIELD(State, attribute, member) \
  Field { attribute, offsetof(State, member), sizeof(State::member) }

constexpr std::array kLayoutFields{
    FIELD(LayoutState, CUBLASLT_MATRIX_LAYOUT_TYPE, type),
    FIELD(LayoutState, CUBLASLT_MATRIX_LAYOUT_ORDER, order),
    FIELD(LayoutState, CUBLASLT_MATRIX_LAYOUT_ROWS, rows),
    FIELD(LayoutState, CUBLASLT_MATRIX_LAYOUT_COLS, columns),
    FIELD(LayoutState, CUBLASLT_MATRIX_LAYOUT_LD, leading),
    FIELD(LayoutState, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, batch),
    FIELD(LayoutState, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, batch_stride),
    FIELD(LayoutState, CUBLASLT_MATRIX_LAYOUT_PLANE_OFFSET, plane_offset),
    FIELD(LayoutState, CUBLASLT_MATRIX_LAYOUT_BATCH_MODE, batch_mode),
};

constexpr std::array kOperationFields{
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_COMPUTE_TYPE, compute),
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_SCALE_TYPE, scale),
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_POINTER_MODE, pointer_mode),
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_TRANSA, transpose_a),
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_TRANSB, transpose_b),
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_TRANSC, transpose_c),
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_FILL_MODE, fill),
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue),
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias),
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_BIAS_BATCH_STRIDE, bias_stride),
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, bias_type),
    FIELD(OperationState, CUBLASLT_MATMUL_DESC_SM_COUNT_TARGET, multiprocessors),
};

constexpr std::array kPreferenceFields{
    FIELD(PreferenceState, CUBLASLT_MATMUL_PREF_SEARCH_MODE, search),
    FIELD(PreferenceState, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, reductions),
    FIELD(PreferenceState, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace),
    FIELD(PreferenceState, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, align_a),
    FIELD(PreferenceState, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, align_b),
    FIELD(PreferenceState, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, align_c),
    FIELD(PreferenceState, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, align_d),
    FIELD(PreferenceState, CUBLASLT_MATMUL_PREF_MAX_WAVES_COUNT, waves),
    FIELD(PreferenceState, CUBLASLT_MATMUL_PREF_IMPL_MASK, implementations),
};

#undef FIELD

const Field* find(std::span<const Field> fields, int attribute) {
  for (const Field& field : fields) {
    if (field.attribute == attribute) return &field;
  }
  return nullptr;
}

cublasStatus_t set(std::span<const Field> fields, void* descriptor, int attribute, const void* value, size_t bytes) {
  const Field* const field = find(fields, attribute);
  if (descriptor == nullptr || value == nullptr) return refuse(CUBLAS_STATUS_INVALID_VALUE, "a descriptor or value is null");
  if (field == nullptr)
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "the stand-in does not know attribute " + std::to_string(attribute));
  if (bytes != field->size)
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "attribute " + std::to_string(attribute) + " has another size");
  std::memcpy(static_cast<char*>(descriptor) + field->offset, value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t get(std::span<const Field> fields, const void* descriptor, int attribute, void* value, size_t bytes,
                   size_t* written) {
  const Field* const field = find(fields, attribute);
  if (descriptor == nullptr || field == nullptr) return refuse(CUBLAS_STATUS_INVALID_VALUE, "no such descriptor or attribute");
  if (bytes == 0) {
    if (written == nullptr) return refuse(CUBLAS_STATUS_INVALID_VALUE, "nowhere to write the size of an attribute");
    *written = field->size;
    return CUBLAS_STATUS_SUCCESS;
  }
  if (value == nullptr || bytes != field->size) return refuse(CUBLAS_STATUS_INVALID_VALUE, "an attribute's size is another");
  std::memcpy(value, static_cast<const char*>(descriptor) + field->offset, bytes);
  if (written != nullptr) *written = field->size;
  return CUBLAS_STATUS_SUCCESS;
}

/// Writes a state into the caller's memory of `bytes` bytes.
template <class Opaque, class State>
cublasStatus_t initialise(Opaque* descriptor, size_t bytes, const State& state) {
  if (descriptor == nullptr || bytes < sizeof(Opaque))
    return refuse(CUBLAS_STATUS_ALLOC_FAILED, "too little space for a descriptor");
  write_state(descriptor, state);
  return CUBLAS_STATUS_SUCCESS;
}

template <class Opaque, class State>
cublasStatus_t create(Opaque** descriptor, const State& state) {
  if (descriptor == nullptr) return refuse(CUBLAS_STATUS_INVALID_VALUE, "nowhere to write a descriptor");
  *descriptor = new (std::nothrow) Opaque{};
  return initialise(*descriptor, sizeof(Opaque), state);
}

template <class Opaque>
cublasStatus_t destroy(Opaque* descriptor) {
  delete descriptor;
  return CUBLAS_STATUS_SUCCESS;
}

LayoutState layout(cudaDataType type, uint64_t rows, uint64_t columns, int64_t leading) {
  return {.type = static_cast<uint32_t>(type), .rows = rows, .columns = columns, .leading = leading};
}

OperationState operation(cublasComputeType_t compute, cudaDataType_t scale) {
  OperationState state;
  state.compute = compute;
  state.scale = scale;
  return state;
}

}  // namespace
}  // namespace standin

using namespace standin;

extern "C" {

cublasStatus_t cublasLtMatrixLayoutInit_internal(cublasLtMatrixLayout_t d, size_t size, cudaDataType type, uint64_t rows,
                                                 uint64_t cols, int64_t ld) {
  return initialise(d, size, layout(type, rows, cols, ld));
}
cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* d, cudaDataType type, uint64_t rows, uint64_t cols,
                                          int64_t ld) {
  return create(d, layout(type, rows, cols, ld));
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t d) { return destroy(d); }
cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t d, cublasLtMatrixLayoutAttribute_t name, const void* value,
                                                size_t bytes) {
  return set(kLayoutFields, d, name, value, bytes);
}
cublasStatus_t cublasLtMatrixLayoutGetAttribute(cublasLtMatrixLayout_t d, cublasLtMatrixLayoutAttribute_t name, void* value,
                                                size_t bytes, size_t* written) {
  return get(kLayoutFields, d, name, value, bytes, written);
}

cublasStatus_t cublasLtMatmulDescInit_internal(cublasLtMatmulDesc_t d, size_t size, cublasComputeType_t compute,
                                               cudaDataType_t scale) {
  return initialise(d, size, operation(compute, scale));
}
cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* d, cublasComputeType_t compute, cudaDataType_t scale) {
  return create(d, operation(compute, scale));
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t d) { return destroy(d); }
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t name, const void* value,
                                              size_t bytes) {
  return set(kOperationFields, d, name, value, bytes);
}
cublasStatus_t cublasLtMatmulDescGetAttribute(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t name, void* value,
                                              size_t bytes, size_t* written) {
  return get(kOperationFields, d, name, value, bytes, written);
}

cublasStatus_t cublasLtMatmulPreferenceInit_internal(cublasLtMatmulPreference_t d, size_t size) {
  return initialise(d, size, PreferenceState{});
}
cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* d) { return create(d, PreferenceState{}); }
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t d) { return destroy(d); }
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t d, cublasLtMatmulPreferenceAttributes_t name,
                                                    const void* value, size_t bytes) {
  return set(kPreferenceFields, d, name, value, bytes);
}
cublasStatus_t cublasLtMatmulPreferenceGetAttribute(cublasLtMatmulPreference_t d, cublasLtMatmulPreferenceAttributes_t name,
                                                    void* value, size_t bytes, size_t* written) {
  return get(kPreferenceFields, d, name, value, bytes, written);
}

}  // extern "C"
