// Common mistakes with cuBLASLt: the stand-in answers each with a refusal or wrong numbers.
#include <cublasLt.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "unit/kernels/cuda/cublaslt/device_values.h"

namespace keraunos::cuda::library_tests {
namespace {

/// A column-major product of m × k by k × n in float32, whose descriptors a test may change before it asks the heuristic or runs.
class CublasLt : public testing::Test {
 protected:
  static constexpr int64_t kRows = 2, kColumns = 3, kInner = 4;

  CublasLt() {
    cublasLtCreate(&handle_);
    cublasLtMatmulDescInit(&operation_, CUBLAS_COMPUTE_32F, CUDA_R_32F);
    cublasLtMatrixLayoutInit(&a_, CUDA_R_32F, kRows, kInner, kRows);
    cublasLtMatrixLayoutInit(&b_, CUDA_R_32F, kInner, kColumns, kInner);
    cublasLtMatrixLayoutInit(&d_, CUDA_R_32F, kRows, kColumns, kRows);
    cublasLtMatmulPreferenceInit(&preference_);
  }
  ~CublasLt() override { cublasLtDestroy(handle_); }

  template <class T>
  cublasStatus_t set(cublasLtMatmulDescAttributes_t name, T value) {
    return cublasLtMatmulDescSetAttribute(&operation_, name, &value, sizeof value);
  }
  template <class T>
  cublasStatus_t set(cublasLtMatmulPreferenceAttributes_t name, T value) {
    return cublasLtMatmulPreferenceSetAttribute(&preference_, name, &value, sizeof value);
  }
  template <class T>
  static cublasStatus_t set(cublasLtMatrixLayoutOpaque_t& layout, cublasLtMatrixLayoutAttribute_t name, T value) {
    return cublasLtMatrixLayoutSetAttribute(&layout, name, &value, sizeof value);
  }
  void row_major() {
    const std::pair<cublasLtMatrixLayoutOpaque_t*, int64_t> layouts[] = {{&a_, kInner}, {&b_, kColumns}, {&d_, kColumns}};
    for (const auto& [layout, leading] : layouts) {
      set(*layout, CUBLASLT_MATRIX_LAYOUT_ORDER, int32_t{CUBLASLT_ORDER_ROW});
      set(*layout, CUBLASLT_MATRIX_LAYOUT_LD, leading);
    }
  }

  cublasStatus_t ask() {
    int found = 0;
    const auto status = cublasLtMatmulAlgoGetHeuristic(handle_, &operation_, &a_, &b_, &d_, &d_, &preference_, 1, &best_, &found);
    EXPECT_EQ(found, status == CUBLAS_STATUS_SUCCESS ? 1 : 0);
    return status;
  }

  cublasStatus_t run(const void* a, const void* b, const void* c, void* d, float beta = 0, void* workspace = nullptr,
                     size_t bytes = 0) {
    const float alpha = 1;
    const cublasStatus_t status = cublasLtMatmul(handle_, &operation_, &alpha, a, &a_, b, &b_, &beta, c, &d_, d, &d_, &best_.algo,
                                                 workspace, bytes, stream_.get());
    EXPECT_EQ(cudaStreamSynchronize(stream_.get()), cudaSuccess);  // operands are freed when a test ends
    return status;
  }

  DeviceValues ones(int64_t count, int64_t shift = 0) {
    return DeviceValues(DType::float32, std::vector<double>(static_cast<size_t>(count), 1.0), stream_.get(), shift);
  }

