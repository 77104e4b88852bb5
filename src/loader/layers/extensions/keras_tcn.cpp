// keras-tcn 3.3 to 3.5.7 (Keras 2 and 3): TCN, residual blocks of two dilated convolutions each. The blocks are inner layers,
// which create layers in turn.
#include "loader/files/json.h"
#include "loader/keras/layer_graph.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/functional_form.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> keras_tcn_layers();

namespace {

using files::Json;

constexpr const char *kTcnBlock = "keras-tcn>part>ResidualBlock", *kTcnMatching = "keras-tcn>part>matching_conv1D";

std::string tcn_block_name(int64_t index) { return "residual_block_" + std::to_string(index); }

int64_t tcn_dilations(const Config& config) {
  const std::vector<int64_t> dilations = config.integers("dilations", 0, Range{1});
  if (dilations.empty()) config.fail("dilations", "one dilation at least");
  return static_cast<int64_t>(dilations.size());
}

int64_t tcn_blocks(const Config& config) {
  const int64_t each = tcn_dilations(config);
  return each * config.integer("nb_stacks", 1, Range{1, 4096 / each});
}

// One number for all blocks, or one for each dilation.
int64_t tcn_filters(const Config& config, int64_t block) {
  const int64_t dilations = tcn_dilations(config);
  const Json* filters = config.find("nb_filters");
  if (filters == nullptr || !filters->is_array()) return config.integer("nb_filters", 64, Range{1});
  const std::vector<int64_t> each = config.integers("nb_filters", 0, Range{1});
  if (static_cast<int64_t>(each.size()) != dilations)
    config.fail("nb_filters", "as many as there are dilations, which are " + std::to_string(dilations));
  return each[static_cast<size_t>(block % dilations)];
}

std::vector<ChildName> blocks_of_tcn(const Config& config) {
  std::vector<ChildName> children;
  if (config.is_missing("dilations")) return children;
  const int64_t blocks = tcn_blocks(config);
  const std::vector<int64_t> dilations = config.integers("dilations", 0, Range{1});
  for (int64_t i = 0; i < blocks; ++i) {
    const int64_t filters = tcn_filters(config, i);
    Members members{{"name", tcn_block_name(i)},
                    {"dilation_rate", dilations[static_cast<size_t>(i) % dilations.size()]},
                    {"nb_filters", filters},
                    // Whether the first block changes the number of channels depends on the input.
                    {"matching", i == 0                                  ? "unknown"
                                 : filters == tcn_filters(config, i - 1) ? "none"
                                                                         : "convolution"}};
    for (const char* key : {"kernel_size", "padding", "activation", "use_batch_norm", "use_layer_norm", "use_weight_norm"}) {
      if (!config.is_missing(key)) members.emplace_back(key, value_of(config, key));
    }
    const Json block = layer_object(config, kTcnBlock, std::move(members));
    children.push_back({.attribute = tcn_block_name(i),
                        .aliases = {"residual_blocks/" + std::to_string(i)},
                        .config = std::make_shared<const Json>(block)});
  }
  return children;
}

std::optional<std::string> refusal_of_tcn(const Config& config) {
  for (const char* key : {"nb_filters", "nb_stacks", "dilations", "use_skip_connections"}) {
    if (config.is_missing(key)) return std::string(kUnregisteredClass);
  }
  if (!config.is_missing("use_weight_norm") || !config.is_missing("go_backwards")) return std::nullopt;
  return "was saved by a keras-tcn before 3.3, which computes differently; 3.3 to 3.5.7 are supported";
}

std::vector<Traced> lower_tcn(Lowering& l) {
  const Config& config = l.config();
  const bool skips = config.flag("use_skip_connections", true), sequences = config.flag("return_sequences", false);
  const std::string padding = config.text("padding", "causal", {"causal", "same"});
  if (config.number("dropout_rate", 0, RealRange{0, 1}) > 0) refuse_training(l);
  Value x = l.input().value, skipped;
  if (l.rank(x) != 3) l.refuse("needs an input of shape (batch, time, features), found " + l.dims(x).to_string());
  if (config.flag("go_backwards", false)) x = l.reverse(x, 1);
  const int64_t blocks = tcn_blocks(config);
  for (int64_t i = 0; i < blocks; ++i) {
    if (skips && tcn_filters(config, i) != tcn_filters(config, 0))
      config.fail("nb_filters", "equal numbers beside use_skip_connections");
    const std::vector<Traced> results = l.call_child(tcn_block_name(i), {Arg{Traced{x, {}}}});
    x = results[0].value;
    if (skips) skipped = skipped ? l.add(skipped, results[1].value) : results[1].value;
  }
  if (skips) x = skipped;
  if (sequences) return {{x, {}}};
  const int64_t steps = l.dim(x, 1).size;
  if (steps < 1) l.refuse("needs one step at least, found " + l.dims(x).to_string());
  return {{l.squeeze(l.slice_axis(x, 1, padding == "same" ? steps / 2 : steps - 1, 1), 1), {}}};
}

std::vector<ChildName> layers_of_tcn_block(const Config& config) {
  std::vector<ChildName> children;
  const auto add = [&](std::string attribute, std::string alias, const Json& object) {
    children.push_back(
        {.attribute = std::move(attribute), .aliases = {std::move(alias)}, .config = std::make_shared<const Json>(object)});
  };
  const bool batch = config.flag("use_batch_norm", false), layer = config.flag("use_layer_norm", false);
  const bool weight = config.flag("use_weight_norm", false);
  if (batch + layer + weight > 1) config.fail(layer ? "use_layer_norm" : "use_weight_norm", "false beside another normalisation");
  for (int k = 0; k < 2; ++k) {
    const std::string number = std::to_string(k), name = "conv1D_" + number;
    const Json convolution = layer_object(config, "Conv1D",
                                          {{"name", name},
                                           {"filters", config.integer("nb_filters", Range{1})},
                                           {"kernel_size", config.integer("kernel_size", 3, Range{1})},
                                           {"dilation_rate", config.integer("dilation_rate", Range{1})},
                                           {"padding", config.text("padding", "causal", {"causal", "same"})}});
    // Archives store a layer at the attribute that Keras visits first.
    const std::string in_list = "layers/" + number;
    if (weight)
      add(name, in_list, layer_object(config, "Addons>WeightNormalization", {{"layer", convolution}}));
    else
      add(name, in_list, convolution);
    if (batch) add("batch_norm_layers/" + number, in_list, layer_object(config, "BatchNormalization", {}));
    if (layer) add("layer_norm_layers/" + number, in_list, layer_object(config, "LayerNormalization", {}));
  }
  const std::string matching = config.text("matching", "unknown");
  const Members one{{"name", "matching_conv1D"}, {"filters", config.integer("nb_filters", Range{1})}, {"kernel_size", 1}};
  if (matching == "unknown") add("matching_conv1D", "shape_match_conv", layer_object(config, kTcnMatching, one));
  if (matching == "convolution") add("matching_conv1D", "shape_match_conv", layer_object(config, "Conv1D", one));
  return children;
}

std::vector<Traced> lower_tcn_block(Lowering& l) {
  const Config& config = l.config();
  const Value input = l.input().value;
  Traced x{input, {}};
  const auto through = [&](const std::string& child) { x = l.call_child(child, {Arg{x}})[0]; };
  for (int k = 0; k < 2; ++k) {
    const std::string number = std::to_string(k);
    through("conv1D_" + number);
    if (config.flag("use_batch_norm", false)) through("batch_norm_layers/" + number);
    if (config.flag("use_layer_norm", false)) through("layer_norm_layers/" + number);
    x.value = l.activated(x.value);
  }
  x.value = l.activated(x.value);
  Value matched = input;
  if (l.dim(input, 2).size != config.integer("nb_filters", Range{1}))
    matched = l.call_child("matching_conv1D", {Arg{Traced{input, {}}}})[0].value;
  return {{l.activated(l.add(matched, x.value)), {}}, x};
}

// A convolution with a kernel of size 1.
std::vector<Traced> lower_tcn_matching(Lowering& l) {
  const Value x = l.input().value;
  const Dim filters{l.config().integer("filters", Range{1})}, channels = l.dim(x, 2);
  const Value kernel = l.reshape(l.weight("kernel", {{1}, channels, filters}), {channels, filters});
  return {{l.add(l.matmul(x, kernel), l.weight("bias", {filters})), {}}};
}

}  // namespace

