// A plan: steps in order, and where each finds its operands. Immutable; any number of sessions run it.
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

/// Where an operand lies.
struct Slot {
  enum Kind : uint8_t { absent, input, output, arena, host_arena, state, constant, packed } kind = absent;
  int index = 0;                  ///< of the input, output or state
  int64_t offset = 0;             ///< in an arena
  const void* pointer = nullptr;  ///< of a constant; none of a packed one, which the step has in a layout of its own
  friend bool operator==(const Slot&, const Slot&) = default;
};

struct NestedPlans;

struct PlannedStep {
  enum Kind : uint8_t { compute, to_device, to_host, copy, copy_on_host, poison, poison_on_host, loop, branch } kind = compute;
  std::unique_ptr<Step> step{};                 ///< compute on the device
  std::shared_ptr<const Kernel> kernel{};       ///< compute on the host of a device with memory of its own
  std::shared_ptr<const NestedPlans> nested{};  ///< of a loop or branch (nested.h)
  std::vector<Slot> in{}, out{};
  std::vector<TensorType> in_types{}, out_types{};
  int64_t bytes = 0;       ///< of copies and poison
  int error_word = -1;     ///< index among the plan's error words
  double products = 0;     ///< OpCost::products
  int64_t bytes_read = 0;  ///< of operands
  Verdict verdict{};       ///< the device's, of compute on the device
  std::string text{}, origin{};
};

/// A graph input or output.
struct Port {
  TensorType type;
  Place place = Place::device;
  int64_t staging = 0;  ///< offset in the arena, for memory that the device cannot use where it lies
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
  std::vector<PlanNote> notes;  ///< of the passes
  int64_t arena_bytes = 0, host_arena_bytes = 0, workspace_offset = 0, workspace_bytes = 0;
  int64_t errors_offset = 0;
  int error_words = 0;
  std::vector<std::string> error_texts;  ///< per word, up to the offending value
  int64_t buffer_bytes = 0;              ///< sum of all intermediate results: what the arena would be without sharing
  struct HeldConstant {
    std::shared_ptr<const void> memory;
    int64_t bytes = 0;  ///< before packing
  };
  std::vector<HeldConstant> constants;  ///< keeps what slots point to
  bool waits = false;                   ///< some step waits for the device: it reads a condition back
  int64_t step_bytes = 0;               ///< HiddenMemory::step_bytes of the device
  int64_t constant_bytes = 0;           ///< of constants that no other plan held when this one was made

  /// Kernels of a run; of a branch the larger number, of a loop that only its condition ends one step.
  int64_t launches() const;
  /// Of those, the ones inside loops and branches.
  int64_t nested_launches() const;
  /// Estimated bytes of host memory that the plan itself takes, without its constants.
  int64_t bytes() const;
};

struct PlanOptions {
  int64_t gap = 0;         ///< MemoryOptions::gap
  bool poison = false;     ///< poison.h: memory is NaN outside the lives of its tensors
  int64_t piece_rows = 0;  ///< of a batch whose rows are independent, instead of what row_cost.h says; for tests
  int64_t bytes_of_plans = int64_t{64} << 20;  ///< kept by a model, with the constants that they alone use
};

/// `graph` is optimised and folded. DeviceError in words when the device refuses a node.
std::shared_ptr<const Plan> make_plan(const Graph& graph, DeviceRuntime& device, ConstantStore& store,
                                      const PlanOptions& options = {});

}  // namespace keraunos::host
