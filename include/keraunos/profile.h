// How long each step of a plan takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "keraunos/export.h"
#include "keraunos/model.h"
#include "keraunos/plan.h"

namespace keraunos {

struct ProfileOptions {
  int runs = 20;    ///< that are timed
  int warm_up = 3;  ///< runs before, which are not
  /// On a GPU: in timed runs each step lies in an NVTX range "layer: operation", which Nsight Systems shows above its kernels.
  /// UsageError on the CPU, and in a build without the header nvtx3/nvToolsExt.h of the CUDA toolkit.
  bool nvtx = false;
};

/// Nanoseconds in a run. Of a step inside loops its turns are summed.
struct KERAUNOS_API StepTime {
  int64_t executions = 0;  ///< in a run: one for each turn of the loops around it; 0 in the part of a branch that was not taken
  double min_ns = 0, median_ns = 0;
  double total_ns = 0;  ///< of all runs
};

/// One execution of a step.
struct KERAUNOS_API StepSpan {
  size_t step = 0;                       ///< index into PlanDescription::steps
  double begin_ns = 0, duration_ns = 0;  ///< since the run began; of a loop or branch with the steps inside
};

struct KERAUNOS_API Profile {
  PlanDescription plan{};
  int runs = 0;
  /// One for each of plan.steps. Of a loop or branch it is what is left without the steps inside, which have their own: the times
  /// of all steps together are the time that steps take.
  std::vector<StepTime> steps{};
  StepTime timed{};               ///< whole runs in which each step was timed, with inputs and outputs on their way
  StepTime untimed{};             ///< the same runs without that, as a Session computes them
  double overhead_ns = 0;         ///< what timing adds to each execution: the time of a step that does nothing
  std::vector<StepSpan> spans{};  ///< of the last run, in the order of their beginning
  int64_t spans_left_out = 0;     ///< executions of the last run beyond the first million, which `spans` does not list
};

/// Runs the plan for these inputs on a session of its own and times each step, all rows at once as Model::describe_plan lists
/// them: predict() may compute a large batch in pieces instead (PlanDescription::rows_at_a_time). On the CPU a steady clock is
/// read around each step. On a GPU the stream is synchronised before and behind each step and nothing is replayed from a CUDA
/// graph, so that a time has the launch and the synchronisation in it (Profile::overhead_ns), and `untimed` is much less than the
/// sum. Errors of inputs are those of Model::predict; UsageError where shapes depend on data, which is planned while it runs.
[[nodiscard]] KERAUNOS_API Profile profile(const Model& model, const NamedViews& inputs, const ProfileOptions& options = {});

}  // namespace keraunos