  TestStream stream_;
  cublasLtHandle_t handle_ = nullptr;
  cublasLtMatmulDescOpaque_t operation_{};
  cublasLtMatrixLayoutOpaque_t a_{}, b_{}, d_{};
  cublasLtMatmulPreferenceOpaque_t preference_{};
  cublasLtMatmulHeuristicResult_t best_{};
};

TEST_F(CublasLt, MultipliesColumnMajorMatrices) {
  const DeviceValues a(DType::float32, std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8}, stream_.get());
  const DeviceValues b(DType::float32, std::vector<double>{1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1}, stream_.get()),
      d(DType::float32, 6);
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(run(a.data(), b.data(), d.data(), d.data()), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(d.download(stream_.get()), (std::vector<double>{1, 2, 3, 4, 16, 20}));
}

TEST_F(CublasLt, AddsTheBiasAlongTheRowsOfTheResult) {
  const DeviceValues a = ones(8), b = ones(12), d(DType::float32, 6),
                     bias(DType::float32, std::vector<double>{10, 20}, stream_.get());
  set(CUBLASLT_MATMUL_DESC_EPILOGUE, uint32_t{CUBLASLT_EPILOGUE_BIAS});
  set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(bias.data()));
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(run(a.data(), b.data(), d.data(), d.data()), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(d.download(stream_.get()), (std::vector<double>{14, 24, 14, 24, 14, 24}));
}

TEST_F(CublasLt, ReadsABiasOfAsManyElementsAsTheResultHasRows) {
  // A caller that means one element per column gives three elements for two rows; in the opposite case the missing element is
  // outside the allocation.
  const DeviceValues a = ones(8), b = ones(12), d(DType::float32, 6), bias = ones(1);
  set(CUBLASLT_MATMUL_DESC_EPILOGUE, uint32_t{CUBLASLT_EPILOGUE_BIAS});
  set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(bias.data()));
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(run(a.data(), b.data(), d.data(), d.data()), CUBLAS_STATUS_EXECUTION_FAILED);
}

TEST_F(CublasLt, RowMajorResultsTakeNoEpilogue) {
  row_major();
  EXPECT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  set(CUBLASLT_MATMUL_DESC_EPILOGUE, uint32_t{CUBLASLT_EPILOGUE_RELU});
  EXPECT_EQ(ask(), CUBLAS_STATUS_NOT_SUPPORTED);
}

TEST_F(CublasLt, MultipliesRowMajorMatrices) {
  row_major();
  const DeviceValues a(DType::float32, std::vector<double>{1, 0, 0, 0, 0, 1, 0, 0}, stream_.get());
  const DeviceValues b(DType::float32, std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, stream_.get()),
      d(DType::float32, 6);
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(run(a.data(), b.data(), d.data(), d.data()), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(d.download(stream_.get()), (std::vector<double>{1, 2, 3, 4, 5, 6}));
}

TEST_F(CublasLt, BetaZeroDoesNotReadC) {
  const DeviceValues a = ones(8), b = ones(12), c(DType::float32, 6), d(DType::float32, 6);  // c is NaN
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(run(a.data(), b.data(), c.data(), d.data(), 0), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(d.download(stream_.get()), std::vector<double>(6, 4));
  ASSERT_EQ(run(a.data(), b.data(), c.data(), d.data(), 1), CUBLAS_STATUS_SUCCESS);
  EXPECT_TRUE(std::isnan(d.download(stream_.get())[0]));
}

TEST_F(CublasLt, RefusesPointersBelowThePreferredAlignment) {
  const DeviceValues a = ones(8, 1), b = ones(12), d(DType::float32, 6);
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);  // 256 bytes by default
  EXPECT_EQ(run(a.data(), b.data(), d.data(), d.data()), CUBLAS_STATUS_INVALID_VALUE);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, uint32_t{4});
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(run(a.data(), b.data(), d.data(), d.data()), CUBLAS_STATUS_SUCCESS);
}

TEST_F(CublasLt, RefusesABiasLessAlignedThanWhenItWasAsked) {
  const DeviceValues a = ones(8), b = ones(12), d(DType::float32, 6), bias = ones(2), shifted = ones(2, 1);
  set(CUBLASLT_MATMUL_DESC_EPILOGUE, uint32_t{CUBLASLT_EPILOGUE_BIAS});
  set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(bias.data()));
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(shifted.data()));
  EXPECT_EQ(run(a.data(), b.data(), d.data(), d.data()), CUBLAS_STATUS_INVALID_VALUE);
}

