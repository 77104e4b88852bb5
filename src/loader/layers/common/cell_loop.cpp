// RNN over any cell: a Loop whose body is one call of the cell and RNN's own work in each step, the masking.
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

std::vector<Shape> shapes_of_states(Lowering& l, std::string_view child, const SequenceCall& call) {
  std::vector<Shape> shapes;
  for (const Dims& sizes : l.child_states(child)) shapes.push_back(with_batch(l.dim(call.sequence.value, 0), sizes));
  if (shapes.empty()) {
    l.refuse("runs a cell of class " + l.child_class(child) +
             ", which states no sizes of states; name them in LayerDef::states where you register it");
  }
  return shapes;
}

// Absent states are zeros.
std::vector<Value> states_at_first(Lowering& l, const std::vector<Shape>& shapes, const SequenceCall& call) {
  if (!call.initial_state.empty() && call.initial_state.size() != shapes.size()) {
    l.refuse("is given " + std::to_string(call.initial_state.size()) + " initial states, expected " +
             std::to_string(shapes.size()));
  }
  std::vector<Value> states;
  for (size_t i = 0; i < call.initial_state.size(); ++i) {
    states.push_back(as_computed(l, call.initial_state[i].value));
    if (l.shape(states.back()) != shapes[i]) {
      l.refuse("is given the initial state " + l.dims(states.back()).to_string() + ", expected " +
               host::dims_of(shapes[i]).to_string());
    }
  }
  return states;
}

// A masked step keeps the previous value. An element of `mask` (N, …) stands for all values at its index: a row, or a pixel where
// Masking was applied to images.
Value kept_where_masked(Lowering& l, Value mask, Value after, Value before) {
  if (!mask) return after;
  Shape whole = l.shape(mask);
  bool fits = l.rank(mask) <= l.rank(after);
  for (int axis = 1; fits && axis < l.rank(mask); ++axis)
    fits = l.dim(mask, axis).size == 1 || l.dim(mask, axis) == l.dim(after, axis);
  if (!fits) {
    l.refuse("has a mask of shape " + l.dims(mask).to_string() +
             " at each step, which does not fit outputs and states of shape " + l.dims(after).to_string());
  }
  whole.resize(static_cast<size_t>(l.rank(after)), Dim{1});
  return l.select(l.reshape(mask, whole), after, before);
}

// Calls the cell for one step and checks its results against RNN's requirements.
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

// One step of the cell, with RNN's masking. The output is carried where a later step or the layer needs it.
void write_step(Lowering& l, host::LoopWriter& loop, const CellStep& step, const SequenceCall& call,
                const std::vector<Shape>& shapes, const std::vector<Value>& initial) {
  std::vector<Value> before;
  for (size_t i = 0; i < shapes.size(); ++i)
    before.push_back(initial.empty() ? loop.carry_zeros(shapes[i], l.compute_dtype()) : loop.carry(initial[i]));
  const Value x = loop.slice(call.sequence.value), mask = call.sequence.mask ? loop.slice(call.sequence.mask) : Value{};
  const std::vector<Value> after = step(x, before);
  const bool repeats = mask && !call.zero_output_for_mask;
  Value output = after[0], output_before;
  if (repeats || !call.return_sequences) output_before = loop.carry_zeros(l.shape(output), l.dtype(output));
  output = kept_where_masked(l, mask, output, repeats || !mask ? output_before : zeros(l, l.dtype(output), l.shape(output)));
  if (output_before) loop.next(output_before, output);
  for (size_t i = 0; i < before.size(); ++i) loop.next(before[i], kept_where_masked(l, mask, after[i + 1], before[i]));
  if (call.return_sequences) loop.stack(output);
  if (!host::graph_of(l).states.empty()) l.refuse("runs a cell with a stateful layer inside");
}

}  // namespace

std::vector<Traced> loop_over_cell(Lowering& l, std::string_view child, const SequenceCall& call) {
  return loop_over_steps(l, call, shapes_of_states(l, child, call),
                         [&](Value x, const std::vector<Value>& states) { return called(l, child, x, states); });
}

std::vector<Traced> loop_over_steps(Lowering& l, const SequenceCall& given, const std::vector<Shape>& shapes,
                                    const CellStep& step) {
  SequenceCall call = given;
  call.sequence.mask = as_boolean(l, call.sequence.mask);
  if (l.dim(call.sequence.value, 1).size == 0) l.refuse("is given a sequence without steps");
  if (call.sequence.mask && l.rank(call.sequence.mask) < 2)
    l.refuse("needs a mask of shape (batch, time), found " + l.dims(call.sequence.mask).to_string());
  const std::vector<Value> states = states_at_first(l, shapes, call);
  host::LoopWriter loop = loop_writer(l, {.axis = 1, .backwards = call.go_backwards});
  const host::LoopWriter::Results results = loop.write([&] { write_step(l, loop, step, call, shapes, states); });
  std::vector<Traced> traced{{call.return_sequences ? results.stacked[0] : results.carried.back(), {}}};
  for (size_t i = 0; i < shapes.size(); ++i) traced.push_back({results.carried[i], {}});
  return traced;
}

}  // namespace keraunos::loader
