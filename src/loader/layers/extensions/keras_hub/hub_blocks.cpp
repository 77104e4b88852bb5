#include "loader/layers/extensions/keras_hub/hub_blocks.h"

#include <algorithm>
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/projections.h"
#include "loader/layers/extensions/keras_hub/hub_rotary.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_blocks_layers();

namespace {

using files::Json;

constexpr const char* kAttentionKeys[] = {"num_query_heads", "num_key_value_heads", "head_dim",
                                          "rotary",          "sliding_window",      "use_bias",
                                          "soft_cap",        "per_head_kernels",    "bidirectional"};

struct Shared {
  int64_t heads, shared, size;
};

Shared shared_heads(const Config& config, int64_t width) {
  const int64_t heads = config.integer("num_query_heads", Range{1}), shared = config.integer("num_key_value_heads", Range{1});
  if (heads % shared != 0) config.fail("num_key_value_heads", "a divisor of the " + std::to_string(heads) + " query heads");
  if (!config.has("head_dim") && width < heads) config.fail("num_query_heads", std::to_string(width) + " at most");
  const int64_t size = config.integer("head_dim", std::max<int64_t>(width / heads, 1), Range{1});
  if (size % 2 != 0) config.fail("head_dim", "an even number: pairs of features are turned");
  return {.heads = heads, .shared = shared, .size = size};
}

// Scores limited to cap · tanh(score / cap).
Value capped_attention(Lowering& l, const AttentionOptions& options, const AttentionOperands& o, const Shared& s, double cap) {
  const Shape all = l.shape(o.query);
  const Value query = l.reshape(o.query, {all[0], all[1], Dim{s.shared}, Dim{s.heads / s.shared}, all[3]});
  Value scores = l.einsum("btkgh,bskh->bkgts", l.multiply(query, options.scale), o.key);
  scores = l.multiply(l.unary(Function::tanh, l.multiply(scores, 1 / cap)), cap);
  const Value weights = causal_weights(l, scores, o.key_mask, options.window, true);
  return l.reshape(l.einsum("bkgts,bskh->btkgh", weights, o.value), all);
}

// Every step sees the steps around it within the window, of which one half lies before it.
void see_both_ways(Lowering& l, const Shape& query, AttentionOptions& options, AttentionOperands& operands) {
  options.causal = false;
  operands.query_mask = operands.key_mask;
  if (!options.window) return;
  const int64_t window = *options.window, steps = query[1].size, right = window / 2;
  options.window.reset();
  const Value numbers = hub_steps(l, steps, 0), distance = l.subtract(l.expand_dims(numbers, 1), numbers);
  const auto bound = [&](int64_t value) { return l.scalar(static_cast<double>(value), DType::float32); };
  const Value near = l.binary(Function::logical_and, l.binary(Function::less_equal, distance, bound(window - right - 1)),
                              l.binary(Function::greater_equal, distance, bound(-right)));
  operands.mask = l.broadcast_to(near, {query[0], Dim{1}, query[1], query[1]});
}

Value projected_heads(Lowering& l, Value x, const std::string& name, int64_t heads, int64_t size) {
  const Value y = split_heads(l, name + "_dense", x, heads, size);
  return l.config().has("head_norms") ? call_part(l, l.config().object("head_norms").text(name, ""), y) : y;
}

std::vector<Traced> lower_rotary_attention(Lowering& l) {
  const Config& config = l.config();
  const Value x = as_computed(l, first_input(l).value);
  const Shared s = shared_heads(config, l.dim(x, -1).size);
  const Rotary rotary = rotary_of(config.object("rotary"));
  const Value query = rotated(l, rotary, projected_heads(l, x, "query", s.heads, s.size));
  const Value key = rotated(l, rotary, projected_heads(l, x, "key", s.shared, s.size));
  AttentionOperands operands{.query = query, .key = key, .value = split_heads(l, "value_dense", x, s.shared, s.size)};
  if (const Value padding = tensor_argument_of(l, 1, "attention_mask").value)
    operands.key_mask = as_boolean(l, l.squeeze(padding, 1));
  AttentionOptions options{.scale = 1 / std::sqrt(static_cast<double>(s.size)),
                           .causal = true,
                           .zero_masked = !l.dialect().before(3, 10) || config.flag("per_head_kernels", false)};
  if (config.has("sliding_window")) options.window = config.integer("sliding_window", Range{1});
  const bool capped = config.has("soft_cap");
  if (config.flag("bidirectional", false)) {
    if (capped) config.fail("soft_cap", "null beside attention in both directions");
    see_both_ways(l, l.shape(query), options, operands);
  }
  const Value mixed = capped ? capped_attention(l, options, operands, s, config.number("soft_cap", 1, RealRange{1e-30}))
                             : l.attention(options, operands)[0];
  return {{call_part(l, "output_dense", mixed, l.dim(x, -1)), {}}};
}

std::vector<ChildName> rotary_projections(const Config& config) {
  const Json open;
  const bool per_head = config.flag("per_head_kernels", false);
  const std::string split = per_head ? "...x,yxz->...yz" : "...x,xyz->...yz";
  std::vector<ChildName> parts{projection(config, {"query", "query_dense", split, "yz", open}),
                               projection(config, {"key", "key_dense", split, "yz", open}),
                               projection(config, {"value", "value_dense", split, "yz", open}),
                               // no bias, not even in Qwen's
                               projection(config, {"attention_output", "output_dense", "...xy,xya->...a", "", open})};
  if (!config.has("head_norms")) return parts;
  const Config norms = config.object("head_norms");
  for (const char* what : {"query", "key"})
    parts.push_back(hub_part(config, norms.text("class", ""), norms.text(what, ""), {{"epsilon", value_of(norms, "epsilon")}}));
  return parts;
}

Members members_of(const Config& config, std::string_view key) {
  const auto members = config.object(key).json().members();
  return {members.begin(), members.end()};
}

// The feed-forward network as a separate layer.
ChildName net_of_block(const Config& config, const GatedNames& names) {
  if (config.has("experts")) return hub_part(config, "keras_hub>part>Experts", names.experts, members_of(config, "experts"));
  return hub_part(config, "keras_hub>part>GatedNet", names.experts,
                  {{"intermediate_dim", value_of(config, "intermediate_dim")}, {"hidden_dim", value_of(config, "hidden_dim")}});
}

std::vector<ChildName> gated_parts(const Config& config, const GatedNames& names) {
  Members attention;
  for (const char* key : kAttentionKeys) attention.emplace_back(key, value_of(config, key));
  if (config.has("head_norm_epsilon"))
    attention.emplace_back("head_norms", Json::object({{"class", names.norm},
                                                       {"query", names.query_norm},
                                                       {"key", names.key_norm},
                                                       {"epsilon", value_of(config, "head_norm_epsilon")}}));
  const auto dense = [&](const char* name, const char* width) {
    return hub_part(config, "Dense", name, {{"units", value_of(config, width)}, {"use_bias", false}});
  };
  const auto norm = [&](const char* name) {
    return hub_part(config, names.norm, name, {{"epsilon", value_of(config, "layer_norm_epsilon")}});
  };
  std::vector<ChildName> parts{hub_part(config, "keras_hub>part>RotaryAttention", names.attention, std::move(attention)),
                               norm(names.attention_norm)};
  if (names.experts != nullptr) {
    parts.push_back(net_of_block(config, names));
  } else {
    parts.push_back(dense(names.intermediate, "intermediate_dim"));
    parts.push_back(dense(names.gate, "intermediate_dim"));
    parts.push_back(dense(names.output, "hidden_dim"));
  }
  parts.push_back(norm(names.feed_norm));
  if (config.flag("use_post_attention_norm", false)) parts.push_back(norm(names.post_attention_norm));
  if (config.flag("use_post_ffw_norm", false)) parts.push_back(norm(names.post_feed_norm));
  return parts;
}

// The gate is computed in float32, except in Gemma.
Value fed_through_gate(Lowering& l, const GatedNames& names, Value x) {
  if (names.experts != nullptr) return call_part(l, names.experts, x);
  Value gate = call_part(l, names.gate, x);
  const DType type = l.dtype(gate);
  if (!names.per_head_kernels) gate = l.cast(gate, DType::float32);
  gate = l.cast(l.activated(gate), type);
  return call_part(l, names.output, l.multiply(call_part(l, names.intermediate, x), gate));
}

Value within_halves(Lowering& l, Value x) {
  const auto limit = [&](double value) { return l.scalar(value, l.dtype(x)); };
  return l.binary(Function::minimum, l.binary(Function::maximum, x, limit(-65504)), limit(65504));
}

Value sum_of(Lowering& l, const GatedNames& names, Value a, Value b) {
  if (!names.clips_halves || l.dtype(a) != DType::float16) return l.add(a, b);
  return l.cast(within_halves(l, l.add(l.cast(a, DType::float32), l.cast(b, DType::float32))), DType::float16);
}

std::vector<Traced> lower_gated(Lowering& l, const GatedNames& names) {
  if (l.config().number("dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Traced in = first_input(l);
  Value x = as_computed(l, in.value);
  if (names.clips_halves && l.dtype(x) == DType::float16) x = within_halves(l, x);
  Arg::Members keywords;
  if (const Value mask = merged_masks(l, in, tensor_argument_of(l, 1, "padding_mask").value, {}))
    keywords.emplace_back("attention_mask", tensor_argument(mask));
  const Value normed = call_part(l, names.attention_norm, x);
  Value attended = l.call_child(names.attention, {tensor_argument(normed)}, std::move(keywords))[0].value;
  if (l.config().flag("use_post_attention_norm", false)) attended = call_part(l, names.post_attention_norm, attended);
  const Value middle = sum_of(l, names, x, attended);
  Value fed = fed_through_gate(l, names, call_part(l, names.feed_norm, middle));
  if (l.config().flag("use_post_ffw_norm", false)) fed = call_part(l, names.post_feed_norm, fed);
  return {{sum_of(l, names, fed, middle), {}}};
}

std::vector<Traced> lower_root_norm(Lowering& l, bool beside_one) {
  const Value x = l.cast(l.input().value, DType::float32);
  Value scale = l.cast(l.weight("scale", {Dim{l.dim(x, -1).size}}, false), DType::float32);
  if (beside_one) scale = l.add(scale, 1.0);
  const Value y = hub_rms_normalised(l, x, scale, l.config().number("epsilon", 1e-6, RealRange{}));
  return {{l.cast(y, l.compute_dtype()), {}}};
}

std::set<std::string> gated_keys() {
  std::set<std::string> keys{"intermediate_dim",        "hidden_dim", "activation",
                             "layer_norm_epsilon",      "dropout",    "use_post_ffw_norm",
                             "use_post_attention_norm", "experts",    "head_norm_epsilon"};
  keys.insert(std::begin(kAttentionKeys), std::end(kAttentionKeys));
  return keys;
}

// True for the steps up to itself that a step may see: (T, T).
Value steps_seen(Lowering& l, int64_t steps, std::optional<int64_t> window) {
  const Value numbers = hub_steps(l, steps, 0), rows = l.expand_dims(numbers, 1);
  const Value seen = l.binary(Function::greater_equal, rows, numbers);
  if (!window) return seen;
  const Value near = l.binary(Function::less, l.subtract(rows, numbers), l.scalar(static_cast<double>(*window), DType::float32));
  return l.binary(Function::logical_and, seen, near);
}

}  // namespace

Value causal_weights(Lowering& l, Value scores, Value key_mask, std::optional<int64_t> window, bool zero_masked) {
  const Shape all = l.shape(scores);
  Value seen = steps_seen(l, all.back().size, window);
  if (key_mask) {
    Shape spread(all.size(), Dim{1});
    spread.front() = all.front(), spread.back() = all.back();
    seen = l.binary(Function::logical_and, seen, l.reshape(key_mask, spread));
  }
  return hub_masked_weights(l, scores, seen, zero_masked);
}

std::vector<LayerDef> gated_layers(const GatedNames& names) {
  return {{.classes = {names.block},
           .keys = gated_keys(),
           .weights = {},
           .children = [names](const Config& config) { return gated_parts(config, names); },
           .lower = [names](Lowering& l) { return lower_gated(l, names); }},
          {.classes = {names.norm},
           .keys = {"epsilon"},
           .weights = [](const Config&) { return std::vector<WeightName>{{.name = "scale"}}; },
           .children = {},
           .lower = [names](Lowering& l) { return lower_root_norm(l, names.per_head_kernels); },
           .autocast = false}};
}

Json gated_model(const Config& config, const GatedModel& model) {
  FunctionalForm f(config);
  const Json inputs = text_inputs(f, {"token_ids", "padding_mask"});
  FunctionalForm::Tensor x = f.add(model.embedding, inputs["token_ids"]);
  if (model.scales_embedding) {
    const double factor = std::sqrt(static_cast<double>(config.integer("hidden_dim", Range{1})));
    x = f.operation("Multiply", "multiply", {x, static_cast<double>(static_cast<float>(factor))});
  }
  for (int64_t i = 0; i < hub_count(config, "num_layers"); ++i) {
    Members block = model.block;
    if (model.vary) model.vary(i, block);
    x = f.add(model.names->block, hub_numbered(model.block_name, i), std::move(block), x,
              {{"padding_mask", inputs["padding_mask"]}});
  }
  Json epsilon = value_of(config, "layer_norm_epsilon", 1e-6);
  return f.config(inputs, f.add(model.names->norm, model.norm_name, {{"epsilon", std::move(epsilon)}}, x));
}

std::vector<LayerDef> hub_blocks_layers() {
  std::set<std::string> keys(std::begin(kAttentionKeys), std::end(kAttentionKeys));
  keys.insert("head_norms");
  return {{.classes = {"keras_hub>part>RotaryAttention"},
           .keys = std::move(keys),
           .weights = {},
           .children = rotary_projections,
           .lower = lower_rotary_attention}};
}

}  // namespace keraunos::loader
