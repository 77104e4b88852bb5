// RNN over any cell: a Loop whose body is one call of the cell, and around it what RNN itself does at each step, which is the
// mask.
#include "host/graph/graph.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/cells.h"
#include "loader/layers/common/inner_graph.h"

namespace keraunos::loader {
namespace {

Shape with_batch(Dim batch, const Dims& sizes) {
  Shape shape{batch};
  for (int64_t size : sizes) shape.push_back({size});
  return shape;
}

Value zeros(Lowering& l, DType type, const Shape& shape) { return l.broadcast_to(l.scalar(0, type), shape); }

std::vector<Value> states_at_first(Lowering& l, std::string_view child, const SequenceCall& call) {
  const std::vector<Dims> sizes = l.child_states(child);
  if (sizes.empty()) {
    l.refuse("runs a cell of class " + l.child_class(child) +
             ", which states no sizes of states; name them in LayerDef::states where you register it");
  }
  if (!call.initial_state.empty() && call.initial_state.size() != sizes.size()) {
    l.refuse("is given " + std::to_string(call.initial_state.size()) + " initial states, expected " +
             std::to_string(sizes.size()));
  }
  std::vector<Value> states;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const Shape shape = with_batch(l.dim(call.sequence.value, 0), sizes[i]);
    if (call.initial_state.empty()) {
      states.push_back(zeros(l, l.compute_dtype(), shape));
      continue;
    }
    states.push_back(as_computed(l, call.initial_state[i].value));
    if (l.shape(states.back()) != shape) {
      l.refuse("is given the initial state " + l.dims(states.back()).to_string() + ", expected " +
               host::dims_of(shape).to_string());
    }
  }
  return states;
}

// A masked step keeps what was before; `mask` (N) stands for all that belongs to a row.
Value kept_where_masked(Lowering& l, Value mask, Value after, Value before) {
  if (!mask) return after;
  Shape column(static_cast<size_t>(l.rank(after)), Dim{1});
  column[0] = l.dim(mask, 0);
  return l.select(l.reshape(mask, column), after, before);
}

// What the cell makes of one step, checked against what RNN expects of a cell.
std::vector<Value> called(Lowering& l, std::string_view child, Value x, const std::vector<Value>& states) {
  std::vector<Traced> given;
  for (Value state : states) given.push_back({state, {}});
  std::vector<Value> results;
  for (const Traced& result : l.call_child(child, {Arg{Traced{x, {}}}, list_of(given)})) results.push_back(result.value);
  if (results.size() != states.size() + 1) {
    l.refuse("runs a cell of class " + l.child_class(child) + ", which gives " + std::to_string(results.size()) +
             " values at a step, expected its output and " + std::to_string(states.size()) + " states");
  }
  for (size_t i = 0; i < states.size(); ++i) {
    results[i + 1] = l.cast(results[i + 1], l.dtype(states[i]));
    if (l.shape(results[i + 1]) != l.shape(states[i])) {
      l.refuse("runs a cell of class " + l.child_class(child) + ", whose state " + std::to_string(i) + " becomes " +
               l.dims(results[i + 1]).to_string() + ", expected " + l.dims(states[i]).to_string());
    }
  }
  return results;
}

// Inputs: the output before, the states, x, the mask; outputs: the output, the states, and the output again to be stacked.
void write_step(Lowering& l, host::Graph& body, std::string_view child, const SequenceCall& call,
                const std::vector<Value>& states, const host::Graph& outside) {
  std::vector<Value> before;
  for (Value state : states) before.push_back(stand_in(body, outside.info(state), false));
  const Value x = stand_in(body, outside.info(call.sequence.value), true);
  const Value mask = call.sequence.mask ? stand_in(body, outside.info(call.sequence.mask), true) : Value{};
  std::vector<Value> after = called(l, child, x, before);
  before.insert(before.begin(), stand_in(body, body.info(after[0]), false));
  const Value masked_output = call.zero_output_for_mask ? zeros(l, l.dtype(after[0]), l.shape(after[0])) : before[0];
  after[0] = kept_where_masked(l, mask, after[0], masked_output);
  for (size_t i = 1; i < after.size(); ++i) after[i] = kept_where_masked(l, mask, after[i], before[i]);
  body.inputs = before;
  body.inputs.push_back(x);
  if (mask) body.inputs.push_back(mask);
  body.outputs = after;
  if (call.return_sequences) body.outputs.push_back(after[0]);
  if (!body.states.empty()) l.refuse("runs a cell with a stateful layer inside");
}

}  // namespace

std::vector<Traced> loop_over_cell(Lowering& l, std::string_view child, const SequenceCall& given) {
  SequenceCall call = given;
  call.sequence.mask = as_boolean(l, call.sequence.mask);
  if (l.dim(call.sequence.value, 1).size == 0) l.refuse("is given a sequence without steps");
  if (call.sequence.mask && l.rank(call.sequence.mask) != 2)
    l.refuse("needs a mask of shape (batch, time), found " + l.dims(call.sequence.mask).to_string());
  const std::vector<Value> states = states_at_first(l, child, call);
  const auto body = std::make_shared<host::Graph>();
  within(l, *body, [&, &outside = host::graph_of(l)] { write_step(l, *body, child, call, states, outside); });

  const host::ValueInfo output = body->info(body->outputs[0]);
  std::vector<Value> operands{zeros(l, output.dtype, output.shape)};
  std::vector<host::ValueInfo> results{{.shape = output.shape, .dtype = output.dtype}};
  for (Value state : states) results.push_back({.shape = l.shape(state), .dtype = l.dtype(state)});
  if (call.return_sequences) {
    results.push_back(results[0]);
    results.back().shape.insert(results.back().shape.begin() + 1, l.dim(call.sequence.value, 1));
  }
  operands.insert(operands.end(), states.begin(), states.end());
  operands.push_back(call.sequence.value);
  if (call.sequence.mask) operands.push_back(call.sequence.mask);
  const host::Loop loop{.body = body,
                        .carried = static_cast<int>(states.size()) + 1,
                        .sliced = call.sequence.mask ? 2 : 1,
                        .stacked = call.return_sequences ? 1 : 0,
                        .backwards = call.go_backwards};
  const std::vector<Value> out = host::graph_of(l).add(loop, std::move(operands), std::move(results));
  std::vector<Traced> traced{{call.return_sequences ? out.back() : out[0], {}}};
  for (size_t i = 1; i <= states.size(); ++i) traced.push_back({out[i], {}});
  return traced;
}

}  // namespace keraunos::loader
