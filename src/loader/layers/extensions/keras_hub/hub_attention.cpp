// CachedMultiHeadAttention of KerasHub, without a cache, and MultiHeadAttention as its blocks create it: the width of a head
// follows from its inputs.
#include <algorithm>
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/projections.h"
#include "loader/layers/extensions/keras_hub/hub.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_attention_layers();

namespace {

// Since Keras 3.10 a query that may attend to nothing gives zeros where Keras computes the scores itself; its fused path gives
// the mean.
bool hub_zeroes_masked_rows(const Lowering& l, bool scores) {
  return !l.dialect().before(3, 10) && (scores || l.config().number("dropout", 0, RealRange{0, 1}) > 0);
}

// (N, T or 1, S), or with an axis of heads after the batch, of any numeric type.
Value spread_mask(Lowering& l, Value mask, Value query, Value key) {
  mask = as_boolean(l, mask);
  if (l.rank(mask) == 3) mask = l.expand_dims(mask, 1);
  if (l.rank(mask) != 4) l.refuse("needs an attention_mask of rank 3 or 4, found " + l.dims(mask).to_string());
  return l.broadcast_to(mask, {l.dim(query, 0), l.dim(mask, 1), l.dim(query, 1), l.dim(key, 1)});
}

struct AttentionCall {
  Traced query, value, key;
};

AttentionCall operands_of_call(Lowering& l) {
  AttentionCall call{.query = first_input(l), .value = tensor_argument_of(l, 1, "value"), .key = {}};
  if (!call.value.value) l.refuse("is called without a value");
  call.key = tensor_argument_of(l, 2, "key");
  if (!call.key.value) call.key = call.value;
  for (Traced* tensor : {&call.query, &call.value, &call.key}) {
    tensor->value = as_computed(l, tensor->value);
    if (l.rank(tensor->value) != 3) l.refuse("needs tensors of rank 3, found " + l.dims(tensor->value).to_string());
  }
  return call;
}

// Only over the axis of steps, and without a gate, which KerasHub would not apply.
void check_supported(const Config& config) {
  if (config.flag("use_gate", false)) config.fail("use_gate", "false");
  if (config.has("attention_axes") && config.integers("attention_axes", 1, Range{1}) != std::vector<int64_t>{1})
    config.fail("attention_axes", "1");
}

std::vector<Traced> attended_by_heads(Lowering& l, bool reads_carried_masks) {
  const Config& config = l.config();
  check_supported(config);
  if (config.number("dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const AttentionCall call = operands_of_call(l);
  const int64_t heads = config.integer("num_heads", Range{1}), width = l.dim(call.query.value, -1).size;
  if (!config.has("key_dim") && width < heads)
    config.fail("num_heads", std::to_string(width) + " at most, the width of the query");
  const int64_t size = config.integer("key_dim", std::max<int64_t>(width / heads, 1), Range{1});
  const int64_t value_size = config.integer("value_dim", size, Range{1});
  const Value query = split_heads(l, "query_dense", call.query.value, heads, size);
  const Value key = split_heads(l, "key_dense", call.key.value, heads, size);
  const Value value = split_heads(l, "value_dense", call.value.value, heads, value_size);
  AttentionOperands operands{.query = query, .key = key, .value = value};
  if (reads_carried_masks) {
    operands.query_mask = as_boolean(l, call.query.mask);
    operands.key_mask = as_boolean(l, call.value.mask);
  }
  if (const Value mask = tensor_argument_of(l, 3, "attention_mask").value) operands.mask = spread_mask(l, mask, query, key);
  const bool scores = flag_argument(l, "return_attention_scores");
  const AttentionOptions options{.scale = 1 / std::sqrt(static_cast<double>(size)),
                                 .causal = flag_argument(l, "use_causal_mask"),
                                 .zero_masked = hub_zeroes_masked_rows(l, scores),
                                 .return_scores = scores};
  const std::vector<Value> results = l.attention(options, operands);
  const Value joined = call_part(l, "output_dense", results[0], l.dim(call.query.value, -1));
  std::vector<Traced> all{{joined, reads_carried_masks ? call.query.mask : Value{}}};
  if (scores) all.push_back({results[1], {}});
  return all;
}

// Whisper's keys have no bias.
std::vector<ChildName> projections_of_hub(const Config& config, bool key_has_bias) {
  const files::Json open;
  const std::string split = "...x,xyz->...yz";
  const auto part = [&](const char* name, bool has_bias) {
    return projection(config, {name, std::string(name) + "_dense", split, has_bias ? "yz" : "", open});
  };
  std::vector<ChildName> parts{part("query", true), part("key", key_has_bias), part("value", true)};
  parts.push_back(projection(config, {"attention_output", "output_dense", "...xy,xya->...a", "a", open}));
  return parts;
}

LayerDef attention_of_hub(std::vector<std::string> classes, bool reads_carried_masks, bool key_has_bias = true) {
  return {.classes = std::move(classes),
          .keys = {"num_heads", "key_dim", "value_dim", "dropout", "use_bias", "attention_axes", "flash_attention", "use_gate"},
          .weights = {},
          .children = [key_has_bias](const Config& config) { return projections_of_hub(config, key_has_bias); },
          .lower = [reads_carried_masks](Lowering& l) { return attended_by_heads(l, reads_carried_masks); }};
}

// Keras's own class, which deletes masks after reading them.
LayerDef plain_attention() {
  LayerDef def = attention_of_hub({"keras_hub>part>MultiHeadAttention"}, true);
  def.traits = std::make_shared<const LayerTraits>(
      LayerTraits{.deletes_masks = [](const Dialect& dialect) { return !dialect.before(3, 8); }, .makes_its_children = true});
  return def;
}

}  // namespace

std::vector<LayerDef> hub_attention_layers() {
  return {attention_of_hub(hub_names({"CachedMultiHeadAttention"}), false),
          attention_of_hub(hub_names({"WhisperCachedMultiHeadAttention"}), false, false), plain_attention()};
}

}  // namespace keraunos::loader
