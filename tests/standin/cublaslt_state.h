// The contents of cuBLASLt's semi-opaque descriptors in the stand-in. They belong to the caller, who may copy or drop them, so
// they hold plain values only.
#pragma once

#include <cublasLt.h>

#include <cstdint>
#include <cstring>
#include <string>

struct cublasLtContext {
  uint64_t alive = 0x6b65726173;
};

namespace standin {

struct LayoutState {
  uint32_t type = 0;
  int32_t order = CUBLASLT_ORDER_COL;
  uint64_t rows = 0, columns = 0;
  int64_t leading = 0;
  int64_t batch_stride = 0, plane_offset = 0;
  int32_t batch = 1;
  uint32_t batch_mode = 0;
};

struct OperationState {
  int32_t compute = 0, scale = 0;
  int32_t pointer_mode = CUBLASLT_POINTER_MODE_HOST;
  int32_t transpose_a = CUBLAS_OP_N, transpose_b = CUBLAS_OP_N, transpose_c = CUBLAS_OP_N;
  int32_t fill = CUBLAS_FILL_MODE_FULL;
  uint32_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  const void* bias = nullptr;
  int64_t bias_stride = 0;
  int32_t bias_type = -1;  // as D
  int32_t multiprocessors = 0;
};

struct PreferenceState {
  uint32_t search = CUBLASLT_SEARCH_BEST_FIT, reductions = CUBLASLT_REDUCTION_SCHEME_MASK;
  uint64_t workspace = 0;
  uint32_t align_a = 256, align_b = 256, align_c = 256, align_d = 256;
  float waves = 0;
  uint64_t implementations = ~uint64_t{0};
};

/// The problem for which an algorithm was chosen; cublasLtMatmul refuses it for any other.
struct AlgorithmState {
  static constexpr uint64_t kMark = 0x616c676f;
  uint64_t mark = 0, problem = 0, workspace = 0;
  uint32_t align_a = 1, align_b = 1, align_c = 1, align_d = 1, align_bias = 1;
};

/// Reads and writes the state inside a descriptor.
template <class State, class Opaque>
State read_state(const Opaque* descriptor) {
  static_assert(sizeof(State) <= sizeof(Opaque));
  State state;
  std::memcpy(static_cast<void*>(&state), descriptor, sizeof state);
  return state;
}
template <class Opaque, class State>
void write_state(Opaque* descriptor, const State& state) {
  static_assert(sizeof(State) <= sizeof(Opaque));
  std::memcpy(static_cast<void*>(descriptor), &state, sizeof state);
}

/// Records why a call is refused; cublasLtGetStatusString returns it to the same thread.
cublasStatus_t refuse(cublasStatus_t status, std::string reason);

}  // namespace standin
