// Models that factor matrices on the CUDA device: their plans, CUDA graphs, a missing library, and libraries without memory.
#include <optional>

#include "fixture.h"
#include "folders.h"
#include "keraunos/keraunos.h"
#include "loader/files/npy.h"
#include "standin/no_memory.h"
#include "standin/solver_handle.h"
#include "unit/kernels/cuda/linear_algebra.h"

namespace keraunos::cuda::tests {
namespace {

const std::filesystem::path& factors() {
  static const std::filesystem::path folder = cases_folder() / "factors_float32_k3";
  return folder;
}

Model load_factors() {
  return load_model(factors() / "model.keras",
                    {.device = keraunos::Device{.kind = keraunos::Device::cuda}, .precision = Precision::float32});
}

/// Predicts with the recorded inputs.
bool predicts(const Model& model) {
  const Named inputs = files::read_npz((factors() / "inputs.npz").string());
  NamedViews views;
  for (const auto& [name, tensor] : inputs) views.emplace_back(name, tensor);
  return !model.predict(views).empty();
}

TEST(SolverPlans, EveryStepIsOnTheDevice) {
  const std::vector<Dims> inputs{{2, 3, 3}, {2, 4, 3}};
  const std::string plan = load_factors().plan(inputs);
  for (const char* kernel :
       {"[cuSOLVER potrfBatched]", "[cuSOLVER geqrf]", "[cuSOLVER syevjBatched]", "[cuSOLVER gesvdjBatched]"})
    EXPECT_NE(plan.find(kernel), std::string::npos) << kernel << '\n' << plan;
  EXPECT_NE(plan.find("cannot be part of a CUDA graph"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("runs on the host"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("copy to"), std::string::npos) << plan;
}

TEST(SolverPlans, AreNotRecorded) {
  const Model model = load_factors();
  const uint64_t before = standin::counters().graph_launches;
  for (int call = 0; call < 4; ++call) EXPECT_TRUE(predicts(model));
  EXPECT_EQ(standin::counters().graph_launches, before);
}

TEST(SolverPlans, AreRefusedWhileTheCallerCapturesTheStream) {
  const Model model = load_factors();
  Session session = model.session();
  const std::vector<Dims> dims{{2, 3, 3}, {2, 4, 3}};
  session.reserve(dims);
  const std::vector<float> numbers(24, 0.5F);
  const std::vector<TensorView> in{{std::span(numbers).first(18), dims[0]}, {numbers, dims[1]}};
  std::vector<Tensor> results;
  std::vector<MutableView> out;
  for (const TensorSpec& spec : session.outputs_for(dims)) {
    std::vector<int64_t> sizes;
    for (const auto& size : spec.shape) sizes.push_back(size.value());
    results.emplace_back(spec.dtype, Dims(std::span<const int64_t>(sizes)));
  }
  for (Tensor& result : results) out.push_back({result.data(), result.dtype(), result.dims(), {}});
  const Stream stream;
  ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  try {
    session.enqueue(in, out, stream.raw);
    ADD_FAILURE() << "it was captured";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("cannot be captured"), std::string::npos) << error.what();
  }
  cudaGraph_t graph = nullptr;
  cudaStreamEndCapture(stream, &graph);
  if (graph != nullptr) cudaGraphDestroy(graph);
  cudaGetLastError();
}

TEST(SolverPlans, NameALibraryThatIsMissing) {
  standin::set_solver_missing(true);
  try {
    predicts(load_factors());
    ADD_FAILURE() << "it ran without the library";
  } catch (const DeviceError& error) {
    for (const char* word : {"layer \"", "cannot run linear_algebra", "libcusolver.so.12 was not found"})
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
  standin::set_solver_missing(false);
  EXPECT_TRUE(predicts(load_factors()));
}

// At every seventh call; there are more than a hundred.
TEST(SolverMemory, AnErrorInsideACallIsHeardOfAndGone) {
  const int64_t before = standin::library_objects();
  int64_t errors = 0;
  for (int64_t calls = 0, done = 0; done == 0; calls += 7) {
    ASSERT_LT(calls, 10000);
    standin::run_out_of_memory_after(calls);
    std::optional<Model> model;
    try {
      model.emplace(load_factors());
      EXPECT_TRUE(predicts(*model));
      done = 1;
    } catch (const DeviceError& error) {
      ++errors;
      for (const char* word : {"ALLOC", "not enough memory", "smaller batch"})
        EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
      if (!model) model.emplace(load_factors());
      EXPECT_TRUE(predicts(*model)) << "behind " << calls << " calls";
    }
    EXPECT_NE(standin::ran_out_of_memory(), done == 1);
    standin::run_out_of_memory_after(-1);
  }
  EXPECT_EQ(standin::library_objects(), before);
  EXPECT_GT(errors, 10);
}

}  // namespace
}  // namespace keraunos::cuda::tests
