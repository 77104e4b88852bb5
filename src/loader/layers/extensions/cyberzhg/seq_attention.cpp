// keras-self-attention 0.51.0 (Keras 2): SeqSelfAttention, where each step attends to nearby steps, and SeqWeightedAttention,
// which reduces a sequence to one weighted sum.
#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/cyberzhg/scores.h"

namespace keraunos::loader {

std::vector<LayerDef> seq_attention_layers();

namespace {

Value sequence_of_attention(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  if (l.rank(x) != 3) l.refuse("needs an input of shape (batch, time, features), found " + l.dims(x).to_string());
  return x;
}

bool is_additive(const Config& config) {
  return config.text("attention_type", "additive", {"additive", "multiplicative"}) == "additive";
}

Value additive_scores(Lowering& l, Value x) {
  const Dim features = l.dim(x, 2), units{l.config().integer("units", 32, Range{1})};
  const Value own = l.expand_dims(l.matmul(x, l.weight("Wt", {features, units})), 2);
  const Value seen = l.expand_dims(l.matmul(x, l.weight("Wx", {features, units})), 1);
  Value sum = l.add(own, seen);
  if (l.config().flag("use_additive_bias", true)) sum = l.add(sum, l.weight("bh", {units}));
  return l.squeeze(l.matmul(l.unary(Function::tanh, sum), l.weight("Wa", {units, {1}})), 3);
}

Value multiplicative_scores(Lowering& l, Value x) {
  const Dim features = l.dim(x, 2);
  return l.matmul(l.matmul(x, l.weight("Wa", {features, features})), x, false, true);
}

// Without a width a step of history_only sees all steps up to itself.
Value near_steps(Lowering& l, Value scores, int64_t steps) {
  const Config& config = l.config();
  const bool history = config.flag("history_only", false);
  if (!config.has("attention_width") && !history) return scores;
  const int64_t width = config.integer("attention_width", 1'000'000'000, Range{1});
  const int64_t first = history ? 1 - width : -(width / 2);
  return less_where_unseen(l, scores, seen_by_distance(l, steps, steps, first, first + width));
}

std::vector<Traced> lower_seq_self_attention(Lowering& l) {
  const Config& config = l.config();
  const Value x = sequence_of_attention(l), mask = as_boolean(l, l.input().mask);
  Value scores = is_additive(config) ? additive_scores(l, x) : multiplicative_scores(l, x);
  if (config.flag("use_attention_bias", true)) scores = l.add(scores, l.weight("ba", {{1}}));
  scores = near_steps(l, l.activated(scores, "attention_activation"), l.dim(x, 1).size);
  // Two masked steps do not see each other.
  if (mask) scores = less_where_unseen(l, scores, l.binary(Function::logical_or, l.expand_dims(mask, 2), l.expand_dims(mask, 1)));
  const Value weights = l.softmax(scores, -1);
  std::vector<Traced> results{{l.matmul(weights, x), mask}};
  if (config.flag("return_attention", false)) results.push_back({weights, {}});
  return results;
}

std::vector<WeightName> weights_of_seq_self_attention(const Config& config) {
  std::vector<WeightName> names;
  if (is_additive(config)) {
    names = {{.name = "Wt"}, {.name = "Wx"}};
    if (config.flag("use_additive_bias", true)) names.push_back({.name = "bh"});
  }
  names.push_back({.name = "Wa"});
  if (config.flag("use_attention_bias", true)) names.push_back({.name = "ba"});
  return names;
}

std::vector<Traced> lower_seq_weighted_attention(Lowering& l) {
  const Config& config = l.config();
  const Value x = sequence_of_attention(l), mask = as_boolean(l, l.input().mask);
  Value scores = l.matmul(x, l.weight("W", {l.dim(x, 2), {1}}));
  if (config.flag("use_bias", true)) scores = l.add(scores, l.weight("b", {{1}}));
  scores = l.squeeze(scores, 2);
  if (mask) scores = less_where_unseen(l, scores, mask);
  const int time[] = {1};
  const Value shares = l.unary(Function::exp, l.subtract(scores, l.reduce(Reduction::maximum, scores, time, true)));
  const Value weights = l.divide(shares, l.add(l.reduce(Reduction::sum, shares, time, true), 1e-7));
  std::vector<Traced> results{{l.squeeze(l.matmul(l.expand_dims(weights, 1), x), 1), {}}};
  if (config.flag("return_attention", false)) results.push_back({weights, {}});
  return results;
}

}  // namespace

std::vector<LayerDef> seq_attention_layers() {
  const auto weighted = [](const Config& config) {
    std::vector<WeightName> names{{.name = "W"}};
    if (config.flag("use_bias", true)) names.push_back({.name = "b"});
    return names;
  };
  return {{.classes = {"keras_self_attention>SeqSelfAttention", "SeqSelfAttention"},
           .keys = {"units", "attention_width", "attention_type", "return_attention", "history_only", "use_additive_bias",
                    "use_attention_bias", "attention_activation", "attention_regularizer_weight"},
           .weights = weights_of_seq_self_attention,
           .lower = lower_seq_self_attention},
          {.classes = {"keras_self_attention>SeqWeightedAttention", "SeqWeightedAttention"},
           .keys = {"use_bias", "return_attention"},
           .weights = weighted,
           .lower = lower_seq_weighted_attention}};
}

}  // namespace keraunos::loader