std::vector<LayerDef> keras_tcn_layers() {
  const auto optional_weights = [](const Config&) {
    return std::vector<WeightName>{{.name = "kernel", .optional = true}, {.name = "bias", .optional = true}};
  };
  LayerTraits traits{.makes_its_children = true};
  traits.refusal = refusal_of_tcn;
  return {
      {.classes = {"tcn>TCN", "Custom>TCN", "TCN"},
       // return_state has no effect in keras-tcn either.
       .keys = {"nb_filters", "kernel_size", "nb_stacks", "dilations", "padding", "use_skip_connections", "dropout_rate",
                "return_sequences", "activation", "use_batch_norm", "use_layer_norm", "use_weight_norm", "go_backwards",
                "return_state"},
       .children = blocks_of_tcn,
       .lower = lower_tcn,
       .traits = std::make_shared<const LayerTraits>(traits)},
      {.classes = {kTcnBlock},
       .keys = {"nb_filters", "kernel_size", "dilation_rate", "padding", "activation", "use_batch_norm", "use_layer_norm",
                "use_weight_norm", "matching"},
       .children = layers_of_tcn_block,
       .lower = lower_tcn_block},
      {.classes = {kTcnMatching}, .keys = {"filters", "kernel_size"}, .weights = optional_weights, .lower = lower_tcn_matching}};
}

}  // namespace keraunos::loader
