// cuBLASLt replaced at link time: handles, the heuristic and cublasLtMatmul, behind the real header. Descriptors are interpreted
// as the manual defines them, and problems that the real library refuses are refused, so that a wrong layout shows as a wrong
// number and a missing preference as an error. On purpose, its preferred algorithm asks for workspace and overwrites all of it; D
// is filled with NaN before anything is read; an algorithm runs only the problem for which it was chosen, with pointers of the
// promised alignment. Each call that may allocate in the real library can be made to find no memory (no_memory.h).
#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "standin/cublaslt_compute.h"
#include "standin/no_memory.h"
#include "standin/operation.h"

namespace standin {
namespace {

constexpr uint64_t kWorkspace = 192 * 1024;  // workspace of the preferred algorithm, if it is allowed

std::string& last_cublas_reason() {
  thread_local std::string reason;
  return reason;
}

cublasStatus_t no_memory() { return refuse(CUBLAS_STATUS_ALLOC_FAILED, "no memory inside the library"); }

bool aligned(const void* pointer, uint64_t bytes) { return std::bit_cast<uintptr_t>(pointer) % bytes == 0; }

/// The alignment of an address, up to 256.
uint32_t alignment_of(const void* pointer) {
  const auto address = std::bit_cast<uintptr_t>(pointer) | 256u;
  return static_cast<uint32_t>(address & (~address + 1));
}

bool alive(cublasLtHandle_t handle) { return handle != nullptr && handle->alive == cublasLtContext{}.alive; }

cublasStatus_t check_preference(const PreferenceState& preference, const Product& p) {
  if (preference.search != CUBLASLT_SEARCH_BEST_FIT)
    return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "only the best fit is searched for");
  const std::pair<uint32_t, const Matrix*> operands[] = {
      {preference.align_a, &p.a}, {preference.align_b, &p.b}, {preference.align_c, &p.c}, {preference.align_d, &p.d}};
  for (const auto& [alignment, matrix] : operands) {
    if (!std::has_single_bit(alignment)) return refuse(CUBLAS_STATUS_INVALID_VALUE, "an alignment is no power of two");
    const int64_t least = matrix->type == Number::int8 ? 4 : bytes_of(matrix->type);
    if (alignment < least) return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "no algorithm takes so small an alignment");
  }
  return CUBLAS_STATUS_SUCCESS;
}

AlgorithmState algorithm_for(const OperationState& operation, const PreferenceState& preference, const Product& p,
                             uint64_t workspace) {
  return {.mark = AlgorithmState::kMark,
          .problem = p.fingerprint,
          .workspace = workspace,
          .align_a = preference.align_a,
          .align_b = preference.align_b,
          .align_c = preference.align_c,
          .align_d = preference.align_d,
          .align_bias = operation.bias == nullptr ? 16 : std::min(alignment_of(operation.bias), 16u)};
}

cublasStatus_t check_pointers(const ProductCall& call, const AlgorithmState& algorithm) {
  if (call.a == nullptr || call.b == nullptr || call.c == nullptr || call.d == nullptr) {
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "a matrix is null");
  }
  if (!aligned(call.a, algorithm.align_a) || !aligned(call.b, algorithm.align_b) || !aligned(call.c, algorithm.align_c) ||
      !aligned(call.d, algorithm.align_d)) {
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "a matrix is less aligned than the preference said");
  }
  if (call.product.bias && (call.bias == nullptr || !aligned(call.bias, algorithm.align_bias))) {
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "the bias is null or less aligned than when the heuristic was asked");
  }
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t submit_product(const ProductCall& call, cudaStream_t stream) {
  const Product& p = call.product;
  const auto range = [](const void* data, int64_t bytes) { return Range{data, static_cast<size_t>(bytes)}; };
  std::vector<Range> reads{range(call.a, p.a.bytes()), range(call.b, p.b.bytes())}, writes{range(call.d, p.d.bytes())};
  if (call.beta != 0) reads.push_back(range(call.c, p.c.bytes()));
  if (p.bias) reads.push_back(range(call.bias, ((p.d.batch - 1) * p.bias_stride + p.d.rows) * bytes_of(p.bias_type)));
  if (call.workspace_bytes > 0) writes.push_back(range(call.workspace, call.workspace_bytes));
  const cudaError_t status = submit(
      stream, "cublasLtMatmul", [call] { compute(call); }, std::move(reads), std::move(writes));
  return status == cudaSuccess ? CUBLAS_STATUS_SUCCESS : refuse(CUBLAS_STATUS_EXECUTION_FAILED, last_complaint());
}

double scalar(Number type, const void* value) {
  double result = 0;
  load(type, value, 0, 1, 1, &result);
  return result;
}

}  // namespace

cublasStatus_t refuse(cublasStatus_t status, std::string reason) {
  last_cublas_reason() = std::move(reason);
  return status;
}

}  // namespace standin

using namespace standin;

extern "C" {

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  if (handle == nullptr) return refuse(CUBLAS_STATUS_INVALID_VALUE, "nowhere to write a handle");
  if (lacks_memory()) return no_memory();
  *handle = new cublasLtContext;
  count_library_object(1);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  if (!alive(handle)) return refuse(CUBLAS_STATUS_NOT_INITIALIZED, "the handle is not alive");
  handle->alive = 0;
  delete handle;
  count_library_object(-1);
  return CUBLAS_STATUS_SUCCESS;
}

size_t cublasLtGetVersion() { return CUBLAS_VERSION; }

