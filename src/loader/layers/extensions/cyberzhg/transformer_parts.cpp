// CyberZHG's libraries, apart from attention, that models of keras-transformer 0.40.0 (Keras 2) use:
// keras-position-wise-feed-forward 0.8.0, keras-layer-normalization 0.16.0 and keras-embed-sim 0.10.0.
#include "loader/keras/layer_graph.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/embedding_table.h"
#include "loader/layers/extensions/cyberzhg/recognised.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> transformer_parts_layers();

LayerDef cyberzhg_layer(const std::string& module, const std::string& name, std::set<std::string> keys,
                        std::function<std::vector<WeightName>(const Config&)> weights,
                        std::function<std::vector<Traced>(Lowering&)> lower) {
  LayerTraits traits;
  traits.refusal = [keys](const Config& config) -> std::optional<std::string> {
    for (const std::string& key : keys) {
      if (config.is_missing(key)) return std::string(kUnregisteredClass);
    }
    return std::nullopt;
  };
  return {.classes = {module + '>' + name, name},
          .keys = std::move(keys),
          .weights = std::move(weights),
          .lower = std::move(lower),
          .traits = std::make_shared<const LayerTraits>(std::move(traits))};
}

std::function<std::vector<WeightName>(const Config&)> weights_named(std::vector<WeightName> names) {
  return [names = std::move(names)](const Config&) { return names; };
}

namespace {

std::vector<Traced> lower_position_wise(Lowering& l) {
  const Config& config = l.config();
  const Traced in = l.input();
  const Value x = as_computed(l, in.value);
  if (l.rank(x) < 2) l.refuse("needs an input of rank 2 at least, found " + l.dims(x).to_string());
  if (config.number("dropout_rate", 0, RealRange{}) > 0) refuse_training(l);
  const Dim features = l.dim(x, -1), units{config.integer("units", Range{1})};
  const bool biased = config.flag("use_bias", true);
  Value hidden = l.matmul(x, l.weight("W1", {features, units}));
  if (biased) hidden = l.add(hidden, l.weight("b1", {units}));
  const Value y = l.matmul(l.activated(hidden), l.weight("W2", {units, features}));
  return {{biased ? l.add(y, l.weight("b2", {features})) : y, in.mask}};
}

std::vector<WeightName> weights_of_position_wise(const Config& config) {
  if (!config.flag("use_bias", true)) return {{.name = "W1"}, {.name = "W2"}};
  return {{.name = "W1"}, {.name = "b1"}, {.name = "W2"}, {.name = "b2"}};
}

// Over the last axis only.
std::vector<Traced> lower_last_axis_norm(Lowering& l) {
  const Config& config = l.config();
  const Traced in = l.input();
  const Value x = as_computed(l, in.value);
  if (l.rank(x) < 1) l.refuse("needs an input with a batch axis");
  const Shape features{l.dim(x, -1)};
  const Value gamma = config.flag("scale", true) ? l.weight("gamma", features) : Value{};
  const Value beta = config.flag("center", true) ? l.weight("beta", features) : Value{};
  return {{l.layer_norm(x, gamma, beta, 1, config.number("epsilon", 1e-14, RealRange{0})), in.mask}};
}

std::vector<WeightName> weights_of_last_axis_norm(const Config& config) {
  std::vector<WeightName> names;
  if (config.flag("scale", true)) names.push_back({.name = "gamma"});
  if (config.flag("center", true)) names.push_back({.name = "beta"});
  return names;
}

// Returns the vectors of the ids, and the table.
std::vector<Traced> lower_embedding_ret(Lowering& l) {
  const Value x = l.input().value;
  const DType type = l.dtype(x);
  const Value ids = type == DType::int32 || type == DType::int64 ? x : l.cast(x, DType::int32);
  const Value mask = l.config().flag("mask_zero", false) ? l.binary(Function::not_equal, x, l.scalar(0, type)) : Value{};
  return {{rows_of_table(l, ids, false), mask}, {l.weight("embeddings", table_shape(l.config())), {}}};
}

LayerDef embedding_ret(const std::string& module, const std::string& name) {
  LayerDef def = cyberzhg_layer(module, name, {"input_dim", "output_dim", "mask_zero", "input_length"},
                                weights_named({{.name = "embeddings"}}), lower_embedding_ret);
  def.autocast = false;
  return def;
}

// The softmax of a step's similarity to each row of a table.
std::vector<Traced> lower_embedding_sim(Lowering& l) {
  const std::vector<Traced> inputs = l.inputs();
  if (inputs.size() != 2) l.refuse("needs a tensor and a table, found " + std::to_string(inputs.size()) + " inputs");
  const Value x = as_computed(l, inputs[0].value), table = as_computed(l, inputs[1].value);
  if (l.rank(table) != 2 || l.rank(x) < 2 || l.dim(x, -1).size != l.dim(table, 1).size)
    l.refuse("needs a table of as many features as the tensor has, found " + l.dims(x).to_string() + " and " +
             l.dims(table).to_string());
  Value y = l.matmul(x, table, false, true);
  if (l.config().flag("use_bias", true)) y = l.add(y, l.weight("bias", {l.dim(table, 0)}));
  return {{l.softmax(y, -1), inputs[0].mask}};
}

std::vector<WeightName> weights_of_embedding_sim(const Config& config) {
  return config.flag("use_bias", true) ? std::vector<WeightName>{{.name = "bias"}} : std::vector<WeightName>{};
}

}  // namespace

std::vector<LayerDef> transformer_parts_layers() {
  LayerDef norm{.classes = {"keras_layer_normalization>LayerNormalization"},
                .keys = {"center", "scale", "epsilon"},
                .weights = weights_of_last_axis_norm,
                .lower = lower_last_axis_norm};
  return {
      std::move(norm),
      cyberzhg_layer("keras_position_wise_feed_forward", "FeedForward", {"units", "activation", "use_bias", "dropout_rate"},
                     weights_of_position_wise, lower_position_wise),
      embedding_ret("keras_embed_sim", "EmbeddingRet"),
      embedding_ret("keras_bert", "TokenEmbedding"),
      cyberzhg_layer("keras_embed_sim", "EmbeddingSim", {"use_bias", "initializer", "regularizer", "constraint", "stop_gradient"},
                     weights_of_embedding_sim, lower_embedding_sim),
      cyberzhg_layer("keras_bert", "EmbeddingSimilarity", {"initializer", "regularizer", "constraint"}, weights_of_embedding_sim,
                     lower_embedding_sim)};
}

}  // namespace keraunos::loader
