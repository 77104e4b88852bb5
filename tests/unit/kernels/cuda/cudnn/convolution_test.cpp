// ConvolutionPlan against a loop in float64.
#include "kernels/cuda/cudnn/convolution.h"

#include <gtest/gtest.h>

#include <sstream>

#include "keraunos/error.h"
#include "unit/kernels/cuda/cublaslt/device_values.h"

namespace keraunos::cuda::library_tests {
namespace {

int64_t volume(const std::array<int64_t, 3>& extents, int spatial) {
  int64_t product = 1;
  for (int i = 0; i < spatial; ++i) product *= extents[static_cast<size_t>(i)];
  return product;
}

/// A flat number as an index for each axis.
std::array<int64_t, 3> unflatten(int64_t number, const std::array<int64_t, 3>& extents, int spatial) {
  std::array<int64_t, 3> index{};
  for (int i = spatial - 1; i >= 0; --i) {
    index[static_cast<size_t>(i)] = number % extents[static_cast<size_t>(i)];
    number /= extents[static_cast<size_t>(i)];
  }
  return index;
}

/// The input position of a tap of a window; −1 in the padding.
int64_t position_of(const ConvolutionProblem& p, const std::array<int64_t, 3>& output, const std::array<int64_t, 3>& tap) {
  int64_t position = 0;
  for (size_t i = 0; i < static_cast<size_t>(p.spatial); ++i) {
    const int64_t at = output[i] * p.stride[i] + tap[i] * p.dilation[i] - p.pad_low[i];
    if (at < 0 || at >= p.input[i]) return -1;
    position = position * p.input[i] + at;
  }
  return position;
}

struct Values {
  std::vector<double> x, w, residual, bias;
};

std::vector<double> reference(const ConvolutionProblem& p, const Values& v) {
  const int64_t places = volume(p.output(), p.spatial), inputs = volume(p.input, p.spatial), taps = volume(p.kernel, p.spatial);
  const int64_t channels = p.channels / p.groups, filters = p.filters / p.groups;
  std::vector<double> y(static_cast<size_t>(p.batch * places * p.filters));
  for (int64_t place = 0; place < p.batch * places; ++place) {
    const auto output = unflatten(place % places, p.output(), p.spatial);
    for (int64_t f = 0; f < p.filters; ++f) {
      double sum = 0;
      for (int64_t t = 0; t < taps; ++t) {
        const int64_t position = position_of(p, output, unflatten(t, p.kernel, p.spatial));
        for (int64_t c = 0; position >= 0 && c < channels; ++c) {
          const int64_t at_x = ((place / places) * inputs + position) * p.channels + f / filters * channels + c;
          sum += v.x[static_cast<size_t>(at_x)] * v.w[static_cast<size_t>((f * taps + t) * channels + c)];
        }
      }
      const auto at = static_cast<size_t>(place * p.filters + f);
      if (p.residual) sum += v.residual[at];
      if (p.bias) sum += v.bias[static_cast<size_t>(f)];
      y[at] = p.activation == ConvolutionProblem::relu && sum < 0 ? 0 : sum;
    }
  }
  return y;
}

double tolerance(const ConvolutionProblem& p) {
  if (p.type == DType::float16) return 2e-3;
  if (p.type == DType::bfloat16) return 1e-2;
  return p.tf32 ? 4e-3 : 1e-5;
}

class ConvolutionPlanTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(cudnnCreate(handle_.receive()), CUDNN_STATUS_SUCCESS); }

  void run(const ConvolutionProblem& p) {
    const int64_t outputs = p.batch * volume(p.output(), p.spatial) * p.filters;
    const Values v{.x = random_values(random_, p.batch * volume(p.input, p.spatial) * p.channels, p.type),
                   .w = random_values(random_, p.filters * volume(p.kernel, p.spatial) * p.channels / p.groups, p.type),
                   .residual = random_values(random_, outputs, p.type),
                   .bias = random_values(random_, p.filters, p.type)};
    const DeviceValues x(p.type, v.x, stream_.get()), w(p.type, v.w, stream_.get()), residual(p.type, v.residual, stream_.get());
    const DeviceValues bias(p.type, v.bias, stream_.get()), y(p.type, outputs);
    const ConvolutionPlan plan(handle_.get(), p);
    const Workspace workspace(plan.workspace_bytes());
    plan.enqueue(handle_.get(), x.data(), w.data(), residual.data(), bias.data(), y.data(), workspace.data(), stream_.get());
    expect_close(y.download(stream_.get()), rounded(reference(p, v), p.type), tolerance(p), tolerance(p));
  }

