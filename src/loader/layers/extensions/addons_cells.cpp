// TensorFlow Addons 0.23.0 (Keras 2): recurrent cells for Keras's RNN, and the layer ESN, which is an RNN.
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/cells.h"
#include "loader/layers/extensions/keras_hub/hub.h"
#include "loader/layers/table.h"

namespace keraunos::loader {

std::vector<LayerDef> addons_cells_layers();

namespace {

const std::set<std::string> kLstmKeys{"units",   "activation",        "recurrent_activation", "use_bias", "unit_forget_bias",
                                      "dropout", "recurrent_dropout", "implementation"};

Dim units_of(const Config& config) { return {config.integer("units", Range{1, Range::kMostExtent / 8})}; }

Value part_of_gates(Lowering& l, Value all, int64_t index, Dim units) {
  return l.slice_axis(all, -1, index * units.size, units.size);
}

// The input and the states of one step.
struct CellCall {
  Value x;
  std::vector<Value> states;
};

CellCall cell_call(Lowering& l, size_t count) {
  const Config& c = l.config();
  if (c.number("dropout", 0, RealRange{0, 1}) > 0 || c.number("recurrent_dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  CellCall call{.x = as_computed(l, first_input(l).value), .states = {}};
  for (const Traced& state : step_states(l)) call.states.push_back(as_computed(l, state.value));
  if (call.states.size() != count)
    l.refuse("is given " + std::to_string(call.states.size()) + " states, expected " + std::to_string(count));
  return call;
}

Value biased(Lowering& l, Value x, Dim width) {
  return l.config().flag("use_bias", true) ? l.add(x, l.weight("bias", {width})) : x;
}

std::vector<WeightName> weights_of_step(const Config& config) {
  std::vector<WeightName> names{{.name = "kernel"}, {.name = "recurrent_kernel"}};
  if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
  return names;
}

std::vector<WeightName> weights_of_peephole(const Config& config) {
  std::vector<WeightName> names = weights_of_step(config);
  for (const char* gate : {"input", "forget", "output"}) names.push_back({.name = std::string(gate) + "_gate_peephole_weights"});
  return names;
}

// The gates use the old cell state, the output gate uses the new one.
std::vector<Traced> lower_peephole(Lowering& l) {
  const Dim units = units_of(l.config()), width{4 * units.size};
  const CellCall call = cell_call(l, 2);
  const Value h = call.states[0], c = call.states[1];
  const Value given = l.matmul(call.x, l.weight("kernel", {l.dim(call.x, -1), width}));
  const Value z = biased(l, l.add(given, l.matmul(h, l.weight("recurrent_kernel", {units, width}))), width);
  const auto gate = [&](int64_t index, const char* name, Value carry) {
    const Value peephole = l.multiply(l.weight(std::string(name) + "_gate_peephole_weights", {units}), carry);
    return l.activated(l.add(part_of_gates(l, z, index, units), peephole), "recurrent_activation");
  };
  const Value candidate = l.multiply(gate(0, "input", c), l.activated(part_of_gates(l, z, 2, units)));
  const Value carry = l.add(l.multiply(gate(1, "forget", c), c), candidate);
  const Value y = l.multiply(gate(3, "output", carry), l.activated(carry));
  return {{y, {}}, {y, {}}, {carry, {}}};
}

std::vector<ChildName> norms_of_lstm(const Config& config) {
  const double epsilon = config.number("norm_epsilon", 1e-3, RealRange{0, 1});
  return {hub_layer_norm(config, "kernel_norm", epsilon), hub_layer_norm(config, "recurrent_norm", epsilon),
          hub_layer_norm(config, "state_norm", epsilon)};
}

std::vector<Traced> lower_normed_lstm(Lowering& l) {
  const Dim units = units_of(l.config()), width{4 * units.size};
  const CellCall call = cell_call(l, 2);
  const Value h = call.states[0], c = call.states[1];
  const Value given = call_part(l, "kernel_norm", l.matmul(call.x, l.weight("kernel", {l.dim(call.x, -1), width})));
  const Value kept = call_part(l, "recurrent_norm", l.matmul(h, l.weight("recurrent_kernel", {units, width})));
  const Value z = biased(l, l.add(given, kept), width);
  const auto gate = [&](int64_t index) { return l.activated(part_of_gates(l, z, index, units), "recurrent_activation"); };
  const Value candidate = l.multiply(gate(0), l.activated(part_of_gates(l, z, 2, units)));
  const Value carry = call_part(l, "state_norm", l.add(l.multiply(gate(1), c), candidate));
  const Value y = l.multiply(gate(3), l.activated(carry));
  return {{y, {}}, {y, {}}, {carry, {}}};
}

std::vector<ChildName> norm_of_simple(const Config& config) {
  return {hub_part(config, "LayerNormalization", "layernorm",
                   {{"epsilon", config.number("layernorm_epsilon", 1e-5, RealRange{0, 1})}, {"center", false}})};
}

std::vector<Traced> lower_normed_simple(Lowering& l) {
  const Dim units = units_of(l.config());
  const CellCall call = cell_call(l, 1);
  const Value given = l.matmul(call.x, l.weight("kernel", {l.dim(call.x, -1), units}));
  const Value z = l.add(given, l.matmul(call.states[0], l.weight("recurrent_kernel", {units, units})));
  const Value y = l.activated(biased(l, call_part(l, "layernorm", z), units));
  return {{y, {}}, {y, {}}};
}

std::vector<WeightName> weights_of_nas(const Config& config) {
  std::vector<WeightName> names{{.name = "recurrent_kernel"}, {.name = "kernel"}};
  if (config.flag("use_bias", false)) names.push_back({.name = "bias"});
  if (config.has("projection")) names.push_back({.name = "projection_weights"});
  return names;
}

int64_t width_of_nas(const Config& config) {
  return config.has("projection") ? config.integer("projection", Range{1}) : units_of(config).size;
}

// Combines eight pairs of products in a binary tree.
std::vector<Traced> lower_nas(Lowering& l) {
  const Config& c = l.config();
  const Dim units = units_of(c), width{8 * units.size}, out{width_of_nas(c)};
  const CellCall call = cell_call(l, 2);
  Value kept = l.matmul(call.states[1], l.weight("recurrent_kernel", {out, width}));
  if (c.flag("use_bias", false)) kept = l.add(kept, l.weight("bias", {width}));
  const Value given = l.matmul(call.x, l.weight("kernel", {l.dim(call.x, -1), width}));
  const auto first = [&](int64_t index, Function function) {
    const Value a = part_of_gates(l, given, index, units), b = part_of_gates(l, kept, index, units);
    return l.unary(function, index == 3 ? l.multiply(a, b) : l.add(a, b));
  };
  const auto tanh = [&](Value x) { return l.unary(Function::tanh, x); };
  const Value a = tanh(l.multiply(first(0, Function::sigmoid), first(1, Function::relu)));
  const Value b = tanh(l.add(first(2, Function::sigmoid), first(3, Function::relu)));
  const Value d = tanh(l.multiply(first(4, Function::tanh), first(5, Function::sigmoid)));
  const Value e = l.unary(Function::sigmoid, l.add(first(6, Function::tanh), first(7, Function::sigmoid)));
  const Value carry = l.multiply(tanh(l.add(a, call.states[0])), b);
  Value y = tanh(l.multiply(carry, tanh(l.add(d, e))));
  if (c.has("projection")) y = l.matmul(y, l.weight("projection_weights", {units, out}));
  return {{y, {}}, {carry, {}}, {y, {}}};
}

std::vector<WeightName> weights_of_echo(const Config& config) {
  std::vector<WeightName> names{{.name = "recurrent_kernel", .trainable = false}, {.name = "kernel", .trainable = false}};
  if (config.flag("use_bias", true)) names.push_back({.name = "bias", .trainable = false});
  return names;
}

std::vector<Traced> lower_echo(Lowering& l) {
  const Dim units = units_of(l.config());
  const CellCall call = cell_call(l, 1);
  const Value h = call.states[0];
  const double leaky = l.config().number("leaky", 1, RealRange{});
  const Value both[] = {call.x, h};
  const Value kernels[] = {l.weight("kernel", {l.dim(call.x, -1), units}), l.weight("recurrent_kernel", {units, units})};
  const Value fresh = l.activated(biased(l, l.matmul(l.concatenate(both, -1), l.concatenate(kernels, 0)), units));
  const Value y = l.add(l.multiply(h, 1 - leaky), l.multiply(fresh, leaky));
  return {{y, {}}, {y, {}}};
}

const std::set<std::string> kEchoKeys{"units", "connectivity", "leaky", "spectral_radius", "use_norm2", "use_bias", "activation"};

LayerDef addons_cell(const char* name, std::set<std::string> keys, std::vector<WeightName> (*weights)(const Config&),
                     std::vector<Traced> (*lower)(Lowering&), size_t states) {
  return {.classes = {std::string("Addons>") + name},
          .keys = std::move(keys),
          .weights = weights,
          .lower = lower,
          .states = [states](const Config& config) { return std::vector<Dims>(states, Dims{units_of(config).size}); }};
}

LayerDef with_norms(LayerDef cell, std::vector<ChildName> (*norms)(const Config&), const char* epsilon) {
  cell.keys.insert({epsilon, "norm_gamma_initializer", "norm_beta_initializer"});
  cell.children = norms;
  return cell;
}

LayerDef echo_layer() {
  LayerDef def{.classes = {"Addons>ESN"}, .keys = kEchoKeys};
  def.keys.insert(
      {"return_sequences", "return_state", "go_backwards", "stateful", "unroll", "time_major", "zero_output_for_mask"});
  def.children = [](const Config& config) {
    Members members;
    for (const std::string& key : kEchoKeys) members.emplace_back(key, value_of(config, key));
    return std::vector<ChildName>{hub_part(config, "Addons>ESNCell", "cell", std::move(members))};
  };
  def.lower = [](Lowering& l) { return find_layer("RNN")->lower(l); };
  return def;
}

}  // namespace

std::vector<LayerDef> addons_cells_layers() {
  LayerDef nas = addons_cell("NASCell", {"units", "projection", "use_bias"}, weights_of_nas, lower_nas, 2);
  nas.states = [](const Config& config) { return std::vector<Dims>{Dims{units_of(config).size}, Dims{width_of_nas(config)}}; };
  const std::set<std::string> simple{"units", "activation", "use_bias", "dropout", "recurrent_dropout"};
  return {addons_cell("PeepholeLSTMCell", kLstmKeys, weights_of_peephole, lower_peephole, 2),
          with_norms(addons_cell("LayerNormLSTMCell", kLstmKeys, weights_of_step, lower_normed_lstm, 2), norms_of_lstm,
                     "norm_epsilon"),
          with_norms(addons_cell("LayerNormSimpleRNNCell", simple, weights_of_step, lower_normed_simple, 1), norm_of_simple,
                     "layernorm_epsilon"),
          std::move(nas),
          addons_cell("ESNCell", kEchoKeys, weights_of_echo, lower_echo, 1),
          echo_layer()};
}

}  // namespace keraunos::loader
