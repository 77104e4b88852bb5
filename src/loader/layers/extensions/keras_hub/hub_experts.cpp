// Feed-forward networks as layers inside a block: one with a gate, or several, of which each step uses those with the largest
// router weights (Mixtral, Qwen's mixture-of-experts models).
#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/keras_hub/hub.h"
#include "loader/ops/one_hot.h"
#include "loader/ops/sorting.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_experts_layers();

namespace {

using files::Json;

constexpr const char *kRouter = "_sparse_feedforward_gate_dense", *kShared = "shared_expert_dense",
                     *kSharedGate = "shared_expert_gate_dense";
constexpr const char *kIntermediate = "_feedforward_intermediate_dense", *kGate = "_feedforward_gate_dense",
                     *kOutput = "_feedforward_output_dense";

// silu, computed in float32.
Value silu_of_gate(Lowering& l, Value gate) {
  return l.cast(l.unary(Function::silu, l.cast(gate, DType::float32)), l.dtype(gate));
}

std::vector<Traced> lower_gated_net(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const Value gate = silu_of_gate(l, call_part(l, kGate, x));
  return {{call_part(l, kOutput, l.multiply(call_part(l, kIntermediate, x), gate)), {}}};
}

std::vector<ChildName> parts_of_gated_net(const Config& config) {
  const auto dense = [&](const char* name, const char* width) {
    return hub_part(config, "Dense", name, {{"units", value_of(config, width)}, {"use_bias", false}});
  };
  return {dense(kIntermediate, "intermediate_dim"), dense(kGate, "intermediate_dim"), dense(kOutput, "hidden_dim")};
}

// x (steps, features) through each expert: (experts, steps, features). In Qwen one weight holds both kernels of the first layer.
std::vector<Traced> lower_expert_bank(Lowering& l) {
  const Config& config = l.config();
  const Value x = as_computed(l, l.input().value);
  const Dim experts{config.integer("num_experts", Range{1})}, features = l.dim(x, 1);
  const int64_t width = config.integer("intermediate_dim", Range{1, Range::kMostExtent / 2});
  const bool joined = config.flag("joined", false);
  const Shape first{experts, features, {joined ? 2 * width : width}};
  Value gate = l.einsum("th,ehm->etm", x, l.weight("gate", first)), up;
  if (joined) {
    up = l.slice_axis(gate, 2, width, width);
    gate = l.unary(Function::silu, l.slice_axis(gate, 2, 0, width));
  } else {
    gate = silu_of_gate(l, gate);
    up = l.einsum("th,ehm->etm", x, l.weight("intermediate", first));
  }
  return {{l.einsum("eti,eih->eth", l.multiply(up, gate), l.weight("output", {experts, {width}, features})), {}}};
}

// The weight of each expert for a step, (experts, steps, 1): the router's for the top_k largest, else 0.
Value shares_of_experts(Lowering& l, Value x) {
  const Config& config = l.config();
  const int64_t experts = config.integer("num_experts", Range{1}), first = config.integer("top_k", Range{1, experts});
  const Value probabilities = l.softmax(call_part(l, kRouter, x), -1);
  const auto found = sorted_along(l, probabilities, 1, {.results = host::Sort::both, .descending = true, .first = first});
  Value top = found[0];
  const int last[] = {-1}, ranks[] = {1};
  if (config.flag("normalised", false)) top = l.divide(top, l.reduce(Reduction::sum, top, last, true));
  const Value chosen = l.cast(one_hot_mask(l, found[1], experts, 2), l.dtype(top));
  const Value shares = l.reduce(Reduction::sum, l.multiply(chosen, l.expand_dims(top, -1)), ranks);
  const int order[] = {1, 0};
  return l.cast(l.expand_dims(l.transpose(shares, order), -1), l.dtype(x));
}

std::vector<Traced> lower_experts(Lowering& l) {
  const Value input = as_computed(l, l.input().value);
  if (l.rank(input) != 3) l.refuse("needs an input of shape (batch, steps, features), found " + l.dims(input).to_string());
  const int64_t steps = l.dim(input, 0).size * l.dim(input, 1).size;
  const Value x = l.reshape(input, {{steps, true}, l.dim(input, 2)});
  const int experts[] = {0};
  Value y = l.reduce(Reduction::sum, l.multiply(call_part(l, "expert_bank", x), shares_of_experts(l, x)), experts);
  if (l.config().has("shared_dim"))
    y = l.add(y, l.multiply(call_part(l, kShared, x), l.unary(Function::sigmoid, call_part(l, kSharedGate, x))));
  return {{l.reshape(y, l.shape(input)), {}}};
}

std::vector<ChildName> parts_of_experts(const Config& config) {
  std::vector<ChildName> parts{
      hub_part(config, "Dense", kRouter, {{"units", value_of(config, "num_experts")}, {"use_bias", false}}),
      hub_part(config, "keras_hub>part>ExpertBank", "expert_bank",
               {{"num_experts", value_of(config, "num_experts")},
                {"intermediate_dim", value_of(config, "intermediate_dim")},
                {"joined", value_of(config, "joined")}})};
  if (!config.has("shared_dim")) return parts;
  parts.push_back(
      hub_part(config, "keras_hub>part>GatedNet", kShared,
               {{"intermediate_dim", value_of(config, "shared_dim")}, {"hidden_dim", value_of(config, "hidden_dim")}}));
  parts.push_back(hub_part(config, "Dense", kSharedGate, {{"units", 1}, {"use_bias", false}}));
  return parts;
}

}  // namespace

std::vector<LayerDef> hub_experts_layers() {
  LayerDef bank = hub_part_layer("ExpertBank", {"num_experts", "intermediate_dim", "joined"}, {}, lower_expert_bank);
  bank.weights = [](const Config& config) {
    if (config.flag("joined", false)) return std::vector<WeightName>{{.name = "gate"}, {.name = "output"}};
    return std::vector<WeightName>{{.name = "gate"}, {.name = "intermediate"}, {.name = "output"}};
  };
  return {
      hub_part_layer("GatedNet", {"intermediate_dim", "hidden_dim"}, parts_of_gated_net, lower_gated_net), std::move(bank),
      hub_part_layer("Experts", {"num_experts", "top_k", "normalised", "intermediate_dim", "hidden_dim", "joined", "shared_dim"},
                     parts_of_experts, lower_experts)};
}

}  // namespace keraunos::loader
