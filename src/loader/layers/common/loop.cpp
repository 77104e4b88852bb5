// Lowering::loop: a Loop whose body a layer writes.
#include "loader/layers/common/loop.h"

#include "loader/layers/common/inner_graph.h"

namespace keraunos::loader {

Value stand_in(host::Graph& body, const host::ValueInfo& outside, bool step) {
  host::ValueInfo info{.shape = outside.shape, .dtype = outside.dtype};
  if (step) info.shape.erase(info.shape.begin() + 1);
  return body.add_value(std::move(info));
}

namespace {

Dim steps_of(const Lowering& l, const LoopOperands& operands) {
  if (operands.sequences.empty()) l.refuse("writes a loop over no sequence");
  for (const Value sequence : operands.sequences) {
    if (l.rank(sequence) < 2)
      l.refuse("writes a loop over a tensor " + l.dims(sequence).to_string() + " without an axis of steps");
    if (l.dim(sequence, 1) != l.dim(operands.sequences[0], 1))
      l.refuse("writes a loop over sequences of " + std::to_string(l.dim(operands.sequences[0], 1).size) + " and " +
               std::to_string(l.dim(sequence, 1).size) + " steps");
  }
  const Dim steps = l.dim(operands.sequences[0], 1);
  if (steps.size == 0) l.refuse("is given a sequence without steps");
  return steps;
}

std::vector<Value> stand_ins(host::Graph& body, const host::Graph& outside, const std::vector<Value>& values, bool step) {
  std::vector<Value> inside;
  for (const Value value : values) inside.push_back(stand_in(body, outside.info(value), step));
  return inside;
}

void append(std::vector<Value>& values, const std::vector<Value>& more) { values.insert(values.end(), more.begin(), more.end()); }

// The next step gets what this one got, of the same types.
void check_carried(const Lowering& l, const std::vector<Value>& before, const std::vector<Value>& after) {
  if (after.size() != before.size())
    l.refuse("writes a loop that carries " + std::to_string(before.size()) + " values and a step that gives " +
             std::to_string(after.size()));
  for (size_t i = 0; i < before.size(); ++i) {
    if (l.shape(after[i]) == l.shape(before[i]) && l.dtype(after[i]) == l.dtype(before[i])) continue;
    l.refuse("writes a loop whose carried value " + std::to_string(i) + " becomes " + l.dims(after[i]).to_string() + ' ' +
             std::string(name_of(l.dtype(after[i]))) + ", expected " + l.dims(before[i]).to_string() + ' ' +
             std::string(name_of(l.dtype(before[i]))));
  }
}

}  // namespace

LoopResults write_loop(Lowering& l, const LoopOperands& operands, const std::function<LoopResults(const LoopStep&)>& step) {
  const Dim steps = steps_of(l, operands);
  const auto body = std::make_shared<host::Graph>();
  size_t stacked = 0;
  within(l, *body, [&, &outside = host::graph_of(l)] {
    const LoopStep inside{.carried = stand_ins(*body, outside, operands.carried, false),
                          .slices = stand_ins(*body, outside, operands.sequences, true),
                          .captured = stand_ins(*body, outside, operands.captured, false)};
    for (const auto* values : {&inside.carried, &inside.slices, &inside.captured}) append(body->inputs, *values);
    const LoopResults given = step(inside);
    check_carried(l, inside.carried, given.carried);
    stacked = given.stacked.size();
    for (const auto* values : {&given.carried, &given.stacked}) append(body->outputs, *values);
    if (!body->states.empty()) l.refuse("writes a loop with a stateful layer inside");
  });
  std::vector<host::ValueInfo> results;
  for (size_t i = 0; i < body->outputs.size(); ++i) {
    const host::ValueInfo& info = body->info(body->outputs[i]);
    results.push_back({.shape = info.shape, .dtype = info.dtype});
    if (i >= operands.carried.size()) results.back().shape.insert(results.back().shape.begin() + 1, steps);
  }
  std::vector<Value> in = operands.carried;
  append(in, operands.sequences);
  append(in, operands.captured);
  const std::vector<Value> out = host::graph_of(l).add(host::Loop{.body = body,
                                                                  .carried = static_cast<int>(operands.carried.size()),
                                                                  .sliced = static_cast<int>(operands.sequences.size()),
                                                                  .stacked = static_cast<int>(stacked),
                                                                  .backwards = operands.backwards},
                                                       std::move(in), std::move(results));
  const auto middle = out.begin() + static_cast<ptrdiff_t>(operands.carried.size());
  return {.carried = {out.begin(), middle}, .stacked = {middle, out.end()}};
}

}  // namespace keraunos::loader
