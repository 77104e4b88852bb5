// TensorFlow Model Optimization 0.7.5 (Keras 2): models trained for 8 bits, saved in HDF5 files. QuantizeLayer quantises its
// input, QuantizeWrapperV2 the weights, activations and results of the inner layer, each to 256 levels between two numbers in the
// file.
#include "loader/files/json.h"
#include "loader/layers/common/activations.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/changed_weights.h"
#include "loader/layers/common/functional_form.h"
#include "loader/layers/layer_traits.h"
#include "loader/ops/quantised_levels.h"

namespace keraunos::loader {

std::vector<LayerDef> quantisation_aware_layers();

namespace {

using files::Json;

constexpr const char *kRanges = "tensorflow_model_optimization>part>Ranges", *kRangesChild = "ranges";

// The parts that a wrapper quantises.
struct Wrapped {
  std::vector<std::string> weights{};
  bool activation = false, output = false, by_channel = false;
};

std::vector<std::string> texts_in(const Config& config, std::string_view key) {
  std::vector<std::string> texts;
  const Json* list = config.find(key);
  if (list == nullptr || !list->is_array()) config.fail(key, "a list of names");
  for (const Json& item : list->items()) {
    if (!item.is_string()) config.fail(key, "a list of names");
    texts.push_back(item.as_string());
  }
  return texts;
}

// The name of the inner layer's activation; empty where the transformations left a placeholder.
std::string activation_of_wrapped(const Config& wrapper) {
  const Config layer = wrapper.object("layer").object("config");
  const Json* stated = layer.find("activation");
  if (stated != nullptr && stated->is_object()) {
    const Json* inner = (*stated)["config"].find("activation");
    stated = inner == nullptr ? stated : inner;
  }
  if (stated == nullptr) return "linear";
  if (stated->is_string()) return stated->as_string();
  const Json* name = stated->is_object() ? stated->find("class_name") : nullptr;
  if (name != nullptr && *name == Json("NoOpActivation")) return {};
  layer.fail("activation", "one of Keras's activations, or what quantisation-aware training makes of one");
}

Wrapped wrapped_by(const Config& wrapper) {
  const Config object = wrapper.object("quantize_config");
  const std::string kind =
      object.text("class_name", "",
                  {"NoOpQuantizeConfig", "Default8BitOutputQuantizeConfig", "Default8BitActivationQuantizeConfig",
                   "Default8BitQuantizeConfig", "Default8BitConvQuantizeConfig", "Default8BitConvTransposeQuantizeConfig"});
  if (kind == "NoOpQuantizeConfig") return {};
  const Config config = object.object("config");
  Wrapped wrapped{.output = config.flag("quantize_output", true), .by_channel = kind == "Default8BitConvQuantizeConfig"};
  if (kind == "Default8BitOutputQuantizeConfig") return wrapped;
  if (kind == "Default8BitActivationQuantizeConfig") {
    const std::string name = activation_of_wrapped(wrapper);
    wrapped.output = wrapped.output && (name == "relu" || name == "swish" || name == "gelu" || name == "relu6");
    return wrapped;
  }
  wrapped.weights = texts_in(config, "weight_attrs");
  const std::vector<std::string> activations = texts_in(config, "activation_attrs");
  if (!activations.empty() && activations != std::vector<std::string>{"activation"})
    config.fail("activation_attrs", "[] or [\"activation\"]");
  wrapped.activation = !activations.empty();
  return wrapped;
}

bool is_quantised_before(const std::string& name) {
  return name == "softmax" || name == "sigmoid" || name == "tanh" || name == "gelu";
}

bool is_quantised_behind(const std::string& name) {
  return name == "linear" || name == "relu" || name == "swish" || name == "gelu";
}

// HDF5 files list the wrapper's variables after the layer's non-trainable ones: they are modelled as those of a separate layer.
std::vector<ChildName> layer_and_ranges(const Config& config) {
  const Wrapped wrapped = wrapped_by(config);
  Json names = Json::array(), layer = config.object("layer").json();
  const auto add = [&](const std::string& name) { names.push_back(name + "_min").push_back(name + "_max"); };
  names.push_back("optimizer_step");
  for (const std::string& weight : wrapped.weights) add(weight);
  if (wrapped.activation) {
    const std::string name = activation_of_wrapped(config);
    if (is_quantised_before(name)) add("pre_activation");
    if (is_quantised_behind(name)) add("post_activation");
    Json inner = layer["config"];
    layer.set("config", inner.set("activation", "linear"));
  }
  if (wrapped.output) add("output");
  return {{.attribute = "layer", .aliases = {}, .config = std::make_shared<const Json>(std::move(layer))},
          {.attribute = kRangesChild,
           .aliases = {},
           .config = std::make_shared<const Json>(layer_object(config, kRanges, {{"names", std::move(names)}}))}};
}

Value in_range(Lowering& l, const std::string& name, Value x, bool narrow = false, bool by_channel = false) {
  const Shape shape = by_channel ? Shape{l.dim(x, -1)} : Shape{};
  return fake_quantised(l, x, l.child_weight(kRangesChild, name + "_min", shape),
                        l.child_weight(kRangesChild, name + "_max", shape), 8, narrow);
}

Value activated_in_range(Lowering& l, Value x) {
  const std::string name = activation_of_wrapped(l.config());
  if (name.empty()) return x;
  if (!is_quantised_before(name) && !is_quantised_behind(name))
    l.config().object("layer").object("config").fail("activation", "linear, relu, swish, gelu, softmax, sigmoid or tanh");
  if (is_quantised_before(name)) x = in_range(l, "pre_activation", x);
  x = l.called(name, x);
  return is_quantised_behind(name) ? in_range(l, "post_activation", x) : x;
}

std::vector<Traced> lower_quantised_wrapper(Lowering& l) {
  if (trains(l)) l.refuse("is called with training=True, which changes its ranges in each call");
  const Wrapped wrapped = wrapped_by(l.config());
  std::vector<Traced> results;
  if (wrapped.weights.empty()) {
    results = l.call_child("layer", l.arguments());
  } else {
    ChangedWeights changed;
    for (const std::string& name : wrapped.weights) {
      const std::string own = l.child_has_weight("layer", name) ? name : "kernel";  // Keras 3's name of a depthwise kernel
      const Value weight = l.child_weight("layer", own, shape_of_child_weight(l, "layer", own));
      changed.emplace_back(own, in_range(l, name, weight, true, wrapped.by_channel));
    }
    results = call_child_with(l, "layer", changed, l.input());
  }
  if (!wrapped.activation && !wrapped.output) return results;
  if (results.size() != 1) l.refuse("wraps a layer with " + std::to_string(results.size()) + " results, needs one");
  Value y = results[0].value;
  if (wrapped.activation) y = activated_in_range(l, y);
  return {{wrapped.output ? in_range(l, "output", y) : y, results[0].mask}};
}

std::vector<WeightName> names_of_ranges(const Config& config) {
  std::vector<WeightName> names;
  for (const std::string& name : texts_in(config, "names")) names.push_back({.name = name, .trainable = false});
  return names;
}

std::vector<Traced> lower_quantised_input(Lowering& l) {
  if (trains(l)) l.refuse("is called with training=True, which changes its range in each call");
  const Traced in = l.input();
  if (!l.config().has("quantizer")) return {in};
  const Config object = l.config().object("quantizer");
  static_cast<void>(object.text("class_name", "", {"AllValuesQuantizer", "MovingAverageQuantizer", "LastValueQuantizer"}));
  const Config quantizer = object.object("config");
  if (quantizer.flag("per_axis", false)) quantizer.fail("per_axis", "false");
  const int64_t bits = quantizer.integer("num_bits", 8, Range{2, 16});
  const Value x = as_computed(l, in.value);
  return {{fake_quantised(l, x, l.weight("min", {}), l.weight("max", {}), bits, quantizer.flag("narrow_range", false)), in.mask}};
}

}  // namespace

std::vector<LayerDef> quantisation_aware_layers() {
  const auto input_weights = [](const Config& config) {
    std::vector<WeightName> names;
    if (config.has("quantizer")) names = {{.name = "min", .trainable = false}, {.name = "max", .trainable = false}};
    names.push_back({.name = "optimizer_step", .trainable = false});
    return names;
  };
  return {{.classes = {"tensorflow_model_optimization>QuantizeWrapperV2", "QuantizeWrapperV2"},
           .keys = {"layer", "quantize_config"},
           .children = layer_and_ranges,
           .lower = lower_quantised_wrapper,
           .autocast = false},
          {.classes = {"tensorflow_model_optimization>QuantizeLayer", "QuantizeLayer"},
           .keys = {"quantizer"},
           .weights = input_weights,
           .lower = lower_quantised_input},
          {.classes = {kRanges}, .keys = {"names"}, .weights = names_of_ranges, .lower = [](Lowering& l) -> std::vector<Traced> {
             l.refuse("holds variables alone");
           }}};
}

}  // namespace keraunos::loader