  std::string refusal_of(const ConvolutionProblem& p) {
    try {
      ConvolutionPlan(handle_.get(), p);
    } catch (const DeviceError& error) {
      return error.what();
    }
    return "";
  }

  std::mt19937 random_{11};
  TestStream stream_;
  Handle<cudnnHandle_t, cudnnDestroy> handle_;
};

TEST_F(ConvolutionPlanTest, AgreesWithTheFormulaOnRandomProblems) {
  const DType types[] = {DType::float32, DType::float32, DType::float16, DType::bfloat16};
  const auto pick = [&](int64_t from, int64_t to) { return std::uniform_int_distribution<int64_t>(from, to)(random_); };
  for (int round = 0; round < 120; ++round) {
    ConvolutionProblem p{
        .spatial = static_cast<int>(pick(1, 3)), .batch = pick(1, 3), .groups = pick(0, 2) == 0 ? pick(2, 5) : 1};
    const bool depthwise = round % 5 == 0;
    p.channels = p.groups * (depthwise ? 1 : pick(1, 6));
    p.filters = p.groups * (depthwise ? pick(1, 2) : pick(1, 9));
    for (size_t i = 0; i < static_cast<size_t>(p.spatial); ++i) {
      p.kernel[i] = pick(1, 4);
      p.stride[i] = pick(1, 3);
      p.dilation[i] = pick(1, 2);
      p.pad_low[i] = pick(0, 2);
      p.pad_high[i] = pick(0, 2);
      p.input[i] = p.dilation[i] * (p.kernel[i] - 1) + pick(1, 7);
    }
    p.type = types[round % 4];
    p.tf32 = round % 4 == 1;
    p.bias = pick(0, 2) != 0;
    p.residual = p.bias && pick(0, 1) != 0;
    p.activation = p.bias && pick(0, 1) != 0 ? ConvolutionProblem::relu : ConvolutionProblem::none;
    std::ostringstream text;
    text << "round " << round << ": " << name_of(p.type) << " spatial " << p.spatial << " groups " << p.groups
         << (p.bias ? " bias" : "") << (p.residual ? " residual" : "");
    SCOPED_TRACE(text.str());
    run(p);
    if (HasFatalFailure()) return;
  }
}

TEST_F(ConvolutionPlanTest, ChoosesNoTensorCoresForStrictFloat32) {
  ConvolutionProblem p{.channels = 8, .filters = 8, .input = {6, 6, 1}, .kernel = {3, 3, 1}, .bias = true};
  const std::string strict = ConvolutionPlan(handle_.get(), p).kernel();
  p.tf32 = true;
  EXPECT_NE(ConvolutionPlan(handle_.get(), p).kernel(), strict);
}

TEST_F(ConvolutionPlanTest, KeepsToTheWorkspaceThatItMayHave) {
  ConvolutionProblem p{.channels = 8, .filters = 8, .input = {6, 6, 1}, .kernel = {3, 3, 1}};
  EXPECT_GT(ConvolutionPlan(handle_.get(), p).workspace_bytes(), 0);
  p.most_workspace = 0;
  EXPECT_EQ(ConvolutionPlan(handle_.get(), p).workspace_bytes(), 0);
}

TEST_F(ConvolutionPlanTest, NamesAProblemThatCannotRun) {
  EXPECT_NE(refusal_of({.type = DType::int8}).find("int8"), std::string::npos);
  EXPECT_NE(refusal_of({.activation = ConvolutionProblem::relu}).find("bias"), std::string::npos);
  EXPECT_NE(refusal_of({.channels = 3, .groups = 2}).find("groups"), std::string::npos);
  EXPECT_NE(refusal_of({.input = {2, 2, 1}, .kernel = {3, 3, 1}}).find("not positive"), std::string::npos);
}

}  // namespace
}  // namespace keraunos::cuda::library_tests
