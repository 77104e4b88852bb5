#include "truth/answer.h"

#include <cmath>
#include <memory>
#include <random>

#include "keraunos/error.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/runtime/memory.h"
#include "kernels/cuda/runtime/stream.h"
#include "kernels/math/evaluate.h"

namespace keraunos::truth {
namespace {

using cuda::ConvolutionPlan;
using cuda::ConvolutionProblem;
using cuda::MatMulPlan;
using cuda::MatMulProblem;

/// Random elements in −1 … 1 (whole numbers for integers), in device memory.
class Operand {
 public:
  Operand(std::mt19937& random, DType type, int64_t elements, int64_t shift) : offset_(shift * size_of(type)) {
    Tensor host(type, Dims{elements + shift});
    for (int64_t i = 0; i < elements + shift; ++i) {
      const double real = static_cast<double>(random() % 2001) / 1000 - 1;
      math::store_element(host.data(), type, i, math::constant_word(is_floating(type) ? real : std::trunc(real * 127), type));
    }
    memory_ = cuda::upload(0, host.data(), host.bytes());
  }
  void* data() const { return static_cast<char*>(const_cast<void*>(memory_.get())) + offset_; }

 private:
  int64_t offset_;
  std::shared_ptr<const void> memory_;
};

int64_t volume(const std::array<int64_t, 3>& extents, int spatial) {
  int64_t product = 1;
  for (size_t i = 0; i < static_cast<size_t>(spatial); ++i) product *= extents[i];
  return product;
}

Answer read_back(cuda::Stream& stream, const void* device, DType type, int64_t elements) {
  constexpr int64_t kSamples = 48;
  Tensor host(type, Dims{elements});
  stream.copy_out(host.data(), device, host.bytes());
  stream.synchronize();
  const auto element = [&](int64_t i) {
    return math::convert(math::load_element(host.data(), type, i), type, DType::float64).real;
  };
  Answer answer{.elements = elements};
  for (int64_t i = 0; i < elements; ++i) answer.sum += element(i);
  const int64_t samples = std::min(kSamples, elements);
  for (int64_t i = 1; i <= samples; ++i) answer.samples.push_back(element(elements * i / samples - 1));
  return answer;
}

/// Rounding of one sum: relative to 1 + |value|.
double tolerance_of(const Problem& problem) {
  DType type{};
  bool tf32 = false;
  std::visit([&](const auto& p) { type = p.type, tf32 = p.tf32; }, problem.what);
  if (type == DType::float64) return 1e-12;
  if (type == DType::float16) return 4e-3;
  if (type == DType::bfloat16) return 3e-2;
  if (type == DType::int8) return 0;
  return tf32 ? 1e-2 : 2e-5;
}

bool close(double found, double recorded, double tolerance) {
  if (std::isnan(recorded)) return std::isnan(found);
  return found == recorded || std::abs(found - recorded) <= tolerance * (1 + std::abs(recorded));
}

}  // namespace

struct Respondent::Libraries {
  cuda::Context context{0, {}};
  cuda::Stream stream{0};

  Answer run(const MatMulProblem& p, int64_t shift) {
    const DType result = p.type == DType::int8 ? DType::int32 : p.type;
    const int64_t a_matrices = p.stride_a == 0 ? 1 : p.batch, b_matrices = p.stride_b == 0 ? 1 : p.batch,
                  size = p.batch * p.rows * p.columns;
    std::mt19937 random(7);
    const Operand a(random, p.type, a_matrices * p.rows * p.inner, shift),
        b(random, p.type, b_matrices * p.inner * p.columns, shift);
    const Operand bias(random, result, p.columns, shift), c(random, result, size, shift), d(random, result, size, shift);
    const MatMulPlan plan(context.cublaslt(), p);
    const auto workspace = cuda::allocate_device(0, plan.workspace_bytes());
    plan.enqueue(context.cublaslt(), a.data(), b.data(), bias.data(), p.add_c ? c.data() : nullptr, d.data(), workspace.get(),
                 stream.get());
    Answer answer = read_back(stream, d.data(), result, size);
    answer.workspace_bytes = plan.workspace_bytes();
    return answer;
  }

  Answer run(const ConvolutionProblem& p, int64_t shift) {
    const int64_t outputs = p.batch * volume(p.output(), p.spatial) * p.filters;
    std::mt19937 random(11);
    const Operand x(random, p.type, p.batch * volume(p.input, p.spatial) * p.channels, shift);
    const Operand w(random, p.type, p.filters * volume(p.kernel, p.spatial) * p.channels / p.groups, shift);
    const Operand residual(random, p.type, outputs, shift), bias(random, p.type, p.filters, shift),
        y(random, p.type, outputs, shift);
    const cuda::Context::CudnnPlanning handle(context);  // declared first, so that the plan is destroyed before it
    const ConvolutionPlan plan(handle.get(), p);
    const auto workspace = cuda::allocate_device(0, plan.workspace_bytes());
    plan.enqueue(handle.get(), x.data(), w.data(), residual.data(), bias.data(), y.data(), workspace.get(), stream.get());
    Answer answer = read_back(stream, y.data(), p.type, outputs);
    answer.workspace_bytes = plan.workspace_bytes();
    answer.kernel = plan.kernel();
    return answer;
  }
};

Respondent::Respondent() : libraries_(std::make_unique<Libraries>()) {}
Respondent::~Respondent() = default;

Answer Respondent::answer(const Problem& problem) {
  try {
    return std::visit([&](const auto& p) { return libraries_->run(p, problem.shift); }, problem.what);
  } catch (const DeviceError& error) {
    return {.refusal = error.what()};
  }
}

files::Json Answer::json() const {
  files::Json json = files::Json::object();
  if (!refusal.empty()) return json.set("refusal", refusal);
  files::Json numbers = files::Json::array();
  for (double sample : samples) numbers.push_back(sample);
  return json.set("kernel", kernel)
      .set("workspace_bytes", workspace_bytes)
      .set("elements", elements)
      .set("sum", sum)
      .set("samples", numbers);
}

Answer Answer::read(const files::Json& json) {
  if (const files::Json* refusal = json.find("refusal")) return {.refusal = refusal->as_string()};
  Answer answer{.kernel = json["kernel"].as_string(),
                .workspace_bytes = json["workspace_bytes"].as_int(),
                .elements = json["elements"].as_int(),
                .sum = json["sum"].as_double()};
  for (const files::Json& sample : json["samples"].items()) answer.samples.push_back(sample.as_double());
  return answer;
}

std::string difference(const Problem& problem, const Answer& found, const Answer& recorded) {
  if (found.refusal.empty() != recorded.refusal.empty()) {
    return recorded.refusal.empty() ? "is refused (" + found.refusal + "), where the recorded library ran it"
                                    : "runs, where the recorded library refused: " + recorded.refusal;
  }
  if (!found.refusal.empty()) return "";
  if (found.elements != recorded.elements || found.samples.size() != recorded.samples.size()) return "has another shape";
  const double tolerance = tolerance_of(problem);
  for (size_t i = 0; i < found.samples.size(); ++i) {
    if (close(found.samples[i], recorded.samples[i], tolerance)) continue;
    return "sample " + std::to_string(i) + " is " + std::to_string(found.samples[i]) + ", recorded " +
           std::to_string(recorded.samples[i]);
  }
  const double mean = found.sum / static_cast<double>(found.elements),
               recorded_mean = recorded.sum / static_cast<double>(found.elements);
  return close(mean, recorded_mean, tolerance)
             ? ""
             : "the mean is " + std::to_string(mean) + ", recorded " + std::to_string(recorded_mean);
}

}  // namespace keraunos::truth
