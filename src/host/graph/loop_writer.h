// Writes loops and branches into a graph. Their graphs become nested plans: planned once, whatever the number of steps. Custom
// layers use it through Lowering::loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

struct LoopOptions {
  int axis = 0;  ///< the axis of steps in sliced sequences and stacked results: 1 for (batch, time, …)
  /// The number of steps, or its limit where there is a condition. Absent: the extent of the sliced sequences; without those the
  /// condition alone ends the loop.
  std::optional<int64_t> steps{};
  /// Steps run from the last of the sliced sequences to the first; results are in the order of processing.
  bool backwards = false;
};

/// Runs `work` while everything that it writes goes into `graph` instead of the builder's own.
using Within = std::function<void(Graph& graph, const std::function<void()>& work)>;

/// A loop under construction. Values of the outer graph enter only through slice(), carry() and capture().
///
///     LoopWriter loop = loader::loop_writer(l, {.axis = 1});
///     Value sum;
///     const LoopWriter::Results results = loop.write([&] {  // once; `l` writes into the loop's body
///       sum = loop.carry(zeros);
///       const Value next = l.add(sum, loop.slice(sequence));
///       loop.next(sum, next);
///       loop.stack(next);
///     });
///     results.carried[0];                                   // after the last step
///     results.stacked[0];                                   // of all steps, along axis 1
class LoopWriter {
 public:
  LoopWriter(Builder& builder, Within within, LoopOptions options = {});
  LoopWriter(LoopWriter&&) noexcept;
  ~LoopWriter();

  // Called inside write():
  Value carry(Value initial);                         ///< returns the value before the step
  Value carry_zeros(const Shape& shape, DType type);  ///< the same, 0 before the first step
  void next(Value carried, Value after);  ///< sets the value after the step, of the same type; without a call it does not change
  Value slice(Value sequence);            ///< returns this step's slice
  Value capture(Value outside);           ///< returns the same value in every step
  void stack(Value result);

  struct Results {
    std::vector<Value> carried, stacked;  ///< in the order of carry() and stack()
  };
  /// Returns one boolean from the carried and captured values, in their order. The loop ends before the first step for which it
  /// is false.
  using Condition = std::function<Value(std::span<const Value> carried, std::span<const Value> captured)>;
  /// UsageError where the parts do not fit together. Where a kernel of the body gives shapes that depend on data, each lowering
  /// writes one step (loop_turns.h): carried values may change their extents, and all values must be carried, sliced and captured
  /// before the first such kernel.
  Results write(const std::function<void()>& body, const Condition& condition = {});
  /// True while steps are written one at a time.
  bool is_in_turns() const noexcept { return turn_ != nullptr; }
  /// The number of the step that is written, where they are written one at a time.
  std::optional<int64_t> turn() const noexcept;

 private:
  struct Parts;
  struct Turn;
  Results write_nested(const std::function<void()>& body, const Condition& condition);
  Results write_in_turns(const std::function<void()>& body, const Condition& condition);
  std::vector<Value> initial_values();
  std::optional<int64_t> known_steps() const;
  Builder& builder_;
  Within within_;
  std::unique_ptr<Parts> parts_;
  std::unique_ptr<Turn> turn_;  // set while steps are written one at a time
};

/// Runs `then` or `otherwise`, depending on `condition` (one boolean). Both get `operands` as values of their own graph and
/// return results of the same types.
using BranchBody = std::function<std::vector<Value>(std::span<const Value> operands)>;
std::vector<Value> write_branch(Builder& builder, const Within& within, Value condition, std::span<const Value> operands,
                                const BranchBody& then, const BranchBody& otherwise);

}  // namespace keraunos::host
