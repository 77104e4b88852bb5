// Bidirectional, TimeDistributed and Pipeline.
#include <algorithm>

#include "host/graph/extent.h"
#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/common/quantised.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> wrappers_layers();

namespace {

using files::Json;

// The backward layer that Keras makes from the wrapped layer when none is given: the same, with time reversed.
std::shared_ptr<const Json> backward_of(const Config& config) {
  if (const Json* given = config.find("backward_layer")) return std::make_shared<const Json>(*given);
  Json layer = config.object("layer").json();
  Json inner = layer["config"];
  const Json* backwards = inner.find("go_backwards");
  inner.set("go_backwards", backwards == nullptr || backwards->is_null() || !backwards->as_bool());
  if (const Json* name = inner.find("name")) inner.set("name", "backward_" + name->as_string());
  layer.set("config", std::move(inner));
  return std::make_shared<const Json>(std::move(layer));
}

std::vector<ChildName> directions(const Config& config) {
  return {{.attribute = "forward_layer", .aliases = {}, .config = config.layer("layer")},
          {.attribute = "backward_layer", .aliases = {}, .config = backward_of(config)}};
}

std::optional<std::string> merge_mode(const Config& config) {
  const Json* mode = config.json().find("merge_mode");
  if (mode == nullptr) return "concat";
  if (mode->is_null()) return std::nullopt;
  return config.text("merge_mode", "concat", {"concat", "sum", "ave", "mul"});
}

Value merged(Lowering& l, const std::string& mode, Value forward, Value backward) {
  const Value both[] = {forward, backward};
  if (mode == "concat") return l.concatenate(both, -1);
  if (mode == "sum") return l.add(forward, backward);
  if (mode == "ave") return l.multiply(l.add(forward, backward), 0.5);
  return l.multiply(forward, backward);
}

// One direction's results: its output, then its states.
std::vector<Traced> run_direction(Lowering& l, std::string_view child, const Traced& x, const std::vector<Traced>& states,
                                  bool zero_masked) {
  Arg::Members keywords{{"zero_output_for_mask", Arg{zero_masked}}};
  if (!states.empty()) keywords.emplace_back("initial_state", list_of(states));
  if (x.mask) keywords.emplace_back("mask", Arg{Traced{x.mask, {}}});  // with states Keras 3 accepts only a mask by name
  return l.call_child(child, {Arg{x}}, std::move(keywords));
}

std::vector<Traced> lower_bidirectional(Lowering& l) {
  if (l.config().integer("num_constants", 0) != 0) l.config().fail("num_constants", "null");
  const Traced first = first_input(l);
  std::vector<Traced> states = further_inputs(l);
  if (const Arg* given = argument(l, 1, "initial_state")) states = state_tensors(l, *given);
  if (states.size() % 2 != 0) l.refuse("is given an odd number of initial states");
  const Traced x{first.value, mask_of_sequence(l, first, !states.empty())};
  const auto half = states.begin() + static_cast<ptrdiff_t>(states.size() / 2);

  // Keras makes both directions return zeros, not the previous output, at masked steps, but only if they return sequences.
  const Config layer = l.child_config("forward_layer");
  const bool sequences = layer.flag("return_sequences", false);
  const std::vector<Traced> forward = run_direction(l, "forward_layer", x, {states.begin(), half}, sequences);
  std::vector<Traced> backward = run_direction(l, "backward_layer", x, {half, states.end()}, sequences);
  if (sequences) backward[0].value = l.reverse(backward[0].value, layer.flag("time_major", false) ? 0 : 1);

  const Value mask = sequences ? mask_argument(l, first) : Value{};
  std::vector<Traced> results;
  if (const auto mode = merge_mode(l.config())) {
    results.push_back({merged(l, *mode, forward[0].value, backward[0].value), mask});
  } else {
    results = {{forward[0].value, mask}, {backward[0].value, mask}};
  }
  results.insert(results.end(), forward.begin() + 1, forward.end());
  results.insert(results.end(), backward.begin() + 1, backward.end());
  return results;
}

// Keras 3 reports the forward layer's shapes for both directions.
std::optional<std::vector<Shape>> claimed_shapes_of_both(Lowering& l, const std::vector<Traced>&) {
  if (l.dialect().before(3, 0)) return std::nullopt;
  std::vector<Shape> forward;
  for (const Traced& result : l.call_child("forward_layer", {Arg{first_input(l)}}, {})) forward.push_back(l.shape(result.value));
  std::vector<Shape> claimed{forward[0]};
  const auto mode = merge_mode(l.config());
  if (!mode)
    claimed.push_back(forward[0]);
  else if (*mode == "concat")
    claimed[0].back().size *= 2;
  for (int direction = 0; direction < 2; ++direction) claimed.insert(claimed.end(), forward.begin() + 1, forward.end());
  return claimed;
}

// (N, T, …) as (N·T, …) and back: for the wrapped layer every step is a sample.
struct Steps {
  Dim batch, steps;
  Value fold(Lowering& l, Value v) const {
    Shape folded{Dim{host::checked_multiply(batch.size, steps.size), true}};
    const Shape own = l.shape(v);
    folded.insert(folded.end(), own.begin() + 2, own.end());
    return l.reshape(v, folded);
  }
  Value unfold(Lowering& l, Value v) const {
    Shape whole{batch, steps};
    const Shape own = l.shape(v);
    if (own.empty()) l.refuse("wraps a layer whose result has no batch axis");
    whole.insert(whole.end(), own.begin() + 1, own.end());
    return l.reshape(v, whole);
  }
};

Traced folded(Lowering& l, const Steps& steps, const Traced& x) {
  if (l.rank(x.value) < 2 || l.dim(x.value, 0).size != steps.batch.size || l.dim(x.value, 1).size != steps.steps.size) {
    l.refuse("needs inputs of shape (batch, time, …), found " + l.dims(x.value).to_string());
  }
  // A mask of whole steps does not apply inside a step.
  return {steps.fold(l, x.value), x.mask && l.rank(x.mask) > 2 ? steps.fold(l, as_boolean(l, x.mask)) : Value{}};
}

// Keras 3 passes the mask on unchanged. Keras 2 asks the wrapped layer for one; if it has one, a step is kept when any of its
// elements is.
Value mask_after(Lowering& l, const Steps& steps, const Traced& result, Value mask) {
  if (!l.dialect().before(3, 0)) return mask;
  if (result.mask) return steps.unfold(l, result.mask);
  while (mask && l.rank(mask) > 2) {
    const int last[] = {-1};
    mask = l.reduce(Reduction::any, mask, last);
  }
  return mask;
}

// Keras 3.15 calls the inner layer's unquantised function with its integers, without the scales.
void refuse_quantised_steps(const Lowering& l) {
  const std::string name = l.child_class("layer");
  const bool has_scales = name == "Dense" || name == "EinsumDense" || name == "Embedding" || name == "ReversibleEmbedding";
  if (has_scales && quantisation_of(l.child_config("layer")))
    l.refuse("holds a quantised layer of class " + name +
             ", whose scales Keras leaves out here, so that its results are wrong; use the layer without TimeDistributed");
}

std::vector<Traced> lower_time_distributed(Lowering& l) {
  refuse_quantised_steps(l);
  const std::vector<Traced> inputs = l.inputs();
  if (inputs.empty() || l.rank(inputs[0].value) < 2) l.refuse("needs an input of shape (batch, time, …)");
  const Steps steps{l.dim(inputs[0].value, 0), l.dim(inputs[0].value, 1)};
  const Value mask = inputs.size() == 1 ? mask_argument(l, inputs[0]) : Value{};
  std::vector<Traced> samples;
  for (const Traced& x : inputs)
    samples.push_back(folded(l, steps, {x.value, inputs.size() == 1 ? mask : as_boolean(l, x.mask)}));
  std::vector<Traced> results = l.call_child("layer", {inputs.size() == 1 ? Arg{samples[0]} : list_of(samples)});
  for (Traced& result : results) result = {steps.unfold(l, result.value), mask_after(l, steps, result, mask)};
  return results;
}

// Keras passes the mask of each layer's result to the next. Training has no effect on predict().
std::vector<Traced> lower_pipeline(Lowering& l) {
  std::vector<Traced> x = l.inputs();
  const size_t layers = l.config().layers("layers").size();
  for (size_t i = 0; i < layers; ++i) x = l.call_child("layers/" + std::to_string(i), {x.size() == 1 ? Arg{x[0]} : list_of(x)});
  return x;
}

std::vector<ChildName> layers_of_pipeline(const Config& config) {
  std::vector<ChildName> children;
  for (const SerialisedLayer& layer : config.layers("layers"))
    children.push_back({.attribute = "layers/" + std::to_string(children.size()), .aliases = {}, .config = layer});
  return children;
}

LayerDef bidirectional_layer(std::vector<std::string> classes) {
  return {.classes = std::move(classes),
          .keys = {"layer", "merge_mode", "backward_layer", "num_constants"},
          .weights = {},
          .children = directions,
          .lower = lower_bidirectional,
          .traits = std::make_shared<const LayerTraits>(
              LayerTraits{.config_to_keras3 = [](files::Json& config) { drop_keys(config, {"num_constants"}); },
                          .claimed_shapes = claimed_shapes_of_both})};
}

}  // namespace

std::vector<LayerDef> wrappers_layers() {
  return {
      bidirectional_layer({"Bidirectional"}),
      bidirectional_layer({"qkeras>QBidirectional", "QBidirectional"}),
      {.classes = {"TimeDistributed"},
       .keys = {"layer"},
       .weights = {},
       .children =
           [](const Config& config) {
             return std::vector<ChildName>{{.attribute = "layer", .aliases = {}, .config = config.layer("layer")}};
           },
       .lower = lower_time_distributed},
      {.classes = {"Pipeline"},
       .keys = {"layers"},
       .weights = {},
       .children = layers_of_pipeline,
       .lower = lower_pipeline,
       .autocast = false},
  };
}

}  // namespace keraunos::loader
