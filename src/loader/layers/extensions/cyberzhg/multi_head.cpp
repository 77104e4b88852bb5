// keras-multi-head 0.29.0 (Keras 2): MultiHeadAttention, which differs from Keras's, and MultiHead, several parallel layers whose
// results become a new last axis.
#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/cyberzhg/recognised.h"
#include "loader/layers/extensions/cyberzhg/scores.h"

namespace keraunos::loader {

std::vector<LayerDef> multi_head_layers();

namespace {

// The weights are named "W" and "b", followed by `what`: q, k, v or o.
Value projected_to_heads(Lowering& l, Value x, const std::string& what, Dim features) {
  x = l.matmul(x, l.weight("W" + what, {l.dim(x, -1), features}));
  if (l.config().flag("use_bias", true)) x = l.add(x, l.weight("b" + what, {features}));
  return l.activated(x);
}

// (N, T, heads · size) as (N, heads, T, size).
Value heads_apart(Lowering& l, Value x, int64_t heads) {
  const int order[] = {0, 2, 1, 3};
  return l.transpose(l.reshape(x, {l.dim(x, 0), l.dim(x, 1), {heads}, {l.dim(x, 2).size / heads}}), order);
}

std::vector<Traced> lower_many_heads(Lowering& l) {
  std::vector<Traced> x = l.inputs();
  if (x.size() != 1 && x.size() != 3)
    l.refuse("needs one input, or queries, keys and values, found " + std::to_string(x.size()) + " inputs");
  for (Traced& each : x) {
    each.value = as_computed(l, each.value);
    if (l.rank(each.value) != 3)
      l.refuse("needs inputs of shape (batch, time, features), found " + l.dims(each.value).to_string());
  }
  if (x.size() == 1) x = {x[0], x[0], x[0]};
  const Dim features = l.dim(x[2].value, 2);
  const int64_t heads = l.config().integer("head_num", Range{1});
  if (features.size % heads != 0)
    l.config().fail("head_num", "a divisor of the " + std::to_string(features.size) + " features of the values");
  if (l.dim(x[1].value, 1).size != l.dim(x[2].value, 1).size)
    l.refuse("needs as many keys as values, found " + l.dims(x[1].value).to_string() + " and " + l.dims(x[2].value).to_string());
  const Value query = heads_apart(l, projected_to_heads(l, x[0].value, "q", features), heads);
  const Value key = heads_apart(l, projected_to_heads(l, x[1].value, "k", features), heads);
  const Value value = heads_apart(l, projected_to_heads(l, x[2].value, "v", features), heads);
  const Shape of_keys{l.dim(x[1].value, 0), {1}, {1}, l.dim(x[1].value, 1)};
  const Value seen = x[1].mask ? l.reshape(as_boolean(l, x[1].mask), of_keys) : Value{};
  const Value weights = scaled_dot_weights(l, query, key, seen, l.config().flag("history_only", false));
  const int order[] = {0, 2, 1, 3};
  const Value together = l.transpose(l.matmul(weights, value), order);
  const Value y = l.reshape(together, {l.dim(together, 0), l.dim(together, 1), features});
  return {{projected_to_heads(l, y, "o", features), x[0].mask}};
}

std::vector<WeightName> weights_of_many_heads(const Config& config) {
  std::vector<WeightName> names;
  for (const char* what : {"q", "k", "v", "o"}) {
    names.push_back({.name = std::string("W") + what});
    if (config.flag("use_bias", true)) names.push_back({.name = std::string("b") + what});
  }
  return names;
}

std::vector<ChildName> layers_side_by_side(const Config& config) {
  std::vector<ChildName> children;
  if (config.is_missing("layers")) return children;
  for (const SerialisedLayer& layer : config.layers("layers"))
    children.push_back({.attribute = "layers/" + std::to_string(children.size()), .aliases = {}, .config = layer});
  return children;
}

std::vector<Traced> lower_side_by_side(Lowering& l) {
  const Config& config = l.config();
  const Traced in = l.input();
  const auto count = static_cast<int64_t>(config.layers("layers").size());
  if (count == 0) config.fail("layers", "one layer at least");
  Value all;
  Dim width;
  if (config.has("hidden_dim")) {
    width = {config.integer("hidden_dim", Range{1, Range::kMostExtent / count})};
    const Value x = as_computed(l, in.value);
    all = l.matmul(x, l.weight("W", {l.dim(x, -1), {width.size * count}}));
    if (config.flag("use_bias", true)) all = l.add(all, l.weight("b", {{width.size * count}}));
  }
  std::vector<Value> results;
  Value mask;
  for (int64_t i = 0; i < count; ++i) {
    const Value x = all ? l.slice_axis(all, -1, i * width.size, width.size) : in.value;
    const std::vector<Traced> y = l.call_child("layers/" + std::to_string(i), {Arg{Traced{x, in.mask}}});
    if (y.size() != 1) l.refuse("holds a layer with " + std::to_string(y.size()) + " results, needs one");
    if (i == 0) mask = y[0].mask;
    results.push_back(l.expand_dims(y[0].value, -1));
  }
  return {{l.concatenate(results, -1), mask}};
}

}  // namespace

std::vector<LayerDef> multi_head_layers() {
  const auto weights = [](const Config& config) {
    std::vector<WeightName> names;
    if (config.has("hidden_dim")) {
      names.push_back({.name = "W"});
      if (config.flag("use_bias", true)) names.push_back({.name = "b"});
    }
    return names;
  };
  LayerDef beside =
      cyberzhg_layer("keras_multi_head", "MultiHead",
                     {"layers", "hidden_dim", "use_bias", "reg_index", "reg_slice", "reg_factor"}, weights, lower_side_by_side);
  beside.children = layers_side_by_side;
  return {{.classes = {"keras_multi_head>MultiHeadAttention"},
           .keys = {"head_num", "activation", "use_bias", "history_only"},
           .weights = weights_of_many_heads,
           .lower = lower_many_heads},
          beside};
}

}  // namespace keraunos::loader
