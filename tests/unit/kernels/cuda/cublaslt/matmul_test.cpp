// MatMulPlan against a loop in float64.
#include "kernels/cuda/cublaslt/matmul.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "keraunos/error.h"
#include "unit/kernels/cuda/cublaslt/device_values.h"

namespace keraunos::cuda::library_tests {
namespace {

std::vector<double> reference(const MatMulProblem& p, const std::vector<double>& a, const std::vector<double>& b,
                              const std::vector<double>& bias, const std::vector<double>& c) {
  std::vector<double> d(static_cast<size_t>(p.batch * p.rows * p.columns));
  for (int64_t m = 0; m < p.batch; ++m) {
    for (int64_t i = 0; i < p.rows; ++i) {
      for (int64_t j = 0; j < p.columns; ++j) {
        double sum = 0;
        for (int64_t k = 0; k < p.inner; ++k) {
          const int64_t at_a = m * p.stride_a + (p.transpose_a ? k * p.rows + i : i * p.inner + k);
          const int64_t at_b = m * p.stride_b + (p.transpose_b ? j * p.inner + k : k * p.columns + j);
          sum += a[static_cast<size_t>(at_a)] * b[static_cast<size_t>(at_b)];
        }
        const auto at = static_cast<size_t>((m * p.rows + i) * p.columns + j);
        if (p.add_c) sum += c[at];
        if (p.has_bias()) sum += bias[static_cast<size_t>(j)];
        if (p.epilogue == MatMulProblem::relu || p.epilogue == MatMulProblem::relu_bias) sum = sum < 0 ? 0 : sum;
        if (p.epilogue == MatMulProblem::gelu_tanh || p.epilogue == MatMulProblem::gelu_tanh_bias) {
          sum = 0.5 * sum * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (sum + 0.044715 * sum * sum * sum)));
        }
        d[at] = sum;
      }
    }
  }
  return d;
}

/// The tolerance, relative and absolute.
double tolerance(const MatMulProblem& p) {
  switch (p.type) {
    case DType::float64: return 1e-13;
    case DType::int8: return 0;
    case DType::float16: return 2e-3;
    case DType::bfloat16: return 1e-2;
    default: return p.tf32 ? 1e-2 : 1e-5;
  }
}

class MatMulPlanTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(cublasLtCreate(handle_.receive()), CUBLAS_STATUS_SUCCESS); }

  int64_t pick(int64_t from, int64_t to) { return std::uniform_int_distribution<int64_t>(from, to)(random_); }

  /// A random problem that cuBLASLt supports.
  MatMulProblem random_problem(DType type) {
    const bool integers = type == DType::int8;
    MatMulProblem p{.rows = pick(1, 70),
                    .columns = pick(1, 40),
                    .inner = pick(1, 300),
                    .batch = pick(0, 2) == 0 ? pick(2, 4) : 1,
                    .type = type};
    p.transpose_a = !integers && pick(0, 1) != 0;
    p.transpose_b = integers || pick(0, 1) != 0;
    if (integers) p.columns *= 4, p.inner *= 4;
    p.stride_a = pick(0, 2) == 0 ? 0 : p.rows * p.inner;
    p.stride_b = pick(0, 2) == 0 ? 0 : p.inner * p.columns;
    p.stride_d = p.rows * p.columns;
    p.add_c = pick(0, 1) != 0;
    if (!integers && type != DType::float64) p.epilogue = static_cast<MatMulProblem::Epilogue>(pick(0, 5));
    return p;
  }

  /// Runs a problem with operands that start `shift` elements after an aligned address.
  void run(const MatMulProblem& p, int64_t shift = 0, bool in_place = false) {
    const DType result = p.type == DType::int8 ? DType::int32 : p.type;
    const int64_t matrices_a = p.stride_a == 0 ? 1 : p.batch, matrices_b = p.stride_b == 0 ? 1 : p.batch;
    const auto a = random_values(random_, matrices_a * p.rows * p.inner, p.type),
               b = random_values(random_, matrices_b * p.inner * p.columns, p.type);
    const auto bias = random_values(random_, p.columns, result), c = random_values(random_, p.batch * p.rows * p.columns, result);
    const DeviceValues on_a(p.type, a, stream_.get(), shift), on_b(p.type, b, stream_.get(), shift),
        on_bias(result, bias, stream_.get(), shift);
    const DeviceValues on_c(result, c, stream_.get(), shift), fresh(result, static_cast<int64_t>(c.size()), shift);
    const DeviceValues& on_d = in_place ? on_c : fresh;
    const MatMulPlan plan(handle_.get(), p);
    const Workspace workspace(plan.workspace_bytes());
    plan.enqueue(handle_.get(), on_a.data(), on_b.data(), on_bias.data(), p.add_c ? on_c.data() : nullptr, on_d.data(),
                 workspace.data(), stream_.get());
    expect_close(on_d.download(stream_.get()), rounded(reference(p, a, b, bias, c), result), tolerance(p), tolerance(p));
  }

  std::string refusal_of(const MatMulProblem& p) {
    try {
      MatMulPlan(handle_.get(), p);
    } catch (const DeviceError& error) {
      return error.what();
    }
    return "";
  }

  std::mt19937 random_{7};
  TestStream stream_;
  Handle<cublasLtHandle_t, cublasLtDestroy> handle_;
};

