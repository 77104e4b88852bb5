// MaskedLMHead, FNetEncoder and AlibiBias of KerasHub.
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/fourier.h"
#include "loader/layers/common/ids.h"
#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_heads_layers();

namespace {

// x (N, T, F) at the positions (N, P) of each row: (N, P, F).
Value taken_at_positions(Lowering& l, Value x, Value positions) {
  const int64_t rows = l.dim(x, 0).size, steps = l.dim(x, 1).size;
  const Dim width = l.dim(x, 2), wanted = l.dim(positions, 1);
  const Value ids = l.add(counted_from_end(l, l.cast(positions, DType::int32), steps),
                          l.expand_dims(l.multiply(l.cast(hub_steps(l, rows, 0), DType::int32), static_cast<double>(steps)), -1));
  const Value flat = l.reshape(x, {Dim{rows * steps}, width});
  return l.reshape(l.gather(flat, l.reshape(ids, {Dim{rows * wanted.size}})), {l.dim(x, 0), wanted, width});
}

std::vector<Traced> lower_masked_head(Lowering& l) {
  const Value x = first_input(l).value;
  const Value positions = tensor_argument_of(l, 1, "mask_positions").value;
  if (!positions) l.refuse("is called without mask_positions");
  if (l.rank(x) != 3 || l.rank(positions) != 2)
    l.refuse("needs (batch, steps, features) and (batch, positions), found " + l.dims(x).to_string() + " and " +
             l.dims(positions).to_string());
  const bool tied = l.config().has("token_embedding");
  const Dim width = tied ? Dim{l.child_config("token_embedding").integer("output_dim", Range{1})} : l.dim(x, -1);
  Value y = call_part(l, "_intermediate_dense", taken_at_positions(l, x, positions), width);
  y = call_part(l, "_intermediate_layer_norm", y);
  const Dim ids{tied ? l.child_config("token_embedding").integer("input_dim", Range{1})
                     : l.config().integer("vocabulary_size", Range{1})};
  const Value logits = tied ? l.call_child("token_embedding", {tensor_argument(y)}, {{"reverse", Arg{true}}})[0].value
                            : l.matmul(y, l.weight("output_kernel", {width, ids}));
  return {{l.activated(l.add(as_computed(l, logits), l.weight("output_bias", {ids}))), {}}};
}

std::vector<ChildName> masked_head_parts(const Config& config) {
  std::vector<ChildName> parts;
  if (config.has("token_embedding"))
    parts.push_back({.attribute = "token_embedding", .aliases = {}, .config = config.layer("token_embedding")});
  parts.push_back(
      hub_part(config, "Dense", "_intermediate_dense", {{"activation", value_of(config, "intermediate_activation", "relu")}}));
  parts.push_back(hub_part(config, "LayerNormalization", "_intermediate_layer_norm",
                           {{"epsilon", value_of(config, "layer_norm_epsilon", 1e-5)}}));
  return parts;
}

std::vector<WeightName> masked_head_weights(const Config& config) {
  if (config.has("token_embedding")) return {{.name = "output_bias"}};
  return {{.name = "output_kernel"}, {.name = "output_bias"}};
}

// The real part of the transform over steps and features, in float32.
Value mixed(Lowering& l, Value x) {
  const int64_t features = l.dim(x, -1).size, steps = l.dim(x, -2).size;
  const Value whole = l.cast(x, DType::float32);
  const Complex once = transformed(l, {whole, {}}, {.results = features, .real_only = false}, Direction::forward);
  const Complex turned{with_swapped_ends(l, once.real), with_swapped_ends(l, once.imaginary)};
  const Complex twice = transformed(l, turned, {.results = steps, .real_only = true}, Direction::forward);
  return l.cast(with_swapped_ends(l, twice.real), l.dtype(x));
}

std::vector<Traced> lower_f_net(Lowering& l) {
  if (l.config().number("dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Value x = as_computed(l, l.input().value);
  if (l.rank(x) != 3) l.refuse("needs an input of shape (batch, steps, features), found " + l.dims(x).to_string());
  const Value y = call_part(l, "_mixing_layer_norm", l.add(x, mixed(l, x)));
  const Value fed = call_part(l, "_output_dense", call_part(l, "_intermediate_dense", y), l.dim(x, -1));
  return {{call_part(l, "_output_layer_norm", l.add(y, fed)), {}}};
}

std::vector<ChildName> f_net_parts(const Config& config) {
  const Members epsilon{{"epsilon", value_of(config, "layer_norm_epsilon", 1e-5)}};
  return {hub_part(config, "LayerNormalization", "_mixing_layer_norm", epsilon),
          hub_part(config, "LayerNormalization", "_output_layer_norm", epsilon),
          hub_part(config, "Dense", "_intermediate_dense",
                   {{"units", value_of(config, "intermediate_dim")}, {"activation", value_of(config, "activation", "relu")}}),
          hub_part(config, "Dense", "_output_dense", {})};
}

std::vector<Traced> lower_alibi(Lowering& l) {
  const Value scores = as_computed(l, l.input().value);
  if (l.rank(scores) != 4)
    l.refuse("needs scores of shape (batch, heads, query steps, key steps), found " + l.dims(scores).to_string());
  return {{l.add(scores, alibi_bias(l, l.dim(scores, 1).size, l.dim(scores, 3).size,
                                    l.config().number("alibi_bias_max", 8, RealRange{1e-30}))),
           {}}};
}

}  // namespace

std::vector<double> alibi_slopes(int64_t heads, double most) {
  int64_t power = 1;
  while (power * 2 <= heads) power *= 2;
  std::vector<double> slopes;
  const double start = std::pow(2.0, -std::pow(2.0, -(std::log2(static_cast<double>(power)) - std::log2(most))));
  for (int64_t i = 0; i < power; ++i) slopes.push_back(start * std::pow(start, static_cast<double>(i)));
  if (power == heads) return slopes;
  const std::vector<double> next = alibi_slopes(2 * power, most);
  for (int64_t i = 0; i < heads - power; ++i) slopes.push_back(next[static_cast<size_t>(2 * i)]);
  return slopes;
}

Value alibi_bias(Lowering& l, int64_t heads, int64_t steps, double most) {
  const DType type = l.compute_dtype();
  const Value slopes = rounded_constant(l, alibi_slopes(heads, most), Dims{heads}, type);
  const Value distances = l.cast(l.add(hub_steps(l, steps, 0), static_cast<double>(1 - steps)), type);
  return l.multiply(l.reshape(slopes, {Dim{1}, Dim{heads}, Dim{1}, Dim{1}}), distances);
}

Value hub_masked_weights(Lowering& l, Value scores, Value seen, bool zero_masked) {
  const DType type = l.dtype(scores);
  const Value lowest = l.scalar(type == DType::float16 ? -6e4 : -3e38, type);
  const Value weights = l.softmax(l.select(seen, scores, lowest), -1);
  return zero_masked ? l.select(seen, weights, l.scalar(0, type)) : weights;
}

Value hub_masked_weights(Lowering& l, Value scores, Value seen) {
  return hub_masked_weights(l, scores, seen, !l.dialect().before(3, 10));
}

Value hub_rms_normalised(Lowering& l, Value x, Value scale, double epsilon) {
  const int last[] = {-1};
  const Value square = l.reduce(Reduction::mean, l.unary(Function::square, x), last, true);
  return l.multiply(l.multiply(x, l.unary(Function::rsqrt, l.add(square, epsilon))), scale);
}

std::vector<LayerDef> hub_heads_layers() {
  return {{.classes = hub_names({"MaskedLMHead"}),
           .keys = {"vocabulary_size", "token_embedding", "intermediate_activation", "activation", "layer_norm_epsilon"},
           .weights = masked_head_weights,
           .children = masked_head_parts,
           .lower = lower_masked_head,
           .autocast = false},
          {.classes = hub_names({"FNetEncoder"}),
           .keys = {"intermediate_dim", "dropout", "activation", "layer_norm_epsilon"},
           .weights = {},
           .children = f_net_parts,
           .lower = lower_f_net},
          {.classes = hub_names({"AlibiBias"}), .keys = {"alibi_bias_max"}, .weights = {}, .children = {}, .lower = lower_alibi}};
}

}  // namespace keraunos::loader
