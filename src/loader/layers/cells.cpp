// The built-in recurrent cells and stacks of them.
#include "loader/layers/common/cells.h"

#include <algorithm>
#include <array>

#include "loader/files/json.h"
#include "loader/layers/common/activations.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/cell_step.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/common/gate_slope.h"
#include "loader/layers/common/stored_weights.h"

namespace keraunos::loader {

std::vector<LayerDef> cells_layers();

namespace {

using Cell = RecurrentOptions::Cell;

// Files before Keras 2.1 have no reset_after; two biases mean that it is on.
bool resets_after(const Lowering& l) {
  if (!l.config().is_missing("reset_after")) return l.config().flag("reset_after", true);
  return l.has_weight("bias") && l.saved("bias").dims().rank() == 2;
}

bool scalar(const Lowering& l, std::string_view key, std::string_view otherwise) {
  return scalar_activation(l.config(), l.dialect(), key, otherwise).has_value();
}

bool has_scalar_activations(const Lowering& l, Cell kind) {
  return scalar(l, "activation", "tanh") && (kind == Cell::simple || scalar(l, "recurrent_activation", "sigmoid"));
}

RecurrentOptions recurrence(const Lowering& l, Cell kind, const SequenceCall& call) {
  RecurrentOptions op{.cell = kind,
                      .activation = *scalar_activation(l.config(), l.dialect(), "activation", "tanh"),
                      .go_backwards = call.go_backwards,
                      .return_sequences = call.return_sequences,
                      .zero_output_for_mask = call.zero_output_for_mask};
  if (kind != Cell::simple) {
    op.recurrent_activation = *scalar_activation(l.config(), l.dialect(), "recurrent_activation", "sigmoid");
  }
  if (kind == Cell::gru) op.reset_after = resets_after(l);
  return op;
}

struct Biases {
  Value input, recurrent;
};

// A GRU with reset_after has two rows of biases: for the input and for the recurrent product.
Biases biases(Lowering& l, Cell kind, Dim width) {
  if (!l.config().flag("use_bias", true)) return {};
  if (kind != Cell::gru || !resets_after(l)) return {.input = l.weight("bias", {width}), .recurrent = {}};
  const Value both = l.weight("bias", {{2}, width});
  const auto row = [&](int64_t index) { return l.reshape(l.slice_axis(both, 0, index, 1), {width}); };
  return {.input = row(0), .recurrent = row(1)};
}

int gates(Cell kind) { return kind == Cell::lstm ? 4 : kind == Cell::gru ? 3 : 1; }
size_t states_of(Cell kind) { return kind == Cell::lstm ? 2 : 1; }

// x·kernel + bias, for one step or for all steps.
Value projected(Lowering& l, Value x, Value bias, Dim width) {
  const Value product = l.matmul(as_computed(l, x), l.weight("kernel", {l.dim(x, -1), width}));
  return bias ? l.add(product, bias) : product;
}

void check_states(const Lowering& l, Cell kind, const std::vector<Traced>& given) {
  if (given.size() == states_of(kind)) return;
  l.refuse("is given " + std::to_string(given.size()) + " states, expected " + std::to_string(states_of(kind)));
}

std::vector<Value> run(Lowering& l, Cell kind, const SequenceCall& call) {
  const RecurrentOptions op = recurrence(l, kind, call);
  const Dim units{l.config().integer("units", Range{1})}, width{units.size * gates(kind)};
  if (l.rank(call.sequence.value) != 3)
    l.refuse("needs a sequence of rank 3 (batch, time, features), found " + l.dims(call.sequence.value).to_string());
  const Biases bias = biases(l, kind, width);
  const Value x = projected(l, call.sequence.value, bias.input, width);
  if (!call.initial_state.empty()) check_states(l, kind, call.initial_state);
  const auto state = [&](size_t i) {
    return i < call.initial_state.size() ? as_computed(l, call.initial_state[i].value) : Value{};
  };
  return l.recurrent(op, {.projected = x,
                          .recurrent_kernel = l.weight("recurrent_kernel", {units, width}),
                          .recurrent_bias = bias.recurrent,
                          .state = state(0),
                          .cell_state = state(1),
                          .mask = as_boolean(l, call.sequence.mask)});
}

std::vector<Traced> traced(const std::vector<Value>& values) {
  std::vector<Traced> result;
  for (Value v : values) result.push_back({v, {}});
  return result;
}

// Called as a layer, a cell takes (x, states) and computes one step: as a sequence of length 1, or as single operations.
std::vector<Traced> lower_cell(Lowering& l, Cell kind) {
  if (l.config().number("dropout", 0, RealRange{}) > 0 || l.config().number("recurrent_dropout", 0, RealRange{}) > 0)
    refuse_training(l);
  if (const auto call = sequence_call(l)) return traced(run(l, kind, *call));
  const Value x = first_input(l).value;
  const std::vector<Traced> states = step_states(l);
  if (has_scalar_activations(l, kind)) {
    return traced(run(l, kind, {.sequence = {l.expand_dims(x, 1), {}}, .initial_state = states}));
  }
  check_states(l, kind, states);
  const Dim width{l.config().integer("units", Range{1}) * gates(kind)};
  const Biases bias = biases(l, kind, width);
  std::vector<Value> before;
  for (const Traced& state : states) before.push_back(as_computed(l, state.value));
  return traced(written_step(l, kind,
                             {.projected = projected(l, x, bias.input, width),
                              .recurrent_kernel = l.weight("recurrent_kernel", {{width.size / gates(kind)}, width}),
                              .recurrent_bias = bias.recurrent,
                              .reset_after = kind == Cell::gru && resets_after(l)},
                             before));
}

// One step of a stack: each cell's output is the next cell's input.
std::vector<Traced> step_through_stack(Lowering& l) {
  const auto cells = static_cast<size_t>(l.config().json()["cells"].size());
  std::vector<Traced> left = step_states(l), states;
  Traced x = first_input(l);
  for (size_t i = 0; i < cells; ++i) {
    const std::string cell = "cells/" + std::to_string(i);
    const size_t count = l.child_states(cell).size();
    if (count > left.size()) l.refuse("is given too few states");
    const auto end = left.begin() + static_cast<ptrdiff_t>(count);
    const std::vector<Traced> results = l.call_child(cell, {Arg{x}, list_of({left.begin(), end})});
    left.erase(left.begin(), end);
    states.insert(states.end(), results.begin() + 1, results.end());
    x = results[0];
  }
  states.insert(states.begin(), x);
  return states;
}

std::vector<Traced> lower_stack(Lowering& l) {
  const auto call = sequence_call(l);
  if (l.config().flag("reverse_state_order", false)) l.config().fail("reverse_state_order", "false");
  if (!call) return step_through_stack(l);
  const auto cells = l.config().json()["cells"].items();
  SequenceCall inner = *call;
  std::vector<Traced> states;
  auto next_state = call->initial_state.begin();
  for (size_t i = 0; i < cells.size(); ++i) {
    const bool last = i + 1 == cells.size();
    inner.return_sequences = !last || call->return_sequences;
    inner.zero_output_for_mask = last && call->zero_output_for_mask;
    const auto count = static_cast<ptrdiff_t>(l.child_states("cells/" + std::to_string(i)).size());
    if (next_state != call->initial_state.end()) {
      if (call->initial_state.end() - next_state < count) l.refuse("is given too few initial states");
      inner.initial_state.assign(next_state, next_state + count);
      next_state += count;
    }
    const std::vector<Traced> results = call_cell(l, "cells/" + std::to_string(i), inner);
    states.insert(states.end(), results.begin() + 1, results.end());
    // The first cell's results are in the order of processing; later cells run forward, so the mask must be reversed too.
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
  for (const SerialisedLayer& cell : config.layers("cells"))
    children.push_back({.attribute = "cells/" + std::to_string(children.size()), .aliases = {}, .config = cell});
  return children;
}

std::vector<WeightName> cell_weights(const Config& config) {
  std::vector<WeightName> names{{.name = "kernel"}, {.name = "recurrent_kernel"}};
  if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
  return names;
}

std::vector<Dims> cell_states(const Config& config, Cell kind) {
  return std::vector<Dims>(states_of(kind), Dims{config.integer("units", Range{1})});
}

// True where a Recurrent operation can apply the activations.
bool takes_whole_sequence(const Config& config, const Dialect& dialect, Cell kind) {
  return scalar_activation(config, dialect, "activation", "tanh") &&
         (kind == Cell::simple || scalar_activation(config, dialect, "recurrent_activation", "sigmoid"));
}

// True where this holds for all of its cells.
bool stack_takes_whole_sequence(const Config& config, const Dialect& dialect) {
  const auto cells = config.json()["cells"].items();
  return std::all_of(cells.begin(), cells.end(), [&](const files::Json& cell) {
    const LayerTraits& traits = traits_of(cell["class_name"].as_string());
    return traits.takes_whole_sequence && traits.takes_whole_sequence({cell["config"], config.where()}, dialect);
  });
}

// i, f, c, o: the candidate c uses the other activation.
void lstm_to_keras3(const Config& config, StoredWeights weights) {
  steepen_gates(config, weights, 4, std::array<size_t, 3>{0, 1, 3});
}
// z, r, h.
void gru_to_keras3(const Config& config, StoredWeights weights) {
  steepen_gates(config, weights, 3, std::array<size_t, 2>{0, 1});
}

LayerTraits traits_of_cell(Cell kind) {
  LayerTraits traits{.takes_whole_sequence = [kind](const Config& config, const Dialect& dialect) {
    return takes_whole_sequence(config, dialect, kind);
  }};
  if (kind == Cell::lstm) traits.weights_to_keras3 = lstm_to_keras3;
  if (kind == Cell::gru) traits.weights_to_keras3 = gru_to_keras3;
  if (kind == Cell::lstm) traits.keras1_gates = kKeras1GatesOfLstm, traits.convert_weights = convert_lstm;
  if (kind == Cell::gru) traits.keras1_gates = {0, 1, 2}, traits.convert_weights = convert_gru;
  return traits;
}

LayerDef cell(std::string name, Cell kind) {
  return {.classes = {std::move(name)},
          .keys = {"units", "activation", "recurrent_activation", "use_bias", "unit_forget_bias", "dropout", "recurrent_dropout",
                   "implementation", "reset_after"},
          .weights = cell_weights,
          .children = {},
          .lower = [kind](Lowering& l) { return lower_cell(l, kind); },
          .states = [kind](const Config& config) { return cell_states(config, kind); },
          .traits = std::make_shared<const LayerTraits>(traits_of_cell(kind))};
}

}  // namespace

std::vector<LayerDef> cells_layers() {
  return {
      cell("SimpleRNNCell", Cell::simple),
      cell("GRUCell", Cell::gru),
      cell("LSTMCell", Cell::lstm),
      {.classes = {"StackedRNNCells"},
       .keys = {"cells", "reverse_state_order"},
       .weights = {},
       .children = stacked_cells,
       .lower = lower_stack,
       .traits = std::make_shared<const LayerTraits>(
           LayerTraits{.config_to_keras3 = [](files::Json& config) { drop_keys(config, {"reverse_state_order"}); },
                       .takes_whole_sequence = stack_takes_whole_sequence})},
  };
}

}  // namespace keraunos::loader
