// How a layer writes loops and branches. Their graphs run as plans of their own: planned once, whatever the number of steps.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos {

struct LoopOptions {
  int axis = 0;  ///< of sliced sequences and stacked results, where their steps are: 1 for (batch, time, …)
  /// The number of steps, or the most where there is a condition. Without it: as many as sliced sequences have; without those,
  /// as many as the condition says.
  std::optional<int64_t> steps{};
  bool backwards = false;  ///< from the last step of sliced sequences to the first; results are in the order of processing
};

/// A loop under construction. Values of the graph around it come in by slice(), carry() and capture(), and by nothing else.
///
///     LoopWriter loop(l, {.axis = 1});
///     Value sum;
///     const LoopWriter::Results results = loop.write([&] {  // once; `l` writes into the loop's body
///       sum = loop.carry(zeros);
///       const Value next = l.add(sum, loop.slice(sequence));
///       loop.next(sum, next);
///       loop.stack(next);
///     });
///     results.carried[0];                                   // after the last step
///     results.stacked[0];                                   // of all steps, along axis 1
class KERAUNOS_API LoopWriter {
 public:
  explicit LoopWriter(Lowering& lowering, LoopOptions options = {});
  ~LoopWriter();
  LoopWriter(const LoopWriter&) = delete;
  LoopWriter& operator=(const LoopWriter&) = delete;

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
  /// UsageError where the parts do not fit.
  Results write(const std::function<void()>& body, const Condition& condition = {});

 private:
  struct Parts;
  Lowering& lowering_;
  std::unique_ptr<Parts> parts_;
};

/// Runs `then` or `otherwise`, as `condition` (one boolean) says. Both are given `operands` as values of their own graph, and
/// give results of the same types.
using BranchBody = std::function<std::vector<Value>(std::span<const Value> operands)>;
KERAUNOS_API std::vector<Value> write_branch(Lowering& lowering, Value condition, std::span<const Value> operands,
                                             const BranchBody& then, const BranchBody& otherwise);

}  // namespace keraunos
