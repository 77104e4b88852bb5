// A plan: steps in order, and the places of their operands. Immutable; any number of sessions run it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/constants/constant_store.h"
#include "host/graph/graph.h"
#include "host/plan/memory.h"
#include "host/run/device.h"

namespace keraunos::host {

TensorType type_of(const ValueInfo& info);
int64_t bytes_of(const TensorType& type);

/// The place of an operand.
struct Slot {
  enum Kind : uint8_t { absent, input, output, arena, host_arena, state, constant, packed } kind = absent;
  int index = 0;                  ///< for inputs, outputs and states
  int64_t offset = 0;             ///< for arenas
  const void* pointer = nullptr;  ///< for a constant; null for a packed one, which the step holds in its own layout
  friend bool operator==(const Slot&, const Slot&) = default;
};

struct NestedPlans;

struct PlannedStep {
  enum Kind : uint8_t { compute, to_device, to_host, copy, copy_on_host, poison, poison_on_host, loop, branch } kind = compute;
  std::unique_ptr<Step> step{};                 ///< computes on the device
  std::shared_ptr<const Kernel> kernel{};       ///< computes on the host, for a device with its own memory
  std::shared_ptr<const NestedPlans> nested{};  ///< for a loop or branch (nested.h)
  std::vector<Slot> in{}, out{};
  std::vector<TensorType> in_types{}, out_types{};
  int64_t bytes = 0;       ///< for copies and poison
  int error_word = -1;     ///< index among the plan's error words; −1: none
  double products = 0;     ///< OpCost::products
  int64_t bytes_read = 0;  ///< of operands
  Verdict verdict{};       ///< the device's answer, for a step on the device
  std::string text{}, origin{};
};

/// A graph input or output.
struct Port {
  TensorType type;
  Place place = Place::device;
  int64_t staging = 0;  ///< offset in the arena, for memory that the device cannot use in place
};

struct Plan {
  std::vector<PlannedStep> steps;
  std::vector<Port> inputs, outputs;
  struct StateBuffer {
    std::string name;
    TensorType type;
  };
  std::vector<StateBuffer> states;
  std::optional<Pending> pending;
  std::vector<PlanNote> notes;  ///< from the passes
  int64_t arena_bytes = 0, host_arena_bytes = 0, workspace_offset = 0, workspace_bytes = 0;
  int64_t errors_offset = 0;
  int error_words = 0;
  std::vector<std::string> error_texts;  ///< by error word: the message up to the offending value
  int64_t buffer_bytes = 0;              ///< sum over all intermediate results: the arena's size without sharing
  struct HeldConstant {
    std::shared_ptr<const void> memory;
    int64_t bytes = 0;  ///< before packing
  };
  std::vector<HeldConstant> constants;  ///< keeps the memory that slots point to
  bool waits = false;                   ///< some step waits for the device, because it reads a condition back
  bool may_be_recorded = true;          ///< every Step::may_be_recorded
  int64_t step_bytes = 0;               ///< DeviceCosts::step_bytes
  int64_t constant_bytes = 0;           ///< bytes of constants that no other plan held when this one was made

  /// Kernels of a run; a branch counts its larger graph, a loop that only its condition ends counts one turn.
  int64_t launches() const;
  /// The kernels inside loops and branches among them.
  int64_t nested_launches() const;
  /// Estimated bytes of host memory that the plan itself takes, without its constants.
  int64_t bytes() const;
};

struct PlanOptions {
  int64_t gap = 0;      ///< MemoryOptions::gap
  bool poison = false;  ///< poison.h: memory is NaN outside the lifetimes of its tensors
  /// Rows of a piece where rows are independent, instead of the number that row_cost.h computes; for tests.
  int64_t piece_rows = 0;
  int64_t bytes_of_plans = int64_t{64} << 20;  ///< bytes of plans that a model keeps, including constants that only they use
};

/// `graph` is optimised and folded. DeviceError with a message when the device refuses a node.
std::shared_ptr<const Plan> make_plan(const Graph& graph, DeviceRuntime& device, ConstantStore& store,
                                      const PlanOptions& options = {});

}  // namespace keraunos::host
