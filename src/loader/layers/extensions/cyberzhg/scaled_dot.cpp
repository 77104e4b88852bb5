// keras-self-attention 0.51.0 (Keras 2): ScaledDotProductAttention.
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/cyberzhg/scores.h"
#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

std::vector<LayerDef> scaled_dot_layers();

namespace {

std::vector<Traced> lower_scaled_dot(Lowering& l) {
  std::vector<Traced> x = l.inputs();
  if (x.size() != 1 && x.size() != 3)
    l.refuse("needs one input, or queries, keys and values, found " + std::to_string(x.size()) + " inputs");
  for (Traced& each : x) {
    each.value = as_computed(l, each.value);
    if (l.rank(each.value) != 3)
      l.refuse("needs inputs of shape (batch, time, features), found " + l.dims(each.value).to_string());
  }
  if (x.size() == 1) x = {x[0], x[0], x[0]};
  if (l.dim(x[1].value, 1).size != l.dim(x[2].value, 1).size || l.dim(x[0].value, 2).size != l.dim(x[1].value, 2).size) {
    l.refuse("needs queries and keys of equal features and keys and values of equal steps, found " +
             l.dims(x[0].value).to_string() + ", " + l.dims(x[1].value).to_string() + " and " + l.dims(x[2].value).to_string());
  }
  const Value seen = x[1].mask ? l.expand_dims(as_boolean(l, x[1].mask), 1) : Value{};
  const Value weights = scaled_dot_weights(l, x[0].value, x[1].value, seen, l.config().flag("history_only", false));
  std::vector<Traced> results{{l.matmul(weights, x[2].value), x[0].mask}};
  if (l.config().flag("return_attention", false)) results.push_back({weights, {}});
  return results;
}

}  // namespace

Value less_where_unseen(Lowering& l, Value scores, Value seen) {
  const Value unseen = l.subtract(l.scalar(1, l.dtype(scores)), l.cast(seen, l.dtype(scores)));
  return l.subtract(scores, l.multiply(unseen, 10000));
}

Value seen_by_distance(Lowering& l, int64_t steps, int64_t seen_steps, int64_t first, int64_t end) {
  const Value own = l.expand_dims(hub_steps(l, steps, 0), 1), seen = l.expand_dims(hub_steps(l, seen_steps, 0), 0);
  const Value distance = l.subtract(seen, own);
  const auto bound = [&](int64_t value) {  // integers that are exact in float32, beyond all steps
    constexpr int64_t kBeyond = int64_t{1} << 23;
    return l.scalar(static_cast<double>(std::min(std::max(value, -kBeyond), kBeyond)), DType::float32);
  };
  return l.binary(Function::logical_and, l.binary(Function::greater_equal, distance, bound(first)),
                  l.binary(Function::less, distance, bound(end)));
}

Value scaled_dot_weights(Lowering& l, Value query, Value key, Value mask, bool history_only) {
  const double root = std::sqrt(static_cast<double>(l.dim(query, -1).size));
  Value scores = l.matmul(query, key, false, true);
  scores = l.divide(scores, l.scalar(root, l.dtype(scores)));
  const int64_t steps = l.dim(query, -2).size, seen = l.dim(key, -2).size;
  if (history_only) scores = less_where_unseen(l, scores, seen_by_distance(l, steps, seen, -seen - steps, 1));
  if (mask) scores = less_where_unseen(l, scores, mask);
  return l.softmax(scores, -1);
}

std::vector<LayerDef> scaled_dot_layers() {
  return {{.classes = {"keras_self_attention>ScaledDotProductAttention", "ScaledDotProductAttention"},
           .keys = {"return_attention", "history_only"},
           .lower = lower_scaled_dot}};
}

}  // namespace keraunos::loader
