// keras-contrib 2.0.8 (Keras 2): Swish, SineReLU, and CRF, a chain of energies whose sum is least on the best path. The results
// are the path's tags, one-hot (viterbi), or the probabilities of tags (marginal).
#include "loader/keras/layer_graph.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/places.h"
#include "loader/layers/layer_traits.h"
#include "loader/ops/one_hot.h"

namespace keraunos::loader {

std::vector<LayerDef> contrib_crf_layers();

namespace {

// Shifts x by one step along axis 1, to later steps if `later`, and fills with zeros.
Value moved_by_a_step(Lowering& l, Value x, bool later) {
  const int64_t steps = l.dim(x, 1).size;
  const Value first = l.slice_axis(x, 1, 0, 1), zero = l.multiply(first, 0);
  if (steps == 1) return zero;
  const Value parts[] = {later ? zero : l.slice_axis(x, 1, 1, steps - 1), later ? l.slice_axis(x, 1, 0, steps - 1) : zero};
  return l.concatenate(parts, 1);
}

struct Energies {
  Value steps;  // (N, T, tags), 0 where masked
  Value mask;   // (N, T) of 0 and 1, or absent
  Value chain;  // (tags, tags of the next step)
};

Energies energies_of(Lowering& l, const Traced& in, Dim tags) {
  const Value x = as_computed(l, in.value);
  if (l.rank(x) != 3) l.refuse("needs an input of shape (batch, steps, features), found " + l.dims(x).to_string());
  Value steps = l.matmul(x, l.weight("kernel", {l.dim(x, 2), tags}));
  if (l.config().flag("use_bias", true)) steps = l.add(steps, l.weight("bias", {tags}));
  steps = l.activated(steps);
  Energies energies{.steps = steps, .mask = {}, .chain = l.weight("chain_kernel", {tags, tags})};
  const Shape of_steps{l.dim(x, 0), l.dim(x, 1)};
  const Value ones = l.broadcast_to(l.scalar(1, l.dtype(x)), of_steps);
  if (in.mask) energies.mask = l.cast(as_boolean(l, in.mask), l.dtype(x));
  if (l.config().flag("use_boundary", true)) {
    const Value mask = energies.mask ? energies.mask : ones;
    const auto above = [&](Value a, Value b) { return l.binary(Function::maximum, l.subtract(a, b), l.scalar(0, l.dtype(a))); };
    const Value begins = above(mask, moved_by_a_step(l, mask, true));
    // With a mask the library marks the step before the first valid one instead of the last valid one.
    const Value next = moved_by_a_step(l, mask, false), ends = energies.mask ? above(next, mask) : above(mask, next);
    const auto spread = [&](const char* name) { return l.reshape(l.weight(name, {tags}), {{1}, {1}, tags}); };
    steps = l.add(steps, l.multiply(l.expand_dims(begins, 2), spread("left_boundary")));
    energies.steps = l.add(steps, l.multiply(l.expand_dims(ends, 2), spread("right_boundary")));
  }
  if (energies.mask) energies.steps = l.multiply(energies.steps, l.expand_dims(energies.mask, 2));
  return energies;
}

// A loop over the steps, so that (N, T, tags, tags of the next step) is never in memory as a whole. `step` computes the next
// carried value and the result of the step from the step's energies and the carried value.
using EnergyStep = std::function<LoopResults(Value energies, Value carried)>;

std::vector<Value> over_steps(Lowering& l, const Energies& energies, bool backwards, const EnergyStep& step) {
  const auto turned = [&](Value x) { return backwards ? l.reverse(x, 1) : x; };
  const Value steps = turned(energies.steps);
  LoopOperands operands{
      .carried = {l.multiply(l.squeeze(l.slice_axis(steps, 1, 0, 1), 1), 0)}, .sequences = {steps}, .captured = {energies.chain}};
  if (energies.mask) {
    const Value mask = turned(energies.mask);
    operands.sequences.push_back(l.multiply(mask, moved_by_a_step(l, mask, false)));
  }
  const LoopResults found = l.loop(operands, [&](const LoopStep& turn) -> LoopResults {
    Value chain = l.expand_dims(turn.captured[0], 0);
    if (turn.slices.size() > 1) chain = l.multiply(chain, l.expand_dims(l.expand_dims(turn.slices[1], 1), 2));
    const Shape whole{l.dim(turn.slices[0], 0), l.dim(chain, 1), l.dim(chain, 2)};
    return step(l.add(l.broadcast_to(chain, whole), l.expand_dims(turn.slices[0], 2)), turn.carried[0]);
  });
  return {turned(found.stacked[0])};
}

Value path_of_least(Lowering& l, const Energies& energies, Dim tags) {
  const int along[] = {1};
  const Value tables = over_steps(l, energies, false, [&](Value step, Value carried) -> LoopResults {
    const Value sums = l.add(step, l.expand_dims(carried, 2));
    return {.carried = {l.reduce(Reduction::minimum, sums, along)}, .stacked = {first_place_of(l, sums, 1, false)}};
  })[0];
  const int64_t steps = l.dim(tables, 1).size;
  const Value last = l.squeeze(l.slice_axis(tables, 1, steps - 1, 1), 1);
  const LoopOperands back{.carried = {l.squeeze(l.slice_axis(last, 1, 0, 1), 1)}, .sequences = {tables}, .backwards = true};
  const LoopResults path = l.loop(back, [&](const LoopStep& turn) -> LoopResults {
    const Value tag = elements_at(l, turn.slices[0], turn.carried[0], 1);
    return {.carried = {tag}, .stacked = {tag}};
  });
  return l.cast(one_hot_mask(l, l.reverse(path.stacked[0], 1), tags.size, 2), DType::float32);
}

Value log_sums(Lowering& l, const Energies& energies, bool backwards) {
  const int along[] = {1};
  return over_steps(l, energies, backwards, [&](Value step, Value carried) -> LoopResults {
    const Value x = l.subtract(l.expand_dims(carried, 2), step);
    const Value largest = l.reduce(Reduction::maximum, x, along, true);
    const Value sum = l.reduce(Reduction::sum, l.unary(Function::exp, l.subtract(x, largest)), along);
    const Value y = l.add(l.squeeze(largest, 1), l.unary(Function::log, sum));
    return {.carried = {y}, .stacked = {y}};
  })[0];
}

std::vector<Traced> lower_contrib_crf(Lowering& l) {
  const Config& c = l.config();
  const Traced in = l.input();
  const Dim tags{c.integer("units", Range{1})};
  const std::string learned = c.text("learn_mode", "join", {"join", "marginal"});
  const std::string shown = c.text("test_mode", learned == "join" ? "viterbi" : "marginal", {"viterbi", "marginal"});
  const Energies energies = energies_of(l, in, tags);
  const Value mask = learned == "join" ? Value{} : in.mask;
  if (shown == "viterbi") return {{path_of_least(l, energies, tags), mask}};
  const Value before = moved_by_a_step(l, log_sums(l, energies, false), true);
  const Value after = moved_by_a_step(l, log_sums(l, energies, true), false);
  const Value margin = l.unary(Function::negate, l.add(l.add(before, energies.steps), after));
  return {{l.softmax(margin, 2), mask}};
}

std::vector<WeightName> weights_of_contrib_crf(const Config& config) {
  std::vector<WeightName> names{{.name = "kernel"}, {.name = "chain_kernel"}};
  if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
  if (config.flag("use_boundary", true)) {
    names.push_back({.name = "left_boundary"});
    names.push_back({.name = "right_boundary"});
  }
  return names;
}

std::function<std::optional<std::string>(const Config&)> unless_it_has(std::vector<const char*> keys) {
  return [keys = std::move(keys)](const Config& config) -> std::optional<std::string> {
    for (const char* key : keys) {
      if (config.is_missing(key)) return std::string(kUnregisteredClass);
    }
    return std::nullopt;
  };
}

LayerDef of_contrib(const char* name, LayerDef def, std::vector<const char*> stated) {
  def.classes = {std::string("keras_contrib>") + name, name};
  def.traits = std::make_shared<const LayerTraits>(LayerTraits{.refusal = unless_it_has(std::move(stated))});
  return def;
}

std::vector<Traced> lower_swish_layer(Lowering& l) {
  const Traced in = l.input();
  const Value x = as_computed(l, in.value);
  return {{l.multiply(x, l.unary(Function::sigmoid, l.multiply(x, l.weight("beta", {{1}})))), in.mask}};
}

std::vector<Traced> lower_sine_relu(Lowering& l) {
  const Traced in = l.input();
  const Value x = as_computed(l, in.value);
  const Value wave = l.subtract(l.unary(Function::sin, x), l.unary(Function::cos, x));
  return {{l.binary(Function::maximum, l.multiply(wave, l.config().number("epsilon", 0.0025, RealRange{})), x), in.mask}};
}

}  // namespace

std::vector<LayerDef> contrib_crf_layers() {
  LayerDef crf{.keys = {"units", "learn_mode", "test_mode", "use_boundary", "use_bias", "sparse_target", "activation", "unroll"},
               .weights = weights_of_contrib_crf,
               .lower = lower_contrib_crf};
  LayerDef swish{.keys = {"initial_beta"},
                 .weights = [](const Config&) { return std::vector<WeightName>{{.name = "beta"}}; },
                 .lower = lower_swish_layer};
  LayerDef sine{.keys = {"epsilon"}, .lower = lower_sine_relu};
  return {of_contrib("CRF", std::move(crf), {"units", "learn_mode", "use_boundary", "sparse_target"}),
          of_contrib("Swish", std::move(swish), {"initial_beta"}), of_contrib("SineReLU", std::move(sine), {"epsilon"})};
}

}  // namespace keraunos::loader
