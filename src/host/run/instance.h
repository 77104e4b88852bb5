// A plan bound to memory: every operand's address resolved once, so that a run only walks pointers.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "host/plan/plan.h"
#include "host/run/device.h"
#include "host/run/held.h"

namespace keraunos::host {

int64_t bytes_of(const TensorType& type);

/// Memory that grows and is shared by the plans of one session; only one of them runs at a time.
class Arena {
 public:
  Arena(std::shared_ptr<DeviceRuntime> device, const std::shared_ptr<Held>& held) : device_(std::move(device)), held_(held) {}
  bool has_room(int64_t device_bytes, int64_t host_bytes) const noexcept {
    return device_bytes <= held_.device() && host_bytes <= held_.host();
  }
  /// Makes room; addresses may change.
  void reserve(int64_t device_bytes, int64_t host_bytes);
  std::byte* device() const noexcept { return static_cast<std::byte*>(memory_.get()); }
  std::byte* host() const noexcept { return static_cast<std::byte*>(host_memory_.get()); }
  uint64_t generation() const noexcept { return generation_; }

 private:
  std::shared_ptr<DeviceRuntime> device_;
  std::shared_ptr<void> memory_, host_memory_;
  HeldBytes held_;
  uint64_t generation_ = 1;
};

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
  void enqueue(std::span<const TensorView> in, std::span<const MutableView> out, Arena& arena, Stream& stream);
  /// DataError when a step of the last run found bad data.
  void check() const;
  /// The same through memory of the host that copies fast, the steps recorded on second use and replayed. `in` and `out` are of
  /// the host. Between stage_out's call and the stream's synchronisation nothing may touch `out`. `rows`: as many of each input
  /// are there, the last stands for those that lack.
  void enqueue_staged(std::span<const TensorView> in, int64_t rows, Arena& arena, Stream& stream);
  void finish_staged(std::span<const MutableView> out);

 private:
  struct Bound {  // operands of one step inside pointers_
    size_t in = 0, in_count = 0, out = 0, out_count = 0;
  };
  struct Patch {  // an address that changes with every call
    size_t position;
    int index;
    bool output;
  };
  /// Whether an input goes to the device in slices, outside of the recording.
  bool is_sliced(const Port& port) const;
  void stage_inputs(std::span<const TensorView> in, int64_t rows, Arena& arena, Stream& stream);
  void run_steps(Arena& arena, Stream& stream);
  void run_step(size_t index, Arena& arena, Stream& stream);
  void run_on_host(size_t index);
  const void* readable(const TensorView& view, size_t index, Arena& arena, Stream& stream);
  void* resolve(const Slot& slot, Arena& arena) const;

  std::shared_ptr<const Plan> plan_;
  std::shared_ptr<DeviceRuntime> device_, threads_;
  std::vector<void*> states_;
  bool works_on_host_;
  uint64_t generation_ = 0;
  std::vector<void*> pointers_;
  std::vector<Bound> bound_;
  std::vector<Patch> patches_;
  std::vector<const void*> inputs_;
  std::vector<void*> outputs_;
  void make_staging(int64_t bytes);
  std::shared_ptr<void> staging_;  // pinned: inputs, outputs, error words
  HeldBytes held_;
  std::vector<int64_t> staged_in_, staged_out_;
  const ErrorWord* words_ = nullptr;  // where check() reads: the arena, or staging
  std::unique_ptr<Recording> recording_;
  int staged_runs_ = 0;
};

}  // namespace keraunos::host
