// ReversibleEmbedding: a table of vectors by id, and the same table, or another, as a projection from vectors to ids.
#include "loader/keras/dtype_policy.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/embedding_table.h"
#include "loader/layers/common/quantised.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> reversible_embedding_layers();

namespace {

bool is_tied(const Lowering& l) { return l.config().flag("tie_weights", true); }

Value float_logits(Lowering& l, Value x) {
  const Shape table = table_shape(l.config());
  const bool tied = is_tied(l);
  Value kernel = tied ? l.weight("embeddings", table) : l.weight("reverse_embeddings", {table[1], table[0]});
  if (l.config().has("reverse_dtype")) {
    const auto type = dtype_named(l.config().text("reverse_dtype", ""));
    if (!type) l.config().fail("reverse_dtype", "a dtype");
    x = l.cast(x, *type), kernel = l.cast(kernel, *type);
  } else {
    x = as_computed(l, x);
  }
  return l.matmul(x, kernel, false, tied);
}

// The integers of the projection; for tied tables those of the table, whose transpose is the projection.
Value quantised_projection(Lowering& l) {
  const Shape table = table_shape(l.config());
  if (quantised_mode(l.config()) == QuantisedMode::int8)
    return is_tied(l) ? l.weight("embeddings", table, false) : l.weight("reverse_embeddings", {table[1], table[0]}, false);
  if (is_tied(l)) return int4_values_of_table(l);
  return unpacked_int4(l, "reverse_embeddings", table[1].size, table[0].size, {.axis = MatrixAxis::rows});
}

// Keras ignores reverse_dtype here. Integers are multiplied exactly, then both scales are divided out.
Value quantised_logits(Lowering& l, Value x) {
  const bool tied = is_tied(l), blocks = quantised_mode(l.config()) == QuantisedMode::int4 && has_blocks(l.config());
  const bool both = quantises_activations(l.config(), true);
  const std::string name = tied ? "embeddings" : "reverse_embeddings";
  Value kernel = quantised_projection(l);
  if (blocks) kernel = with_blocks_scaled(l, name, kernel, tied ? MatrixAxis::columns : MatrixAxis::rows);
  const DType type = l.compute_dtype();
  const int last[] = {-1};
  const Quantised q = both ? quantised(l, x, last) : Quantised{.values = as_computed(l, x), .scale = {}};
  const bool exact = both && !blocks;
  Value logits = l.matmul(exact ? q.values : l.cast(q.values, type), exact ? kernel : l.cast(kernel, type), false, tied);
  logits = l.cast(logits, type);
  if (!blocks) {
    const Value scale = l.weight(name + "_scale", {table_shape(l.config())[0]});
    return l.divide(logits, both ? l.multiply(l.cast(q.scale, type), scale) : scale);
  }
  return both ? l.divide(logits, l.cast(q.scale, type)) : logits;
}

// Limited to logit_soft_cap · tanh(x / logit_soft_cap).
Value projected(Lowering& l, Value x) {
  const bool in_float = quantised_mode(l.config()) == QuantisedMode::none;
  const Value logits = in_float ? float_logits(l, x) : quantised_logits(l, x);
  if (!l.config().has("logit_soft_cap")) return logits;
  const Value cap = l.scalar(l.config().number("logit_soft_cap", 0, RealRange{}), l.dtype(logits));
  return l.multiply(l.unary(Function::tanh, l.divide(logits, cap)), cap);
}

std::vector<Traced> lower_reversible_embedding(Lowering& l) {
  const Traced in = l.input();
  if (flag_argument(l, "reverse")) return {{projected(l, in.value), {}}};
  const DType type = l.dtype(in.value);
  const Value ids = type == DType::int32 || type == DType::int64 ? in.value : l.cast(in.value, DType::int32);
  const Value rows = rows_of_table(l, ids, true);
  const bool masks = l.config().flag("mask_zero", false);
  return {{rows, masks ? l.binary(Function::not_equal, in.value, l.scalar(0, type)) : Value{}}};
}

std::vector<WeightName> reversible_weights(const Config& config) {
  std::vector<WeightName> names = weights_of_table(config);
  if (config.flag("tie_weights", true)) return names;
  names.push_back({.name = "reverse_embeddings"});
  const QuantisedMode mode = quantised_mode(config);
  if (mode != QuantisedMode::none) names.push_back({.name = "reverse_embeddings_scale"});
  if (mode == QuantisedMode::int4 && has_blocks(config)) names.push_back({.name = "reverse_embeddings_zero"});
  return names;
}

}  // namespace

std::vector<LayerDef> reversible_embedding_layers() {
  return {
      {.classes = {"ReversibleEmbedding", "keras_hub>ReversibleEmbedding", "keras_nlp>ReversibleEmbedding"},
       .keys = {"input_dim", "output_dim", "mask_zero", "tie_weights", "reverse_dtype", "logit_soft_cap", "quantization_config"},
       .weights = reversible_weights,
       .children = {},
       .lower = lower_reversible_embedding,
       .autocast = false,
       .traits = std::make_shared<const LayerTraits>(LayerTraits{.refusal = refused_quantisation_of_reversible_table})}};
}

}  // namespace keraunos::loader