const char* cublasLtGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED: return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
    default: return "a status that the stand-in never gives";
  }
}

/// The real library returns constant texts; here it is the reason of this thread's last refusal.
const char* cublasLtGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_SUCCESS ? "success" : last_cublas_reason().c_str();
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t operation_descriptor,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c,
                                              cublasLtMatrixLayout_t d, cublasLtMatmulPreference_t preference_descriptor,
                                              int requested, cublasLtMatmulHeuristicResult_t results[], int* found) {
  if (!alive(handle)) return refuse(CUBLAS_STATUS_NOT_INITIALIZED, "the handle is not alive");
  if (operation_descriptor == nullptr || a == nullptr || b == nullptr || c == nullptr || d == nullptr ||
      preference_descriptor == nullptr || results == nullptr || found == nullptr || requested < 1) {
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "an argument of the heuristic is missing");
  }
  *found = 0;
  if (lacks_memory()) return no_memory();
  const auto operation = read_state<OperationState>(operation_descriptor);
  const auto preference = read_state<PreferenceState>(preference_descriptor);
  Product p;
  if (const auto status = resolve(operation, read_state<LayoutState>(a), read_state<LayoutState>(b), read_state<LayoutState>(c),
                                  read_state<LayoutState>(d), p);
      status != CUBLAS_STATUS_SUCCESS) {
    return status;
  }
  if (const auto status = check_preference(preference, p); status != CUBLAS_STATUS_SUCCESS) return status;
  for (const uint64_t workspace : {std::min(preference.workspace, kWorkspace), uint64_t{0}}) {
    if (*found == requested) break;
    cublasLtMatmulHeuristicResult_t& result = results[(*found)++];
    result = {};
    write_state(&result.algo, algorithm_for(operation, preference, p, workspace));
    result.workspaceSize = workspace;
    result.state = CUBLAS_STATUS_SUCCESS;
    result.wavesCount = 1;
  }
  return CUBLAS_STATUS_SUCCESS;
}

// The stand-in's only algorithm never splits a sum.
cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo_t* algorithm,
                                                    cublasLtMatmulAlgoConfigAttributes_t name, void* value, size_t bytes,
                                                    size_t* written) {
  if (algorithm == nullptr || value == nullptr)
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "an argument of the configuration is missing");
  if (name != CUBLASLT_ALGO_CONFIG_ID && name != CUBLASLT_ALGO_CONFIG_SPLITK_NUM) {
    return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "this attribute of an algorithm");
  }
  const int32_t answer = name == CUBLASLT_ALGO_CONFIG_SPLITK_NUM ? 1 : 0;
  if (bytes != sizeof answer) return refuse(CUBLAS_STATUS_INVALID_VALUE, "an attribute of four bytes");
  std::memcpy(value, &answer, sizeof answer);
  if (written != nullptr) *written = sizeof answer;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t operation_descriptor, const void* alpha,
                              const void* a, cublasLtMatrixLayout_t a_layout, const void* b, cublasLtMatrixLayout_t b_layout,
                              const void* beta, const void* c, cublasLtMatrixLayout_t c_layout, void* d,
                              cublasLtMatrixLayout_t d_layout, const cublasLtMatmulAlgo_t* algorithm, void* workspace,
                              size_t workspace_bytes, cudaStream_t stream) {
  if (!alive(handle)) return refuse(CUBLAS_STATUS_NOT_INITIALIZED, "the handle is not alive");
  if (operation_descriptor == nullptr || alpha == nullptr || beta == nullptr || a_layout == nullptr || b_layout == nullptr ||
      c_layout == nullptr || d_layout == nullptr) {
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "an argument of the product is missing");
  }
  if (lacks_memory()) return no_memory();
  const auto operation = read_state<OperationState>(operation_descriptor);
  ProductCall call{.a = a, .b = b, .c = c, .bias = operation.bias, .d = d, .workspace = workspace};
  const auto c_state = read_state<LayoutState>(c_layout), d_state = read_state<LayoutState>(d_layout);
  if (const auto status = resolve(operation, read_state<LayoutState>(a_layout), read_state<LayoutState>(b_layout), c_state,
                                  d_state, call.product);
      status != CUBLAS_STATUS_SUCCESS) {
    return status;
  }
  // Without an algorithm the library calls its heuristic, with no workspace and the alignment of the given pointers.
  AlgorithmState state{.mark = AlgorithmState::kMark, .problem = call.product.fingerprint};
  if (algorithm != nullptr) state = read_state<AlgorithmState>(algorithm);
  if (state.mark != AlgorithmState::kMark || state.problem != call.product.fingerprint) {
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "the algorithm was chosen for another product");
  }
  if (const auto status = check_pointers(call, state); status != CUBLAS_STATUS_SUCCESS) return status;
  if (state.workspace > workspace_bytes || (state.workspace > 0 && (workspace == nullptr || !aligned(workspace, 256)))) {
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "the workspace is missing, too small or not aligned to 256 bytes");
  }
  call.workspace_bytes = static_cast<int64_t>(state.workspace);
  call.alpha = scalar(call.product.scale, alpha);
  call.beta = scalar(call.product.scale, beta);
  if (c == d && call.beta != 0 && std::memcmp(&c_state, &d_state, sizeof c_state) != 0) {
    return refuse(CUBLAS_STATUS_INVALID_VALUE, "C and D are one matrix in two layouts");
  }
  return submit_product(call, stream);
}

}  // extern "C"
