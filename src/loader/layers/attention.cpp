// MultiHeadAttention and GroupQueryAttention: four projections around the Attention operation.
#include <algorithm>
#include <cmath>

#include "host/graph/extent.h"
#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"
#include "loader/layers/common/projections.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> attention_layers();

namespace {

using files::Json;

struct Heads {
  int64_t count, shared;  ///< heads of the query; heads of key and value, each of which serves several of the query's
  int64_t key_size, value_size;
};

bool is_grouped(const Config& config) { return config.has("num_query_heads"); }

Heads grouped_heads(const Config& config) {
  const int64_t count = config.integer("num_query_heads", Range{1}), shared = config.integer("num_key_value_heads", Range{1});
  if (count % shared != 0) config.fail("num_key_value_heads", "a divisor of the " + std::to_string(count) + " query heads");
  const int64_t size = config.integer("head_dim", Range{1});
  return {.count = count, .shared = shared, .key_size = size, .value_size = size};
}

Heads heads_of(const Config& config) {
  if (is_grouped(config)) return grouped_heads(config);
  const int64_t count = config.integer("num_heads", Range{1}), key_size = config.integer("key_dim", Range{1});
  const int64_t value_size = config.integer("value_dim", 0, Range{});
  return {.count = count, .shared = count, .key_size = key_size, .value_size = value_size == 0 ? key_size : value_size};
}

// x (…, features) through one of the four projections, each of which is an EinsumDense with its own weights.
Value projected(Lowering& l, std::string_view child, Value x) { return l.call_child(child, {Arg{Traced{x}}})[0].value; }

// Attention over some of the axes between batch and features: the other axes are folded into the batch, the attended ones into
// one axis of steps.
struct Layout {
  std::vector<int> order;  // the permutation to (batch, others…, attended…, heads, size)
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
  Dim folded(size_t first, size_t end) const { return host::product_of(std::span(whole).subspan(first, end - first)); }
  Dim batch() const { return folded(0, others); }
  Dim steps() const { return folded(others, whole.size() - 2); }
  Value fold(Lowering& l, Value heads) const {
    return l.reshape(l.transpose(heads, order), {batch(), steps(), whole[whole.size() - 2], l.dim(heads, -1)});
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
  // MultiHeadAttention computes with the masks that its inputs carry since Keras 2.10.
  if (l.dialect().before(2, 10)) o.value.mask = o.key.mask = {};
  // Keras uses no mask of the key unless the key is an argument.
  if (is_grouped(l.config()) && argument(l, 2, "key") == nullptr) o.key.mask = {};
  for (Traced* t : {&o.query, &o.value, &o.key}) {
    t->value = as_computed(l, t->value);
    if (l.rank(t->value) < 3 || (is_grouped(l.config()) && l.rank(t->value) > 3))
      l.refuse("needs tensors of rank 3" + std::string(is_grouped(l.config()) ? "" : " at least") + ", found " +
               l.dims(t->value).to_string());
  }
  return o;
}

struct Masks {
  Value query, key, scores;
};

// A mask has the axes (attended axes of the query, of the key), after the batch, after batch and heads, or alone; an extent of 1
// applies to the whole axis.
Value attention_mask(Lowering& l, Value mask, const Layout& query, const Layout& key) {
  Shape whole{query.whole[0], Dim{1}};
  whole.insert(whole.end(), query.whole.begin() + 1, query.whole.end() - 2);
  whole.insert(whole.end(), key.whole.begin() + 1, key.whole.end() - 2);
  const int attended = static_cast<int>(whole.size()) - 2;
  if (query.others != 1 || l.rank(mask) < attended || l.rank(mask) > attended + 2) {
    l.refuse("has an attention_mask of shape " + l.dims(mask).to_string() + ", which cannot run with these attention_axes");
  }
  if (l.rank(mask) == attended) mask = l.expand_dims(mask, 0);
  if (l.rank(mask) == attended + 1) mask = l.expand_dims(mask, 1);
  whole[1] = l.dim(mask, 1);
  return l.reshape(l.broadcast_to(mask, whole), {whole[0], whole[1], query.steps(), key.steps()});
}

// A key is used when the masks of value and key both allow it. Since 3.8 the query's mask is the one that the query tensor
// carries, but not in GroupQueryAttention.
Masks masks(Lowering& l, const Operands& o, const Layout& query, const Layout& key) {
  const bool carried = !l.dialect().before(3, 8) && !is_grouped(l.config());
  const Traced query_of_scores{o.query.value, l.dialect().before(2, 10) ? Value{} : o.query.mask};
  Masks m{.query = mask_argument(l, query_of_scores, carried ? "" : "query_mask"),
          .key = mask_argument(l, o.value, "value_mask"),
          .scores = {}};
  const Value own = mask_argument(l, o.key, "key_mask");
  if (own && !(own == m.key)) m.key = m.key ? l.binary(Function::logical_and, m.key, own) : own;
  const Arg* given = argument(l, 6, "attention_mask");
  if (given == nullptr || tensors_of(*given).empty()) return m;
  m.scores = attention_mask(l, as_boolean(l, tensors_of(*given).front().value), query, key);
  return m;
}

// Since 3.10 a query that may attend to nothing gives zeros where Keras computes the scores itself; its fused path still gives
// the mean.
bool zeroes_masked_rows(const Lowering& l, bool scores, int query_rank) {
  return !l.dialect().before(3, 10) && (scores || l.config().number("dropout", 0, RealRange{0, 1}) > 0 || query_rank != 3);
}

std::vector<int> attended_axes(Lowering& l, int rank) {
  if (l.config().has("attention_axes")) return axes_of(l.config(), "attention_axes", rank, 1);
  std::vector<int> axes;
  for (int axis = 1; axis + 1 < rank; ++axis) axes.push_back(axis);
  return axes;
}

// Concatenates the heads (…, heads, size); without an output_shape the result is as wide as the query.
Value joined(Lowering& l, Value heads, Value query) {
  Arg width;
  width.value = l.dim(query, -1).size;
  Arg::Members keywords;
  if (!l.config().has("output_shape")) keywords.emplace_back("output_shape", width);
  return l.call_child("output_dense", {Arg{Traced{heads}}}, std::move(keywords))[0].value;
}

// Converts (batch, heads, T, S) back to the attended axes.
Value unfolded_scores(Lowering& l, Value scores, const Layout& query, const Layout& key) {
  if (query.others != 1) l.refuse("returns attention scores with these attention_axes, which cannot run");
  Shape shape{l.dim(scores, 0), l.dim(scores, 1)};
  shape.insert(shape.end(), query.whole.begin() + 1, query.whole.end() - 2);
  shape.insert(shape.end(), key.whole.begin() + 1, key.whole.end() - 2);
  return l.reshape(scores, shape);
}

std::vector<Traced> lower_attention(Lowering& l) {
  const Config& config = l.config();
  if (config.number("dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Heads heads = heads_of(config);
  const Operands o = operands(l);
  const bool scores = flag_argument(l, "return_attention_scores");
  const Value q = projected(l, "query_dense", o.query.value), k = projected(l, "key_dense", o.key.value);
  const Value v = projected(l, "value_dense", o.value.value);

  const Layout query(l, q, attended_axes(l, l.rank(o.query.value))), key(l, k, attended_axes(l, l.rank(o.key.value)));
  const Masks mask = masks(l, o, query, key);
  AttentionOptions op{.scale = 1 / std::sqrt(static_cast<double>(heads.key_size)),
                      .causal = flag_argument(l, "use_causal_mask"),
                      .zero_masked = zeroes_masked_rows(l, scores, l.rank(o.query.value)),
                      .return_scores = scores};
  if (config.has("sliding_window")) op.window = config.integer("sliding_window", Range{1});
  const std::vector<Value> attended = l.attention(op, {.query = query.fold(l, q),
                                                       .key = key.fold(l, k),
                                                       .value = key.fold(l, v),
                                                       .query_mask = mask.query,
                                                       .key_mask = mask.key,
                                                       .mask = mask.scores});

  Value mixed = query.unfold(l, attended[0]);
  if (config.flag("use_gate", false)) mixed = l.multiply(mixed, projected(l, "gate_dense", o.query.value));
  const Value passed = is_grouped(config) ? o.query.mask : mask.query;  // Keras passes on the mask that the query carries
  std::vector<Traced> results{{joined(l, mixed, o.query.value), passed}};
  if (scores) results.push_back({unfolded_scores(l, attended[1], query, key), {}});
  return results;
}

// In the order of creation.
std::vector<ChildName> projections(const Config& config) {
  const Heads heads = heads_of(config);
  const Json query = list_of_integers({heads.count, heads.key_size}), gate = list_of_integers({heads.count, heads.value_size});
  const Json key = list_of_integers({heads.shared, heads.key_size}), value = list_of_integers({heads.shared, heads.value_size});
  const std::string split = "...x,xyz->...yz";
  std::vector<ChildName> children{projection(config, {"query", "query_dense", split, "yz", query}),
                                  projection(config, {"key", "key_dense", split, "yz", key})};
  if (config.flag("use_gate", false))
    children.push_back(projection(config, {"gate", "gate_dense", split, "yz", gate, "sigmoid"}));
  children.push_back(projection(config, {"value", "value_dense", split, "yz", value}));

  // The result may have several axes: "...xy,xyzw->...zw".
  const Json* shape = config.find("output_shape");
  const size_t axes = shape != nullptr && shape->is_array() ? static_cast<size_t>(shape->size()) : 1;
  if (axes > 8) config.fail("output_shape", "8 extents at most");
  const std::string result = std::string("abcdefgh").substr(0, axes);
  children.push_back(projection(config, {"attention_output", "output_dense", "...xy,xy" + result + "->..." + result, result,
                                         shape != nullptr ? *shape : Json()}));
  return children;
}

// Keras 3 reports the query's length for both axes of the scores.
std::optional<std::vector<Shape>> claimed_shapes(Lowering& l, const std::vector<Traced>& results) {
  if (l.dialect().before(3, 0) || results.size() != 2) return std::nullopt;
  const Value query = first_input(l).value;
  const Dim length = l.dim(query, 1);
  return std::vector<Shape>{l.shape(results[0].value),
                            {l.dim(query, 0), Dim{l.config().integer("num_heads", Range{1})}, length, length}};
}

std::shared_ptr<const LayerTraits> traits() {
  return std::make_shared<const LayerTraits>(
      LayerTraits{.underscored_children = {"gate_dense"},
                  .deletes_masks = [](const Dialect& dialect) { return !dialect.before(3, 8); },
                  .claimed_shapes = claimed_shapes,
                  .returns_tuple = true,
                  .makes_its_children = true});
}

LayerDef layer(std::vector<std::string> classes, std::set<std::string> keys, std::shared_ptr<const LayerTraits> stated) {
  keys.insert({"dropout", "use_bias", "use_gate", "sliding_window", "flash_attention"});
  return {.classes = std::move(classes),
          .keys = std::move(keys),
          .weights = {},
          .children = projections,
          .lower = lower_attention,
          .traits = std::move(stated)};
}

}  // namespace

std::vector<LayerDef> attention_layers() {
  const LayerTraits grouped{.underscored_children = {"query_dense", "key_dense", "value_dense", "gate_dense", "output_dense"},
                            .masks_are_arguments = true,
                            .makes_its_children = true};
  return {
      layer({"MultiHeadAttention"},
            {"num_heads", "key_dim", "value_dim", "output_shape", "attention_axes", "query_shape", "key_shape", "value_shape"},
            traits()),
      layer({"GroupQueryAttention", "GroupedQueryAttention"}, {"head_dim", "num_query_heads", "num_key_value_heads"},
            std::make_shared<const LayerTraits>(grouped)),
  };
}

}  // namespace keraunos::loader
