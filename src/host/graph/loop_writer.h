// Writes loops and branches into a graph. Their graphs run as plans of their own: planned once, whatever the number of steps.
// Lowering::loop is what callers' layers have of it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

struct LoopOptions {
  int axis = 0;  ///< of sliced sequences and stacked results, where their steps are: 1 for (batch, time, …)
  /// The number of steps, or the most where there is a condition. Without it: as many as sliced sequences have; without those,
  /// as many as the condition says.
  std::optional<int64_t> steps{};
  bool backwards = false;  ///< from the last step of sliced sequences to the first; results are in the order of processing
};

/// Runs `work`, and has everything that it writes go into `graph` instead of the builder's own.
using Within = std::function<void(Graph& graph, const std::function<void()>& work)>;

/// A loop under construction. Values of the graph around it come in by slice(), carry() and capture(), and by nothing else.
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

  // Inside write():
  Value carry(Value initial);                         ///< the value as it is before a step
  Value carry_zeros(const Shape& shape, DType type);  ///< the same, 0 before the first step
  void next(Value carried, Value after);              ///< what it becomes, of the same type; without this it stays
  Value slice(Value sequence);                        ///< this step of it
  Value capture(Value outside);                       ///< the same in every step
  void stack(Value result);

  struct Results {
    std::vector<Value> carried, stacked;  ///< in the order of carry() and stack()
  };
  /// One boolean, from what is carried and captured, in their order. The loop ends before the first step for which it is false.
  using Condition = std::function<Value(std::span<const Value> carried, std::span<const Value> captured)>;
  /// UsageError where the parts do not fit. Where a kernel of the body gives shapes that depend on data, each lowering writes one
  /// step (loop_turns.h): carried values may change their extents, and all that is carried, sliced and captured has to be so
  /// before the first such kernel.
  Results write(const std::function<void()>& body, const Condition& condition = {});
  /// True while steps are written one by one.
  bool is_in_turns() const noexcept { return turn_ != nullptr; }

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
  std::unique_ptr<Turn> turn_;  // while steps are written one by one
};

/// Runs `then` or `otherwise`, as `condition` (one boolean) says. Both are given `operands` as values of their own graph, and
/// give results of the same types.
using BranchBody = std::function<std::vector<Value>(std::span<const Value> operands)>;
std::vector<Value> write_branch(Builder& builder, const Within& within, Value condition, std::span<const Value> operands,
                                const BranchBody& then, const BranchBody& otherwise);

}  // namespace keraunos::host