TEST_F(CublasLt, AsksForWorkspaceOnlyWhereItMayAndRefusesLess) {
  const DeviceValues a = ones(8), b = ones(12), d(DType::float32, 6);
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(best_.workspaceSize, 0u);
  set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, uint64_t{4096});
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(best_.workspaceSize, 4096u);
  const Workspace workspace(4096);
  EXPECT_EQ(run(a.data(), b.data(), d.data(), d.data(), 0, nullptr, 4096), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(run(a.data(), b.data(), d.data(), d.data(), 0, workspace.data(), 4095), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(run(a.data(), b.data(), d.data(), d.data(), 0, static_cast<char*>(workspace.data()) + 16, 4096),
            CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(run(a.data(), b.data(), d.data(), d.data(), 0, workspace.data(), 4096), CUBLAS_STATUS_SUCCESS);
}

TEST_F(CublasLt, DirtiesItsWorkspace) {
  set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, uint64_t{256});
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  const DeviceValues a = ones(8), b = ones(12), d(DType::float32, 6), workspace = ones(64);
  ASSERT_EQ(run(a.data(), b.data(), d.data(), d.data(), 0, workspace.data(), 256), CUBLAS_STATUS_SUCCESS);
  for (double value : workspace.download(stream_.get())) EXPECT_NE(value, 1);
}

TEST_F(CublasLt, RefusesAnAlgorithmChosenForAnotherProduct) {
  const DeviceValues a = ones(8), b = ones(12), d(DType::float32, 6);
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  set(CUBLASLT_MATMUL_DESC_EPILOGUE, uint32_t{CUBLASLT_EPILOGUE_RELU});
  EXPECT_EQ(run(a.data(), b.data(), d.data(), d.data()), CUBLAS_STATUS_INVALID_VALUE);
}

TEST_F(CublasLt, AResultOverAnOperandGivesNoNumbers) {
  const DeviceValues both = ones(8), b = ones(12);
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(run(both.data(), b.data(), both.data(), both.data()), CUBLAS_STATUS_SUCCESS);
  EXPECT_TRUE(std::isnan(both.download(stream_.get())[0]));
}

TEST_F(CublasLt, RefusesUnsupportedCombinations) {
  cublasLtMatmulDescInit(&operation_, CUBLAS_COMPUTE_32F_FAST_TF32, CUDA_R_32F);
  EXPECT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  for (cublasLtMatrixLayoutOpaque_t* layout : {&a_, &b_, &d_}) set(*layout, CUBLASLT_MATRIX_LAYOUT_TYPE, uint32_t{CUDA_R_16BF});
  EXPECT_EQ(ask(), CUBLAS_STATUS_NOT_SUPPORTED);  // TF32 rounds float32 only
  cublasLtMatmulDescInit(&operation_, CUBLAS_COMPUTE_32F, CUDA_R_32F);
  EXPECT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  cublasLtMatmulDescInit(&operation_, CUBLAS_COMPUTE_32I, CUDA_R_32I);
  EXPECT_EQ(ask(), CUBLAS_STATUS_NOT_SUPPORTED);
}

TEST_F(CublasLt, Int8NeedsATransposedAndMultiplesOfFour) {
  cublasLtMatmulDescInit(&operation_, CUBLAS_COMPUTE_32I, CUDA_R_32I);
  cublasLtMatrixLayoutInit(&a_, CUDA_R_8I, 4, 4, 4);
  cublasLtMatrixLayoutInit(&b_, CUDA_R_8I, 4, 3, 4);
  cublasLtMatrixLayoutInit(&d_, CUDA_R_32I, 4, 3, 4);
  EXPECT_EQ(ask(), CUBLAS_STATUS_NOT_SUPPORTED);
  set(CUBLASLT_MATMUL_DESC_TRANSA, int32_t{CUBLAS_OP_T});
  EXPECT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  cublasLtMatrixLayoutInit(&a_, CUDA_R_8I, 6, 4, 8);
  cublasLtMatrixLayoutInit(&b_, CUDA_R_8I, 6, 3, 8);
  EXPECT_EQ(ask(), CUBLAS_STATUS_NOT_SUPPORTED);
}

TEST_F(CublasLt, RefusesShapesThatDoNotFit) {
  cublasLtMatrixLayoutInit(&b_, CUDA_R_32F, kInner + 1, kColumns, kInner + 1);
  EXPECT_EQ(ask(), CUBLAS_STATUS_INVALID_VALUE);
  cublasLtMatrixLayoutInit(&b_, CUDA_R_32F, kInner, kColumns, kInner - 1);
  EXPECT_EQ(ask(), CUBLAS_STATUS_INVALID_VALUE);  // accepted when set, refused when used
}

TEST_F(CublasLt, RefusesMatricesThatReachOutsideTheirAllocation) {
  const DeviceValues a = ones(7), b = ones(12), d(DType::float32, 6);
  ASSERT_EQ(ask(), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(run(a.data(), b.data(), d.data(), d.data()), CUBLAS_STATUS_EXECUTION_FAILED);
}

TEST_F(CublasLt, ChecksSizesOfAttributes) {
  EXPECT_EQ(set(CUBLASLT_MATMUL_DESC_EPILOGUE, uint64_t{1}), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(set(CUBLASLT_MATMUL_DESC_EPILOGUE, uint32_t{12345}), CUBLAS_STATUS_SUCCESS);  // an invalid value is refused when used
  EXPECT_EQ(ask(), CUBLAS_STATUS_NOT_SUPPORTED);
  size_t bytes = 0;
  uint64_t rows = 0;
  EXPECT_EQ(cublasLtMatrixLayoutGetAttribute(&a_, CUBLASLT_MATRIX_LAYOUT_ROWS, nullptr, 0, &bytes), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(bytes, sizeof rows);
  EXPECT_EQ(cublasLtMatrixLayoutGetAttribute(&a_, CUBLASLT_MATRIX_LAYOUT_ROWS, &rows, sizeof rows, nullptr),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(rows, uint64_t{kRows});
}

}  // namespace
}  // namespace keraunos::cuda::library_tests
