// MultiHeadAttention: four projections around the Attention operation.
#include <algorithm>
#include <cmath>

#include "host/graph/ops.h"
#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"

namespace keraunos::loader {

std::vector<LayerDef> attention_layers();

namespace {

using files::Json;

struct Heads {
  int64_t count, key_size, value_size;

  explicit Heads(const Config& config)
      : count(config.integer("num_heads")), key_size(config.integer("key_dim")), value_size(config.integer("value_dim", 0)) {
    if (value_size == 0) value_size = key_size;
    if (count < 1 || key_size < 1 || value_size < 1) config.fail("num_heads", "positive num_heads, key_dim and value_dim");
  }
};

int64_t elements(const Shape& shape) {
  int64_t product = 1;
  for (Dim d : shape) product *= d.size;
  return product;
}

Shape joined(Shape a, const Shape& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// x (…, features) times a kernel (features…, result…): one product of matrices. `features` axes of x are summed over.
Value projected(Lowering& l, std::string_view child, Value x, size_t features, const Shape& result) {
  const Shape& whole = l.shape(x);
  const auto split = whole.end() - static_cast<ptrdiff_t>(features);
  const Shape leading(whole.begin(), split);
  Shape kernel;
  for (auto d = split; d != whole.end(); ++d) kernel.push_back({d->size});
  const Dim inner{elements(kernel)}, outer{elements(result)};
  const Value weights = l.reshape(l.child_weight(child, "kernel", joined(kernel, result)), {inner, outer});
  Value y = l.matmul(l.reshape(x, joined(leading, {inner})), weights);
  if (l.config().flag("use_bias", true)) y = l.add(y, l.reshape(l.child_weight(child, "bias", result), {outer}));
  return l.reshape(y, joined(leading, result));
}

// Attention over some of the axes between batch and features: the others join the batch, the attended ones become one axis of steps.
struct Layout {
  std::vector<int> order;  // of (batch, others…, attended…, heads, size)
  Shape whole;             // in that order
  size_t others;

  Layout(Lowering& l, Value heads, const std::vector<int>& attended) {
    std::vector<int> middle;
    for (int axis = 0; axis + 2 < l.rank(heads); ++axis) {
      if (std::find(attended.begin(), attended.end(), axis) == attended.end()) middle.push_back(axis);
    }
    others = middle.size();
    order = joined_axes(joined_axes(middle, attended), {l.rank(heads) - 2, l.rank(heads) - 1});
    for (int axis : order) whole.push_back(l.dim(heads, axis));
  }
  static std::vector<int> joined_axes(std::vector<int> a, const std::vector<int>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }
  Dim folded(size_t first, size_t end) const {
    Dim product{1};
    for (size_t i = first; i < end; ++i) product.size *= whole[i].size, product.varies = product.varies || whole[i].varies;
    return product;
  }
  Dim batch() const { return folded(0, others); }
  Dim steps() const { return folded(others, whole.size() - 2); }
  Value fold(Lowering& l, Value heads) const {
    return l.reshape(l.transpose(heads, order), {batch(), steps(), whole[whole.size() - 2], whole.back()});
  }
  Value unfold(Lowering& l, Value heads) const {
    Shape shape = whole;
    shape.back() = l.dim(heads, -1);
    std::vector<int> back(order.size());
    for (size_t i = 0; i < order.size(); ++i) back[static_cast<size_t>(order[i])] = static_cast<int>(i);
    return l.transpose(l.reshape(heads, shape), back);
  }
};

struct Operands {
  Traced query, value, key;
};

Operands operands(Lowering& l) {
  const std::vector<Traced> first = l.inputs();
  const auto tensor = [&](size_t position, std::string_view name, const Traced& otherwise) {
    const Arg* given = argument(l, position, name);
    if (given == nullptr) return otherwise;
    const std::vector<Traced> tensors = tensors_of(*given);
    if (tensors.size() != 1) l.refuse("is called with " + std::to_string(tensors.size()) + " tensors as " + std::string(name));
    return tensors[0];
  };
  if (first.empty()) l.refuse("is called without a query");
  Operands o{.query = first[0], .value = {}, .key = {}};
  o.value = tensor(1, "value", first.size() > 1 ? first[1] : Traced{});
  if (!o.value.value) l.refuse("is called without a value");
  o.key = tensor(2, "key", o.value);
  for (Traced* t : {&o.query, &o.value, &o.key}) {
    t->value = as_computed(l, t->value);
    if (l.rank(t->value) < 3) l.refuse("needs tensors of rank 3 at least, found " + l.dims(t->value).to_string());
  }
  return o;
}

struct Masks {
  Value query, key, scores;
};

// A key counts when the masks of value and key both allow it.
Masks masks(Lowering& l, const Operands& o, const Layout& query, const Layout& key) {
  Masks m{.query = mask_argument(l, o.query, "query_mask"), .key = mask_argument(l, o.value, "value_mask"), .scores = {}};
  const Value own = mask_argument(l, o.key, "key_mask");
  if (own && !(own == m.key)) m.key = m.key ? l.binary(Function::logical_and, m.key, own) : own;
  const Arg* given = argument(l, 6, "attention_mask");
  if (given == nullptr || tensors_of(*given).empty()) return m;
  // (batch, attended axes of the query, of the key), or with heads after the batch.
  const Value mask = as_boolean(l, tensors_of(*given).front().value);
  const size_t attended = query.whole.size() + key.whole.size() - query.others - key.others - 4;
  const bool with_heads = static_cast<size_t>(l.rank(mask)) == attended + 2;
  if (query.others != 1 || (!with_heads && static_cast<size_t>(l.rank(mask)) != attended + 1)) {
    l.refuse("has an attention_mask of shape " + l.dims(mask).to_string() + ", which cannot run with these attention_axes");
  }
  m.scores = l.reshape(mask, {l.dim(mask, 0), with_heads ? l.dim(mask, 1) : Dim{1}, query.steps(), key.steps()});
  return m;
}

// Since 3.13 a query that may look nowhere gives zeros where Keras computes the scores itself; its fused path still gives the mean.
bool zeroes_masked_rows(const Lowering& l, bool scores, int query_rank) {
  return !l.dialect().before(3, 13) && (scores || l.config().number("dropout", 0) > 0 || query_rank != 3);
}

std::vector<int> attended_axes(Lowering& l, int rank) {
  if (l.config().has("attention_axes")) return axes_of(l.config(), "attention_axes", rank, 1);
  std::vector<int> axes;
  for (int axis = 1; axis + 1 < rank; ++axis) axes.push_back(axis);
  return axes;
}

Shape output_shape(const Lowering& l, Value query) {
  if (!l.config().has("output_shape")) return {{l.dim(query, -1).size}};
  Shape shape;
  for (int64_t extent : l.config().integers("output_shape")) shape.push_back({extent});
  return shape;
}

// (batch, heads, T, S) with T and S unfolded to the attended axes again.
Value unfolded_scores(Lowering& l, Value scores, const Layout& query, const Layout& key) {
  if (query.others != 1) l.refuse("returns attention scores with these attention_axes, which cannot run");
  Shape shape{l.dim(scores, 0), l.dim(scores, 1)};
  shape.insert(shape.end(), query.whole.begin() + 1, query.whole.end() - 2);
  shape.insert(shape.end(), key.whole.begin() + 1, key.whole.end() - 2);
  return l.reshape(scores, shape);
}

std::vector<Traced> lower_multi_head_attention(Lowering& l) {
  const Config& config = l.config();
  if (config.number("dropout", 0) > 0) refuse_training(l);
  const Heads heads(config);
  const Operands o = operands(l);
  const bool scores = flag_argument(l, "return_attention_scores");
  const Value q = projected(l, "query_dense", o.query.value, 1, {{heads.count}, {heads.key_size}});
  const Value k = projected(l, "key_dense", o.key.value, 1, {{heads.count}, {heads.key_size}});
  const Value v = projected(l, "value_dense", o.value.value, 1, {{heads.count}, {heads.value_size}});

  const Layout query(l, q, attended_axes(l, l.rank(o.query.value))), key(l, k, attended_axes(l, l.rank(o.key.value)));
  const Masks mask = masks(l, o, query, key);
  host::Attention op{.scale = 1 / std::sqrt(static_cast<double>(heads.key_size)),
                     .causal = flag_argument(l, "use_causal_mask"),
                     .zero_masked = zeroes_masked_rows(l, scores, l.rank(o.query.value)),
                     .return_scores = scores};
  if (config.has("sliding_window")) op.window = config.integer("sliding_window");
  const Value inputs[] = {query.fold(l, q), key.fold(l, k), key.fold(l, v), mask.query, mask.key, mask.scores};
  const std::vector<Value> attended = l.attention(op, inputs);

  Value mixed = query.unfold(l, attended[0]);
  if (config.flag("use_gate", false)) {
    const Value gate = projected(l, "gate_dense", o.query.value, 1, {{heads.count}, {heads.value_size}});
    mixed = l.multiply(mixed, l.unary(Function::sigmoid, gate));
  }
  std::vector<Traced> results{{projected(l, "output_dense", mixed, 2, output_shape(l, o.query.value)), mask.query}};
  if (scores) results.push_back({unfolded_scores(l, attended[1], query, key), {}});
  return results;
}

// The projections, in the order of creation. Each is an EinsumDense that no config mentions.
std::vector<ChildName> projections(const Config& config) {
  const auto child = [&](const std::string& name, const std::string& key) {
    Json inner = Json::object();
    inner.set("name", name);
    if (const Json* trainable = config.find("trainable")) inner.set("trainable", *trainable);
    if (const Json* dtype = config.find("dtype")) inner.set("dtype", *dtype);
    if (config.flag("use_bias", true)) inner.set("bias_axes", "z");
    Json object = Json::object();
    object.set("class_name", "EinsumDense").set("config", std::move(inner));
    return ChildName{.attribute = key, .aliases = {'_' + key}, .config = std::make_shared<const Json>(std::move(object))};
  };
  std::vector<ChildName> children{child("query", "query_dense"), child("key", "key_dense")};
  if (config.flag("use_gate", false)) children.push_back(child("gate", "gate_dense"));
  children.push_back(child("value", "value_dense"));
  children.push_back(child("attention_output", "output_dense"));
  return children;
}

}  // namespace

std::vector<LayerDef> attention_layers() {
  return {{.classes = {"MultiHeadAttention"},
           .keys = {"num_heads", "key_dim", "value_dim", "dropout", "use_bias", "output_shape", "attention_axes", "sliding_window",
                    "flash_attention", "use_gate", "query_shape", "key_shape", "value_shape"},
           .weights = {},
           .children = projections,
           .lower = lower_multi_head_attention}};
}

}  // namespace keraunos::loader
