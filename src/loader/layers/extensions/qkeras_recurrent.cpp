// QKeras 0.9.0 (Keras 2) and qkeras-v3 1.2.1 (Keras 3): recurrent layers and their cells. Weights, and the states that a step
// reads, are quantised; activations are quantisers too.
#include <algorithm>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/cell_step.h"
#include "loader/layers/common/cells.h"
#include "loader/layers/common/used_weight.h"
#include "loader/layers/extensions/qkeras_config.h"
#include "loader/layers/recurrent.h"

namespace keraunos::loader {

std::vector<LayerDef> qkeras_recurrent_layers();

namespace {

using RecurrentKind = RecurrentOptions::Cell;

const std::vector<std::string> kQuantisersOfCell{"kernel_quantizer", "recurrent_quantizer", "bias_quantizer", "state_quantizer"};

int64_t gates_of(RecurrentKind kind) { return kind == RecurrentKind::lstm ? 4 : kind == RecurrentKind::gru ? 3 : 1; }
size_t count_of_states(RecurrentKind kind) { return kind == RecurrentKind::lstm ? 2 : 1; }

// QKeras fits scales to the two kernels, but not to the bias and the states.
std::vector<ChildName> quantisers_of_cell(const Config& config) {
  std::vector<ChildName> children;
  const auto add = [&](const std::string& key, SerialisedLayer layer, bool is_quantiser) {
    if (!layer && is_quantiser && config.has(key)) config.fail(key, "a quantiser of QKeras");
    if (layer) children.push_back({.attribute = key, .aliases = {}, .config = std::move(layer)});
  };
  for (const std::string& key : kQuantisersOfCell) {
    const bool fitted = key == "kernel_quantizer" || key == "recurrent_quantizer";
    add(key, fitted ? qkeras::quantiser_of_weight(config, key) : qkeras::quantiser_in(config, key), true);
  }
  for (const char* key : {"activation", "recurrent_activation"}) add(key, qkeras::quantiser_in(config, key), false);
  return children;
}

std::vector<WeightName> weights_of_cell(const Config& config) {
  std::vector<WeightName> names{{.name = "kernel"}, {.name = "recurrent_kernel"}};
  if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
  return names;
}

Value state_read(Lowering& l, const Traced& state) {
  const Value x = as_computed(l, state.value);
  return l.config().has("state_quantizer") ? l.call_child("state_quantizer", {Arg{Traced{x, {}}}})[0].value : x;
}

// A peculiarity of QKeras 0.9.0: the cell of a QGRU without a recurrent quantiser multiplies the state by the other kernel.
Value recurrent_kernel_of(Lowering& l, RecurrentKind kind, Dim features, Dim units, Dim width) {
  const bool other = kind == RecurrentKind::gru && l.dialect().before(3, 0) && !l.config().has("recurrent_quantizer");
  if (!other) return used_weight(l, "recurrent_kernel", {units, width});
  if (features.size != units.size) l.refuse("has no recurrent quantiser, with which QKeras cannot run it either");
  return l.weight("kernel", {features, width});
}

std::vector<Traced> lower_quantised_cell(Lowering& l, RecurrentKind kind) {
  const Config& config = l.config();
  if (config.number("dropout", 0, RealRange{0, 1}) > 0 || config.number("recurrent_dropout", 0, RealRange{0, 1}) > 0)
    refuse_training(l);
  const Dim units{config.integer("units", Range{1, Range::kMostExtent / 8})}, width{units.size * gates_of(kind)};
  const Value x = as_computed(l, first_input(l).value);
  std::vector<Value> states;
  for (const Traced& state : step_states(l)) states.push_back(state_read(l, state));
  if (states.size() != count_of_states(kind))
    l.refuse("is given " + std::to_string(states.size()) + " states, expected " + std::to_string(count_of_states(kind)));
  StepOperands operands{.projected = l.matmul(x, used_weight(l, "kernel", {l.dim(x, -1), width})),
                        .recurrent_kernel = recurrent_kernel_of(l, kind, l.dim(x, -1), units, width),
                        .reset_after = kind == RecurrentKind::gru && config.flag("reset_after", false)};
  if (config.flag("use_bias", true)) {
    const Value bias = used_weight(l, "bias", operands.reset_after ? Shape{{2}, width} : Shape{width});
    const auto row = [&](int64_t index) { return l.reshape(l.slice_axis(bias, 0, index, 1), {width}); };
    operands.projected = l.add(operands.projected, operands.reset_after ? row(0) : bias);
    if (operands.reset_after) operands.recurrent_bias = row(1);
  }
  std::vector<Traced> results;
  for (const Value v : written_step(l, kind, operands, states)) results.push_back({v, {}});
  return results;
}

LayerDef quantised_cell(const std::string& name, RecurrentKind kind) {
  LayerDef def{.classes = {"qkeras>" + name, name},
               .keys = {"units", "activation", "recurrent_activation", "use_bias", "unit_forget_bias", "dropout",
                        "recurrent_dropout", "implementation", "reset_after", "seed"},
               .weights = weights_of_cell,
               .children = quantisers_of_cell,
               .lower = [kind](Lowering& l) { return lower_quantised_cell(l, kind); },
               .states =
                   [kind](const Config& config) {
                     return std::vector<Dims>(count_of_states(kind), Dims{config.integer("units", Range{1})});
                   }};
  def.keys.insert(kQuantisersOfCell.begin(), kQuantisersOfCell.end());
  return def;
}

LayerDef quantised_layer(const std::string& name, const std::string& cell_name) {
  LayerDef def = over_cell({.layer = name, .cell = name + "Cell", .cell_name = cell_name, .further_keys = kQuantisersOfCell});
  def.classes.insert(def.classes.begin(), "qkeras>" + name);
  def.keys.insert("seed");
  return def;
}

}  // namespace

std::vector<LayerDef> qkeras_recurrent_layers() {
  return {
      quantised_cell("QSimpleRNNCell", RecurrentKind::simple),
      quantised_cell("QLSTMCell", RecurrentKind::lstm),
      quantised_cell("QGRUCell", RecurrentKind::gru),
      quantised_layer("QSimpleRNN", "q_simple_rnn_cell"),
      quantised_layer("QLSTM", "qlstm_cell"),
      quantised_layer("QGRU", "qgru_cell"),
  };
}

}  // namespace keraunos::loader
