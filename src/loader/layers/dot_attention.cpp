// Attention and AdditiveAttention: one head, no projections.
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/common/places.h"
#include "loader/layers/common/softmax.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> dot_attention_layers();

namespace {

struct DotOperands {
  Value query, value, key, query_mask, value_mask;
};

DotOperands dot_operands(Lowering& l) {
  std::vector<Traced> inputs = l.inputs();
  if (inputs.size() < 2 || inputs.size() > 3)
    l.refuse("takes [query, value] or [query, value, key], found " + std::to_string(inputs.size()));
  // mask = [query's mask, value's mask], either of which may be None; they replace the masks that the tensors carry.
  if (const Arg* given = argument(l, 1, "mask"); given != nullptr && given->list() != nullptr) {
    for (size_t i = 0; i < 2 && i < given->list()->size(); ++i) {
      const Traced* mask = (*given->list())[i].tensor();
      inputs[i].mask = mask != nullptr ? mask->value : Value{};
    }
  }
  for (Traced& t : inputs) {
    t.mask = spread_over_batch(l, t.mask, t.value);
    t.value = as_computed(l, t.value);
    if (l.rank(t.value) < 2) l.refuse("needs tensors of rank 2 at least, found " + l.dims(t.value).to_string());
  }
  return {.query = inputs[0].value,
          .value = inputs[1].value,
          .key = inputs.size() == 3 ? inputs[2].value : inputs[1].value,
          .query_mask = as_boolean(l, inputs[0].mask),
          .value_mask = as_boolean(l, inputs[1].mask)};
}

// (…, T, 1, D) + (…, 1, S, D): every query with every key.
Value every_pair(Lowering& l, const DotOperands& o) { return l.add(l.expand_dims(o.query, -2), l.expand_dims(o.key, -3)); }

Value summed_over_features(Lowering& l, Value v) {
  const int last[] = {-1};
  return l.reduce(Reduction::sum, v, last);
}

bool is_concat(const Config& config) { return config.text("score_mode", "dot", {"dot", "concat"}) == "concat"; }

Value dot_scores(Lowering& l, const DotOperands& o) {
  const bool scaled = l.config().flag("use_scale", false);
  if (!is_concat(l.config())) {
    const Value scores = l.matmul(o.query, o.key, false, true);
    return scaled ? l.multiply(scores, l.weight("scale", {})) : scores;
  }
  const Value pairs = every_pair(l, o);
  const Value bent = l.unary(Function::tanh, scaled ? l.multiply(l.weight("scale", {}), pairs) : pairs);
  return l.multiply(l.weight("concat_score_weight", {}), summed_over_features(l, bent));
}

Value additive_scores(Lowering& l, const DotOperands& o) {
  const Value bent = l.unary(Function::tanh, every_pair(l, o));
  const bool scaled = l.config().flag("use_scale", true);
  return summed_over_features(l, scaled ? l.multiply(l.weight("scale", {{l.dim(o.query, -1).size}}), bent) : bent);
}

std::vector<Traced> attend(Lowering& l, const DotOperands& o, Value scores) {
  if (l.config().number("dropout", 0, RealRange{}) > 0) refuse_training(l);
  const bool is_causal = flag_argument(l, "use_causal_mask") || l.config().flag("causal", false);
  // Keras 3 also accepts a mask (batch, queries, values), if no other mask is combined with it.
  const bool of_pairs = o.value_mask && l.rank(o.value_mask) == l.rank(scores) && !is_causal && !l.dialect().before(3, 0);
  Value mask = o.value_mask && !of_pairs ? l.expand_dims(o.value_mask, -2) : o.value_mask;
  if (is_causal) {
    const Value causal = causal_mask(l, l.dim(scores, -2).size, l.dim(scores, -1).size);
    mask = mask ? l.binary(Function::logical_and, mask, causal) : causal;
  }
  // These layers still subtract a large number in Keras 3: a row that may attend to nothing is uniform.
  if (mask) scores = with_masked_scores(l, scores, mask, l.dtype(scores) == DType::float16 ? 65504.0 : 1e9);
  const Value weights = l.softmax(scores, -1);
  Value result = l.matmul(weights, o.value);
  if (o.query_mask) result = l.select(l.expand_dims(o.query_mask, -1), result, l.scalar(0, l.dtype(result)));
  std::vector<Traced> results{{result, o.query_mask}};
  if (flag_argument(l, "return_attention_scores")) results.push_back({weights, {}});
  return results;
}

std::vector<WeightName> dot_weights(const Config& config) {
  std::vector<WeightName> names;
  if (config.flag("use_scale", false)) names.push_back({.name = "scale"});
  if (is_concat(config)) names.push_back({.name = "concat_score_weight"});
  return names;
}

std::vector<WeightName> additive_weights(const Config& config) {
  if (!config.flag("use_scale", true)) return {};
  return {{.name = "scale"}};
}

}  // namespace

std::vector<LayerDef> dot_attention_layers() {
  const auto traits = std::make_shared<const LayerTraits>(
      LayerTraits{.config_to_keras3 = [](files::Json& config) { drop_keys(config, {"causal"}); },
                  .flag_in_calls_of_keras3 = {"causal", "use_causal_mask"},
                  .takes_mask_for_each_input = true,
                  .returns_tuple = true});
  return {
      {.classes = {"Attention"},
       .keys = {"use_scale", "score_mode", "dropout", "causal"},
       .weights = dot_weights,
       .children = {},
       .lower =
           [](Lowering& l) {
             const DotOperands o = dot_operands(l);
             return attend(l, o, dot_scores(l, o));
           },
       .traits = traits},
      {.classes = {"AdditiveAttention"},
       .keys = {"use_scale", "dropout", "causal"},
       .weights = additive_weights,
       .children = {},
       .lower =
           [](Lowering& l) {
             const DotOperands o = dot_operands(l);
             return attend(l, o, additive_scores(l, o));
           },
       .traits = traits},
  };
}

}  // namespace keraunos::loader
