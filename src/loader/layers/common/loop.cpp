// Lowering::loop: a Loop with a body that a layer writes.
#include "loader/layers/common/loop.h"

#include "loader/layers/common/inner_graph.h"

namespace keraunos::loader {

namespace {

host::Within within_of(Lowering& l) {
  return [&l](host::Graph& graph, const std::function<void()>& work) { within(l, graph, work); };
}

}  // namespace

host::LoopWriter loop_writer(Lowering& l, host::LoopOptions options) { return {l, within_of(l), options}; }

std::vector<Value> write_branch(Lowering& l, Value condition, std::span<const Value> operands, const host::BranchBody& then,
                                const host::BranchBody& otherwise) {
  return host::write_branch(l, within_of(l), condition, operands, then, otherwise);
}

namespace {

void check_sequences(const Lowering& l, const LoopOperands& operands) {
  if (operands.sequences.empty()) l.refuse("writes a loop over no sequence");
  for (const Value sequence : operands.sequences) {
    if (l.rank(sequence) < 2)
      l.refuse("writes a loop over a tensor " + l.dims(sequence).to_string() + " without an axis of steps");
    if (l.dim(sequence, 1) != l.dim(operands.sequences[0], 1))
      l.refuse("writes a loop over sequences of " + std::to_string(l.dim(operands.sequences[0], 1).size) + " and " +
               std::to_string(l.dim(sequence, 1).size) + " steps");
  }
  if (l.dim(operands.sequences[0], 1).size == 0) l.refuse("is given a sequence without steps");
}

// Carried values must keep their types from step to step. Where shapes depend on data the extents may differ.
void check_carried(const Lowering& l, const std::vector<Value>& before, const std::vector<Value>& after, bool any_extents) {
  if (after.size() != before.size())
    l.refuse("writes a loop that carries " + std::to_string(before.size()) + " values and a step that returns " +
             std::to_string(after.size()));
  for (size_t i = 0; i < before.size(); ++i) {
    const bool fits = any_extents ? l.rank(after[i]) == l.rank(before[i]) : l.shape(after[i]) == l.shape(before[i]);
    if (fits && l.dtype(after[i]) == l.dtype(before[i])) continue;
    l.refuse("writes a loop whose carried value " + std::to_string(i) + " becomes " + l.dims(after[i]).to_string() + ' ' +
             std::string(name_of(l.dtype(after[i]))) + ", expected " + l.dims(before[i]).to_string() + ' ' +
             std::string(name_of(l.dtype(before[i]))));
  }
}

}  // namespace

LoopResults write_loop(Lowering& l, const LoopOperands& operands, const std::function<LoopResults(const LoopStep&)>& step) {
  check_sequences(l, operands);
  host::LoopWriter loop = loop_writer(l, {.axis = 1, .backwards = operands.backwards});
  const host::LoopWriter::Results results = loop.write([&] {
    LoopStep inside;
    for (const Value v : operands.carried) inside.carried.push_back(loop.carry(v));
    for (const Value v : operands.sequences) inside.slices.push_back(loop.slice(v));
    for (const Value v : operands.captured) inside.captured.push_back(loop.capture(v));
    const LoopResults given = step(inside);
    check_carried(l, inside.carried, given.carried, loop.is_in_turns());
    for (size_t i = 0; i < given.carried.size(); ++i) loop.next(inside.carried[i], given.carried[i]);
    for (const Value v : given.stacked) loop.stack(v);
    if (!host::graph_of(l).states.empty()) l.refuse("writes a loop with a stateful layer inside");
  });
  return {.carried = results.carried, .stacked = results.stacked};
}

}  // namespace keraunos::loader
