// ReversibleEmbedding: a table of vectors by id, and the same table, or another, as a projection of vectors onto ids.
#include "loader/keras/dtype_policy.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/ids.h"
#include "loader/layers/common/quantised.h"

namespace keraunos::loader {

std::vector<LayerDef> reversible_embedding_layers();

namespace {

Shape table_of(const Config& config) {
  return {{config.integer("input_dim", Range{1})}, {config.integer("output_dim", Range{1})}};
}

// Logits in reverse_dtype, bounded by logit_soft_cap · tanh(x / logit_soft_cap).
Value projected(Lowering& l, Value x) {
  const Shape table = table_of(l.config());
  const bool tied = l.config().flag("tie_weights", true);
  Value kernel = tied ? l.weight("embeddings", table) : l.weight("reverse_embeddings", {table[1], table[0]});
  if (l.config().has("reverse_dtype")) {
    const auto type = dtype_named(l.config().text("reverse_dtype", ""));
    if (!type) l.config().fail("reverse_dtype", "a dtype");
    x = l.cast(x, *type), kernel = l.cast(kernel, *type);
  } else {
    x = as_computed(l, x);
  }
  const Value logits = l.matmul(x, kernel, false, tied);
  if (!l.config().has("logit_soft_cap")) return logits;
  const Value cap = l.scalar(l.config().number("logit_soft_cap", 0, RealRange{}), l.dtype(logits));
  return l.multiply(l.unary(Function::tanh, l.divide(logits, cap)), cap);
}

std::vector<Traced> lower_reversible_embedding(Lowering& l) {
  if (const auto mode = quantisation_of(l.config())) l.refuse("is quantised as \"" + *mode + "\", which is not supported");
  const Traced in = l.input();
  if (flag_argument(l, "reverse")) return {{projected(l, in.value), {}}};
  const DType type = l.dtype(in.value);
  const Value ids = type == DType::int32 || type == DType::int64 ? in.value : l.cast(in.value, DType::int32);
  const Shape table = table_of(l.config());
  const Value rows = l.gather(l.weight("embeddings", table), counted_from_end(l, ids, table[0].size));
  const bool masks = l.config().flag("mask_zero", false);
  return {{rows, masks ? l.binary(Function::not_equal, in.value, l.scalar(0, type)) : Value{}}};
}

std::vector<WeightName> reversible_weights(const Config& config) {
  std::vector<WeightName> names{{.name = "embeddings"}};
  if (!config.flag("tie_weights", true)) names.push_back({.name = "reverse_embeddings"});
  return names;
}

}  // namespace

std::vector<LayerDef> reversible_embedding_layers() {
  return {{.classes = {"ReversibleEmbedding", "keras_hub>ReversibleEmbedding", "keras_nlp>ReversibleEmbedding"},
           .keys = {"input_dim", "output_dim", "mask_zero", "tie_weights", "reverse_dtype", "logit_soft_cap"},
           .weights = reversible_weights,
           .children = {},
           .lower = lower_reversible_embedding,
           .autocast = false}};
}

}  // namespace keraunos::loader
