// A plan in a session: bound to the session's arena, with the ways of inputs and outputs to the device and back.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "host/run/arena.h"
#include "host/run/bound_plan.h"
#include "host/run/staged_ports.h"

namespace keraunos::host {

class Instance {
 public:
  /// `threads` moves rows in and out; `states` are the session's buffers, in the plan's order.
  Instance(std::shared_ptr<const Plan> plan, std::shared_ptr<DeviceRuntime> device, std::shared_ptr<DeviceRuntime> threads,
           std::vector<void*> states, const std::shared_ptr<Held>& held);

  const Plan& plan() const noexcept { return *plan_; }
  /// About what one for this plan takes, with the plan, which may live only here, and with staging and a recording where it gets
  /// them.
  static int64_t bytes(const Plan& plan, const DeviceRuntime& device);
  /// Looks up every address, if the arena has moved since.
  void bind(Arena& arena);
  /// Some step runs on the host, in stream order, and reads its operands' addresses then: they must not change before.
  bool works_on_host() const noexcept { return works_on_host_; }
  /// Copies in what the device cannot read where it lies, runs all steps, copies out. On a device of its own memory the work is
  /// only enqueued; check() after the stream was synchronised.
  /// `clock`: times each step, and nothing is recorded or replayed.
  void enqueue(std::span<const TensorView> in, std::span<const MutableView> out, Arena& arena, Stream& stream,
               StepClock* clock = nullptr);
  /// DataError when a step of the last run found bad data.
  void check() const;
  /// The same through memory of the host that copies fast, the steps recorded on second use and replayed. `in` and `out` are of
  /// the host. finish_staged(), after the stream was synchronised, copies to `out`. `rows`: as many of each input are there, the
  /// last stands for those that lack.
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
  std::shared_ptr<bool> read_back_;   // where plans read conditions, on a device with memory of its own
  const ErrorWord* words_ = nullptr;  // where check() reads: the arena, or staging
  std::unique_ptr<Recording> recording_;
  int staged_runs_ = 0;
};

}  // namespace keraunos::host