TEST_F(MatMulPlanTest, AgreesWithTheFormulaOnRandomProblems) {
  const DType types[] = {DType::float32, DType::float32, DType::float16, DType::bfloat16, DType::float64, DType::int8};
  for (int round = 0; round < 150; ++round) {
    MatMulProblem p = random_problem(types[round % 6]);
    p.tf32 = round % 6 == 1;
    const int64_t shift = p.type == DType::int8 ? 0 : pick(0, 1);
    if (shift != 0) p.alignment = size_of(p.type);
    std::ostringstream text;
    text << "round " << round << ": " << name_of(p.type) << " " << p.batch << " × " << p.rows << " × " << p.inner << " × "
         << p.columns << " epilogue " << int{p.epilogue} << (p.add_c ? " + C" : "");
    SCOPED_TRACE(text.str());
    run(p, shift, p.add_c && pick(0, 1) != 0);
    if (HasFatalFailure()) return;
  }
}

TEST_F(MatMulPlanTest, RunsWithoutAWorkspace) {
  const MatMulProblem p{.rows = 5, .columns = 6, .inner = 7, .epilogue = MatMulProblem::bias, .most_workspace = 0};
  EXPECT_EQ(MatMulPlan(handle_.get(), p).workspace_bytes(), 0);
  run(p);
}

TEST_F(MatMulPlanTest, KeepsFloat32UnlessTf32IsAskedFor) {
  // 1 + 2⁻¹¹ needs eleven bits of mantissa: TF32 rounds it up to 1 + 2⁻¹⁰ or down to 1; a kernel without tensor cores keeps it.
  const double value = 1 + 0x1p-11;
  const DeviceValues a(DType::float32, std::vector<double>{value}, stream_.get()),
      b(DType::float32, std::vector<double>{1}, stream_.get());
  for (const bool tf32 : {false, true}) {
    const MatMulPlan plan(handle_.get(), {.tf32 = tf32, .most_workspace = 0});
    const DeviceValues d(DType::float32, 1);
    plan.enqueue(handle_.get(), a.data(), b.data(), nullptr, nullptr, d.data(), nullptr, stream_.get());
    EXPECT_NEAR(d.download(stream_.get())[0], value, tf32 ? 0x1p-11 : 0);
  }
}

TEST_F(MatMulPlanTest, NamesAProblemThatCannotRun) {
  EXPECT_NE(refusal_of({.type = DType::int64}).find("int64"), std::string::npos);
  EXPECT_NE(refusal_of({.rows = 0}).find("not positive"), std::string::npos);
  EXPECT_NE(refusal_of({.rows = 3, .columns = 5, .inner = 4, .type = DType::int8, .transpose_b = true}).find("multiples of 4"),
            std::string::npos);
  EXPECT_NE(refusal_of({.type = DType::float64, .epilogue = MatMulProblem::relu}).find("epilogue"), std::string::npos);
  EXPECT_NE(refusal_of({.rows = 2, .columns = 2, .batch = 2, .stride_d = 3}).find("overlap"), std::string::npos);
}

TEST_F(MatMulPlanTest, IsCapturedIntoAGraph) {
  const MatMulPlan plan(handle_.get(), {.rows = 1, .columns = 1, .inner = 2, .most_workspace = 0});
  const DeviceValues a(DType::float32, std::vector<double>{2, 3}, stream_.get()),
      b(DType::float32, std::vector<double>{4, 5}, stream_.get());
  const DeviceValues d(DType::float32, std::vector<double>{-1}, stream_.get());
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  ASSERT_EQ(cudaStreamBeginCapture(stream_.get(), cudaStreamCaptureModeThreadLocal), cudaSuccess);
  plan.enqueue(handle_.get(), a.data(), b.data(), nullptr, nullptr, d.data(), nullptr, stream_.get());
  ASSERT_EQ(cudaStreamEndCapture(stream_.get(), &graph), cudaSuccess);
  ASSERT_EQ(cudaGraphInstantiate(&exec, graph, 0), cudaSuccess);
  EXPECT_EQ(d.download(stream_.get())[0], -1);
  ASSERT_EQ(cudaGraphLaunch(exec, stream_.get()), cudaSuccess);
  EXPECT_EQ(d.download(stream_.get())[0], 23);
  cudaGraphExecDestroy(exec);
  cudaGraphDestroy(graph);
}

}  // namespace
}  // namespace keraunos::cuda::library_tests
