#include "kernels/cuda/cudnn/engines.h"

#include <algorithm>
#include <array>

#include "kernels/cuda/runtime/check.h"

namespace keraunos::cuda {
namespace {

using Aim = std::function<void(Descriptor&)>;

/// True when cuDNN refuses to finalise the descriptor; any other error is thrown.
bool is_refused(Descriptor& descriptor, std::string_view what) {
  const cudnnStatus_t status = descriptor.try_finalize();
  if (status != CUDNN_STATUS_SUCCESS && !is_refusal(status)) check(status, what);
  return status != CUDNN_STATUS_SUCCESS;
}

/// cuDNN's ranking for one mode, best first; empty when it has no engine. It may announce more than it fills.
std::vector<Descriptor> ranking(const Descriptor& graph, cudnnBackendHeurMode_t mode, const Aim& aim) {
  Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph).set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
  aim(heuristics);
  if (is_refused(heuristics, "asking cuDNN for engines")) return {};
  std::vector<Descriptor> configs;
  const int64_t promised = heuristics.count(CUDNN_ATTR_ENGINEHEUR_RESULTS);
  for (int64_t i = 0; i < promised; ++i) configs.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  const int64_t filled = heuristics.receive(CUDNN_ATTR_ENGINEHEUR_RESULTS, configs);
  configs.erase(configs.begin() + filled, configs.end());
  return configs;
}

bool keeps_limits(const Descriptor& engine, const EngineLimits& limits) {
  const auto behaviour = engine.notes<cudnnBackendBehaviorNote_t>(CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE,
                                                                  CUDNN_BEHAVIOR_NOTE_TYPE_COUNT);
  // Compiling at run time takes 0.3 to 1.5 seconds for each plan: our own kernels are the better alternative.
  if (std::ranges::find(behaviour, CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION) != behaviour.end()) return false;
  const auto numerical = engine.notes<cudnnBackendNumericalNote_t>(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                                                                   CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
  return std::ranges::none_of(numerical, [&](cudnnBackendNumericalNote_t note) {
    switch (note) {
      case CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION:
      case CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC: return true;
      case CUDNN_NUMERICAL_NOTE_TENSOR_CORE:  // for float32 that means TF32
      case CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS:
      case CUDNN_NUMERICAL_NOTE_FFT:
      case CUDNN_NUMERICAL_NOTE_WINOGRAD:
      case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_4x4:
      case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6:
      case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13: return limits.exact_float32;
      default: return false;
    }
  });
}

std::optional<ChosenEngine> try_config(const Descriptor& config, const EngineLimits& limits, const Aim& aim) {
  std::array<Descriptor, 1> engine{Descriptor(CUDNN_BACKEND_ENGINE_DESCRIPTOR)};
  if (config.receive(CUDNN_ATTR_ENGINECFG_ENGINE, engine) != 1 || !keeps_limits(engine[0], limits)) return std::nullopt;
  Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
  aim(plan);
  if (is_refused(plan, "making a plan of cuDNN")) return std::nullopt;
  const int64_t workspace = plan.integer(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE);
  if (workspace > limits.most_workspace) return std::nullopt;
  return ChosenEngine{std::move(plan), workspace, engine[0].integer(CUDNN_ATTR_ENGINE_GLOBAL_INDEX)};
}

}  // namespace

std::optional<ChosenEngine> choose_engine(const Descriptor& graph, const EngineLimits& limits, const Aim& aim_heuristics,
                                          const Aim& aim_plan) {
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    for (const Descriptor& config : ranking(graph, mode, aim_heuristics)) {
      if (auto chosen = try_config(config, limits, aim_plan)) return chosen;
    }
  }
  return std::nullopt;
}

}  // namespace keraunos::cuda
