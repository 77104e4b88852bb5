#include "keraunos/profile.h"

#include <chrono>

#include "host/api/out_of_memory.h"
#include "host/model/model_state.h"
#include "host/run/predict.h"
#include "host/run/session_state.h"
#include "host/run/step_clock.h"
#include "keraunos/error.h"

namespace keraunos {
namespace {

struct TimedRuns {
  TimedRuns(const host::ModelState& model, std::span<const TensorView> in) : session(model, nullptr), inputs(in) {
    std::vector<TensorType> types;
    for (size_t i = 0; i < inputs.size(); ++i) types.push_back({model.source().inputs()[i].dtype, inputs[i].dims});
    for (const TensorType& type : session.prepare(types)) results.emplace_back(type.dtype, type.dims);
    for (Tensor& result : results) room.push_back(result.mutable_view());
  }

  StepTime untimed(int runs) {
    using Clock = std::chrono::steady_clock;
    std::vector<int64_t> samples;
    for (int i = 0; i < runs; ++i) {
      const auto begun = Clock::now();
      session.run(inputs, room);
      samples.push_back((Clock::now() - begun) / std::chrono::nanoseconds(1));
    }
    return host::StepClock::time_of(std::move(samples));
  }

  void timed(int runs, host::StepClock& clock) {
    for (int i = 0; i < runs; ++i) session.run_timed(inputs, room, clock);
  }

  host::SessionState session;
  std::span<const TensorView> inputs;
  std::vector<Tensor> results;
  std::vector<MutableView> room;
};

std::vector<std::string> names_of(const PlanDescription& plan) {
  std::vector<std::string> names;
  for (const PlanDescription::Step& step : plan.steps)
    names.push_back(step.layer.empty() ? step.operation : step.layer + ": " + step.operation);
  return names;
}

void check_ranges(const host::ModelState& state) {
  const bool on_cpu = state.device()->shares_host_memory();
  if (!on_cpu && host::has_ranges()) return;
  throw UsageError("ProfileOptions::nvtx is set, but the model is on " + state.device()->name() + ": " +
                   (on_cpu ? "a CPU has no ranges that NVIDIA's tools show"
                           : "this build was made without nvtx3/nvToolsExt.h of the CUDA toolkit"));
}

}  // namespace

Profile profile(const Model& model, const NamedViews& inputs, const ProfileOptions& options) {
  if (options.runs < 1) throw UsageError("ProfileOptions::runs is at least 1, found " + std::to_string(options.runs));
  if (options.warm_up < 0)
    throw UsageError("ProfileOptions::warm_up cannot be negative, found " + std::to_string(options.warm_up));
  const host::ModelState& state = host::Handles::state(model);
  if (options.nvtx) check_ranges(state);
  host::Scratch scratch;
  const host::List<TensorView> in = host::conformed(state, host::in_order(state, inputs, scratch), scratch);
  std::vector<Dims> dims;
  for (const TensorView& view : in) dims.push_back(view.dims);
  return host::with_memory_to("profile this call; try smaller shapes", [&] {
    Profile result{.plan = model.describe_plan(dims), .runs = options.runs};
    TimedRuns runs(state, in);
    runs.untimed(options.warm_up);
    result.untimed = runs.untimed(options.runs);
    host::StepClock warming, clock;
    if (options.nvtx) clock.name_ranges(names_of(result.plan));
    runs.timed(options.warm_up, warming);
    runs.timed(options.runs, clock);
    clock.write(result);
    return result;
  });
}

}  // namespace keraunos
