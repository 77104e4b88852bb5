// How long each step of a plan takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "keraunos/export.h"
#include "keraunos/model.h"
#include "keraunos/plan.h"

namespace keraunos {

/// How often profile() runs the plan.
struct ProfileOptions {
  int runs = 20;    ///< number of timed runs
  int warm_up = 3;  ///< number of runs before them
  /// On a GPU: in timed runs each step lies in an NVTX range "layer: operation", which Nsight Systems shows above its kernels.
  /// UsageError on the CPU, and in a build without the header nvtx3/nvToolsExt.h of the CUDA toolkit.
  bool nvtx = false;
};

/// Nanoseconds in a run. For a step inside loops the times of all turns are added.
struct KERAUNOS_API StepTime {
  int64_t executions = 0;  ///< in a run: one for each turn of the loops around it; 0 in the part of a branch that did not run
  double min_ns = 0;       ///< the shortest of all runs
  double median_ns = 0;    ///< the median of all runs
  double total_ns = 0;     ///< over all runs
};

/// One execution of a step.
struct KERAUNOS_API StepSpan {
  size_t step = 0;         ///< index into PlanDescription::steps
  double begin_ns = 0;     ///< since the run began
  double duration_ns = 0;  ///< of a loop or branch with the steps inside
};

/// What profile() answers.
struct KERAUNOS_API Profile {
  PlanDescription plan{};  ///< what ran
  int runs = 0;            ///< that were timed
  /// One for each of plan.steps. For a loop or branch it is the time without the steps inside, which have their own entries: the
  /// sum over all steps is the total time.
  std::vector<StepTime> steps{};
  StepTime timed{};               ///< whole runs in which each step was timed, copies of inputs and outputs included
  StepTime untimed{};             ///< the same runs without timing of steps, as a Session computes them
  double overhead_ns = 0;         ///< time that timing adds to each execution: that of an empty step
  std::vector<StepSpan> spans{};  ///< of the last run, in the order of their beginning
  int64_t spans_left_out = 0;     ///< executions of the last run beyond the first million, which `spans` does not list
};

/// Runs the plan for these inputs on a session of its own and times each step, all rows at once as Model::describe_plan lists
/// them: predict() may compute a large batch in pieces instead (PlanDescription::rows_at_a_time). On the CPU a steady clock is
/// read around each step. On a GPU the stream is synchronised before and after each step and nothing is replayed from a CUDA
/// graph, so that each time includes a launch and a synchronisation (Profile::overhead_ns), and `untimed` is much less than the
/// sum. Errors of inputs are those of Model::predict; UsageError where shapes depend on data, because such a model is planned
/// while it runs.
[[nodiscard]] KERAUNOS_API Profile profile(const Model& model, const NamedViews& inputs, const ProfileOptions& options = {});

}  // namespace keraunos
