// The built-in recurrent cells and stacks of them.
#include "loader/layers/common/cells.h"

#include "host/graph/ops.h"
#include "loader/files/json.h"
#include "loader/layers/common/activations.h"
#include "loader/layers/common/arguments.h"

namespace keraunos::loader {

std::vector<LayerDef> cells_layers();

namespace {

using host::Recurrent;

// Files before Keras 2.1 have no reset_after, and two biases mean it is on.
bool resets_after(const Lowering& l) {
  if (l.config().has("reset_after")) return l.config().flag("reset_after", true);
  return l.has_weight("bias") && l.saved("bias").dims().rank() == 2;
}

Recurrent::Scalar step_activation(const Lowering& l, std::string_view key, std::string_view otherwise) {
  const auto found = scalar_activation(l.config(), l.dialect(), key, otherwise);
  if (!found)
    l.refuse("has an " + std::string(key) + " that is not one function of a number, so that it cannot run at each step");
  return *found;
}

Recurrent recurrence(const Lowering& l, Recurrent::Kind kind, const SequenceCall& call) {
  Recurrent op{.kind = kind,
               .activation = step_activation(l, "activation", "tanh"),
               .go_backwards = call.go_backwards,
               .return_sequences = call.return_sequences,
               .zero_output_for_mask = call.zero_output_for_mask};
  if (kind != Recurrent::simple) op.recurrent_activation = step_activation(l, "recurrent_activation", "sigmoid");
  if (kind == Recurrent::gru) op.reset_after = resets_after(l);
  return op;
}

struct Biases {
  Value input, recurrent;
};

// A GRU with reset_after has two rows of biases: of the input and of the recurrent product.
Biases biases(Lowering& l, const Recurrent& op, Dim width) {
  if (!l.config().flag("use_bias", true)) return {};
  if (op.kind != Recurrent::gru || !op.reset_after) return {.input = l.weight("bias", {width}), .recurrent = {}};
  const Value both = l.weight("bias", {{2}, width});
  const auto row = [&](int64_t index) { return l.reshape(l.slice_axis(both, 0, index, 1), {width}); };
  return {.input = row(0), .recurrent = row(1)};
}

std::vector<Value> run(Lowering& l, Recurrent::Kind kind, const SequenceCall& call) {
  const Recurrent op = recurrence(l, kind, call);
  const Dim units{l.config().integer("units")}, width{units.size * op.gates()};
  const Value x = as_computed(l, call.sequence.value);
  const Biases bias = biases(l, op, width);
  Value projected = l.matmul(x, l.weight("kernel", {l.dim(x, -1), width}));
  if (bias.input) projected = l.add(projected, bias.input);
  const size_t states = kind == Recurrent::lstm ? 2 : 1;
  if (!call.initial_state.empty() && call.initial_state.size() != states) {
    l.refuse("is given " + std::to_string(call.initial_state.size()) + " initial states, expected " + std::to_string(states));
  }
  const auto state = [&](size_t i) {
    return i < call.initial_state.size() ? as_computed(l, call.initial_state[i].value) : Value{};
  };
  const Value operands[] = {projected,      l.weight("recurrent_kernel", {units, width}),
                            bias.recurrent, state(0),
                            state(1),       as_boolean(l, call.sequence.mask)};
  return l.recurrent(op, operands);
}

std::vector<Traced> traced(const std::vector<Value>& values) {
  std::vector<Traced> result;
  for (Value v : values) result.push_back({v, {}});
  return result;
}

// As a layer of its own a cell takes (x, states) and makes one step: a sequence of length 1.
std::vector<Traced> lower_cell(Lowering& l, Recurrent::Kind kind) {
  if (const auto call = sequence_call(l)) return traced(run(l, kind, *call));
  SequenceCall step;
  const std::vector<Traced> inputs = l.inputs();
  step.sequence = {l.expand_dims(inputs[0].value, 1), {}};
  step.initial_state.assign(inputs.begin() + 1, inputs.end());
  if (const Arg* states = argument(l, 1, "states")) step.initial_state = tensors_of(*states);
  return traced(run(l, kind, step));
}

std::vector<Traced> lower_stack(Lowering& l) {
  const auto call = sequence_call(l);
  if (!call) l.refuse("can only run inside an RNN layer");
  if (l.config().flag("reverse_state_order", false)) l.config().fail("reverse_state_order", "false");
  const auto cells = l.config().json()["cells"].items();
  SequenceCall inner = *call;
  std::vector<Traced> states;
  auto next_state = call->initial_state.begin();
  for (size_t i = 0; i < cells.size(); ++i) {
    const bool last = i + 1 == cells.size();
    inner.return_sequences = !last || call->return_sequences;
    inner.zero_output_for_mask = last && call->zero_output_for_mask;
    const auto count = static_cast<ptrdiff_t>(state_sizes(cells[i]).size());
    if (next_state != call->initial_state.end()) {
      if (call->initial_state.end() - next_state < count) l.refuse("is given too few initial states");
      inner.initial_state.assign(next_state, next_state + count);
      next_state += count;
    }
    const std::vector<Traced> results = call_cell(l, "cells/" + std::to_string(i), inner);
    states.insert(states.end(), results.begin() + 1, results.end());
    // What the first cell gives is in the order of processing; from there on time runs forward, and so must the mask.
    const bool turned = inner.go_backwards && inner.sequence.mask;
    inner.sequence = {results[0].value, turned ? l.reverse(inner.sequence.mask, 1) : inner.sequence.mask};
    inner.go_backwards = false;
  }
  std::vector<Traced> results{{inner.sequence.value, {}}};
  results.insert(results.end(), states.begin(), states.end());
  return results;
}

std::vector<ChildName> stacked_cells(const Config& config) {
  std::vector<ChildName> children;
  for (const files::Json& cell : config.json()["cells"].items()) {
    children.push_back({.attribute = "cells/" + std::to_string(children.size()),
                        .aliases = {},
                        .config = std::make_shared<const files::Json>(cell)});
  }
  return children;
}

std::vector<WeightName> cell_weights(const Config& config) {
  std::vector<WeightName> names{{.name = "kernel"}, {.name = "recurrent_kernel"}};
  if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
  return names;
}

LayerDef cell(std::string name, Recurrent::Kind kind) {
  return {.classes = {std::move(name)},
          .keys = {"units", "activation", "recurrent_activation", "use_bias", "unit_forget_bias", "dropout", "recurrent_dropout",
                   "implementation", "reset_after"},
          .weights = cell_weights,
          .children = {},
          .lower = [kind](Lowering& l) { return lower_cell(l, kind); }};
}

}  // namespace

std::vector<LayerDef> cells_layers() {
  return {
      cell("SimpleRNNCell", Recurrent::simple),
      cell("GRUCell", Recurrent::gru),
      cell("LSTMCell", Recurrent::lstm),
      {.classes = {"StackedRNNCells"},
       .keys = {"cells", "reverse_state_order"},
       .weights = {},
       .children = stacked_cells,
       .lower = lower_stack},
  };
}

}  // namespace keraunos::loader
