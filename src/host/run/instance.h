// An instance: a plan in a session, bound to the session's arena, with the copies of its inputs and outputs to and from the
// device.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "host/run/arena.h"
#include "host/run/bound_plan.h"
#include "host/run/staged_ports.h"
#include "keraunos/model.h"

namespace keraunos::host {

class Instance {
 public:
  /// `threads` copies rows in and out; `states` are the session's buffers, in the plan's order.
  Instance(std::shared_ptr<const Plan> plan, std::shared_ptr<DeviceRuntime> device, std::shared_ptr<DeviceRuntime> threads,
           std::vector<void*> states, const std::shared_ptr<Held>& held);

  const Plan& plan() const noexcept { return *plan_; }
  int64_t max_turns = PredictOptions{}.max_turns;  ///< of the next runs
  /// Estimated bytes of an instance, including the plan, which may exist only here, and staging and a recording where it has
  /// them.
  static int64_t bytes(const Plan& plan, const DeviceRuntime& device);
  /// Looks up every address again if the arena has moved.
  void bind(Arena& arena);
  /// True when some step runs on the host, in stream order, and reads its operands' addresses then: they must not change before.
  bool works_on_host() const noexcept { return works_on_host_; }
  /// Copies in what the device cannot read in place, runs all steps, copies out. On a device with its own memory the work is only
  /// enqueued; call check() after the stream was synchronised. `clock`: times each step, and nothing is recorded or replayed.
  void enqueue(std::span<const TensorView> in, std::span<const MutableView> out, Arena& arena, Stream& stream,
               StepClock* clock = nullptr);
  /// DataError when a step of the last run found invalid data.
  void check() const;
  /// The same through pinned memory; the steps are recorded on the second use and then replayed. `in` and `out` are on the host.
  /// finish_staged(), after the stream was synchronised, copies to `out`. Only `rows` rows of each input exist; the last is
  /// repeated for the missing ones.
  void enqueue_staged(std::span<const TensorView> in, int64_t rows, Arena& arena, Stream& stream, StepClock* clock = nullptr);
  void finish_staged(std::span<const MutableView> out);

 private:
  const void* readable(const TensorView& view, size_t index, Arena& arena, Stream& stream);
  void* writable(const MutableView& view, size_t index, Arena& arena) const;
  void run_recorded(Arena& arena, Stream& stream, StepClock* clock);

  std::shared_ptr<const Plan> plan_;
  std::shared_ptr<DeviceRuntime> device_;
  std::vector<void*> states_;
  bool works_on_host_;
  BoundPlan bound_;
  uint64_t generation_ = 0;
  std::vector<const void*> inputs_;  // of the current run
  std::vector<void*> outputs_;
  StagedPorts staged_;
  std::shared_ptr<bool> read_back_;   // for conditions that plans read back, on a device with its own memory
  const ErrorWord* words_ = nullptr;  // the words that check() reads: in the arena, or in staging
  std::unique_ptr<Recording> recording_;
  int staged_runs_ = 0;
};

}  // namespace keraunos::host
