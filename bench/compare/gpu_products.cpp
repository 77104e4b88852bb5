// Times the algorithms that cuBLASLt's heuristic offers for the products of ResNet50 and MobileNetV2 (1×1 convolutions, batch 1
// and 32), in the order in which it offers them: what the rules of src/kernels/cuda/cublaslt/preference.cpp rest on. Not part of
// the build; on a machine with a GPU:
//   g++ -O1 -std=c++20 -I$CUDA/include gpu_products.cpp -o gpu_products -L$CUDA/lib64 -lcublasLt -lcudart && ./gpu_products
#include <cublasLt.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

struct Product {
  int64_t rows, inner, columns;  // of one image; row-major, as in keraunos
  bool relu, residual;           // a bias always, then optionally relu; the residual is C
};
constexpr Product kProducts[] = {{3136, 64, 256, true, true},   {3136, 256, 64, true, false}, {784, 128, 512, true, true},
                                 {784, 512, 128, true, false},  {196, 256, 1024, true, true}, {196, 1024, 256, true, false},
                                 {49, 512, 2048, true, true},   {49, 2048, 512, true, false}, {12544, 32, 16, false, false},
                                 {12544, 16, 96, false, false}, {3136, 96, 24, false, false}, {3136, 24, 144, false, false},
                                 {784, 144, 32, false, false},  {784, 32, 192, false, false}, {196, 384, 64, false, false},
                                 {49, 160, 960, false, false},  {49, 960, 320, false, false}, {49, 320, 1280, false, false}};

float* random_floats(size_t count) {
  std::vector<float> host(count);
  for (float& x : host) x = static_cast<float>(rand()) / static_cast<float>(RAND_MAX) - 0.5f;
  void* device = nullptr;
  if (cudaMalloc(&device, count * sizeof(float)) != cudaSuccess) exit(1);
  cudaMemcpy(device, host.data(), count * sizeof(float), cudaMemcpyHostToDevice);
  return static_cast<float*>(device);
}

int32_t configured(const cublasLtMatmulAlgo_t& algorithm, cublasLtMatmulAlgoConfigAttributes_t name) {
  int32_t value = 0;
  size_t written = 0;
  cublasLtMatmulAlgoConfigGetAttribute(&algorithm, name, &value, sizeof value, &written);
  return value;
}

void time_product(cublasLtHandle_t handle, const Product& p, int64_t batch, bool tf32, float* a, float* b, float* c, float* d,
                  void* workspace) {
  const size_t most = size_t{32} << 20;
  const auto rows = static_cast<uint64_t>(batch * p.rows), inner = static_cast<uint64_t>(p.inner),
             columns = static_cast<uint64_t>(p.columns);
  cublasLtMatmulDescOpaque_t operation;
  cublasLtMatmulDescInit(&operation, tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F, CUDA_R_32F);
  const uint32_t epilogue = p.relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS;
  const void* const bias = b;
  cublasLtMatmulDescSetAttribute(&operation, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue, sizeof epilogue);
  cublasLtMatmulDescSetAttribute(&operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof bias);
  cublasLtMatrixLayoutOpaque_t left, right, result;
  cublasLtMatrixLayoutInit(&left, CUDA_R_32F, columns, inner, p.columns);
  cublasLtMatrixLayoutInit(&right, CUDA_R_32F, inner, rows, p.inner);
  cublasLtMatrixLayoutInit(&result, CUDA_R_32F, columns, rows, p.columns);
  cublasLtMatmulPreferenceOpaque_t preference;
  cublasLtMatmulPreferenceInit(&preference);
  cublasLtMatmulPreferenceSetAttribute(&preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &most, sizeof most);
  std::array<cublasLtMatmulHeuristicResult_t, 8> offered{};
  int found = 0;
  cublasLtMatmulAlgoGetHeuristic(handle, &operation, &left, &right, &result, &result, &preference, 8, offered.data(), &found);
  printf("%s (%ld, %ld) by (%ld, %ld)%s:", tf32 ? "tf32" : "float32", long(rows), long(inner), long(inner), long(columns),
         p.residual ? " + C, relu" : (p.relu ? ", relu" : ""));
  cudaEvent_t begun, ended;
  cudaEventCreate(&begun), cudaEventCreate(&ended);
  for (int i = 0; i < found; ++i) {
    const auto& algorithm = offered[static_cast<size_t>(i)];
    const float one = 1, beta = p.residual ? 1 : 0;
    const auto run = [&] {
      return cublasLtMatmul(handle, &operation, &one, b, &left, a, &right, &beta, p.residual ? c : d, &result, d, &result,
                            &algorithm.algo, workspace, algorithm.workspaceSize, nullptr);
    };
    if (run() != CUBLAS_STATUS_SUCCESS) continue;
    for (int k = 0; k < 3; ++k) run();
    cudaEventRecord(begun);
    for (int k = 0; k < 10; ++k) run();
    cudaEventRecord(ended);
    cudaEventSynchronize(ended);
    float milliseconds = 0;
    cudaEventElapsedTime(&milliseconds, begun, ended);
    printf(" %.1f us (id %d, splits %d)", milliseconds * 100, configured(algorithm.algo, CUBLASLT_ALGO_CONFIG_ID),
           configured(algorithm.algo, CUBLASLT_ALGO_CONFIG_SPLITK_NUM));
  }
  printf("\n");
}

}  // namespace

int main() {
  const size_t largest = size_t{32} * 12544 * 96;
  cublasLtHandle_t handle;
  if (cublasLtCreate(&handle) != CUBLAS_STATUS_SUCCESS) return 1;
  float *const a = random_floats(largest), *const b = random_floats(size_t{1} << 22), *const c = random_floats(largest),
               *const d = random_floats(largest);
  void* workspace = nullptr;
  cudaMalloc(&workspace, size_t{32} << 20);
  for (const int64_t batch : {1, 32}) {
    for (const bool tf32 : {true, false}) {
      for (const Product& p : kProducts) time_product(handle, p, batch, tf32, a, b, c, d, workspace);
    }
  }
}
