// A bound plan: a plan with the address of every operand, looked up once, so that a run only follows pointers. It does not use
// arenas or staging: the caller of bind() passes the beginning of each range of memory, so that nested plans are bound in the
// same way.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "host/plan/plan.h"

namespace keraunos::host {

/// The beginning of each range of a plan's memory.
struct PlanMemory {
  std::byte* device = nullptr;    ///< Plan::arena_bytes bytes of the device
  std::byte* host = nullptr;      ///< Plan::host_arena_bytes bytes
  std::span<void* const> states;  ///< in the plan's order
};

class StepClock;

/// What all plans of one run share.
struct PlanRun {
  Stream& stream;
  ErrorWord* words;            ///< error words of the outermost plan
  bool* read_back = nullptr;   ///< host memory for one boolean; null where the device shares the host's memory
  StepClock* clock = nullptr;  ///< times each step; null: no timing
  int64_t max_turns = 0;       ///< PredictOptions::max_turns
};

class BoundNested;

class BoundPlan {
 public:
  /// `is_nested`: it runs several times, with different ports, before the stream has finished the work of the first run.
  explicit BoundPlan(const Plan& plan, bool is_nested = false);
  ~BoundPlan();
  BoundPlan(const BoundPlan&) = delete;  // work on the host keeps a pointer to this object
  BoundPlan& operator=(const BoundPlan&) = delete;

  void bind(const PlanMemory& memory);
  /// Sets the addresses of inputs and outputs before each run.
  void set_ports(std::span<const void* const> inputs, std::span<void* const> outputs);
  /// Clears the error words and enqueues all steps. The others: see PlanRun. (run_steps.cpp)
  void run_steps(Stream& stream, bool* read_back, StepClock* clock, int64_t max_turns);
  /// Enqueues all steps of a nested plan.
  void run_inside(const PlanRun& run);
  const ErrorWord* error_words() const { return reinterpret_cast<const ErrorWord*>(memory_.device + plan_.errors_offset); }
  /// Estimated bytes of a bound plan.
  static int64_t bytes(const Plan& plan);

 private:
  struct Bound {  // operands of one step inside pointers_
    size_t in = 0, in_count = 0, out = 0, out_count = 0;
  };
  struct Patch {  // an address that changes with each call
    size_t position;
    int index;
    bool output;
  };
  void push(const std::vector<Slot>& slots);
  void* resolve(const Slot& slot) const;
  void run_step(size_t index, const PlanRun& run);
  void run_timed(const PlanRun& run);
  void enqueue_on_host(size_t index, Stream& stream);
  void run_on_host(size_t index, void* const* addresses);
  void run_kernel_of_host(const PlannedStep& step, void* const* in, void* const* out);

  const Plan& plan_;
  const bool is_nested_;
  PlanMemory memory_;
  std::vector<void*> pointers_;
  std::vector<Bound> bound_;
  std::vector<Patch> patches_;
  std::vector<std::unique_ptr<BoundNested>> nested_;  // by step; null where the step has no nested plans
};

}  // namespace keraunos::host
