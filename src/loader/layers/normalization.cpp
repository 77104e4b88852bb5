// Normalisation with stored statistics (BatchNormalization) and with statistics of the tensor (LayerNormalization,
// UnitNormalization).
#include "loader/layers/normalization.h"

#include <algorithm>

#include "host/graph/graph.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/common/used_weight.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> normalization_layers();

namespace {

// Statistics of half-precision tensors could overflow: Keras computes them, and everything after them, in float32.
DType statistics_type(DType type) { return type == DType::float16 || type == DType::bfloat16 ? DType::float32 : type; }

// A weight over `axes`, in a shape that broadcasts over x. Keras 2 stores lists of axes at full rank, all others as a vector.
struct Parameters {
  Lowering& l;
  Value x;
  std::vector<int> axes;
  Value operator()(std::string_view name) const {
    const Shape spread = broadcast_at(l, x, axes);
    const bool full_rank = axes.size() > 1 && l.has_weight(name) && l.saved(name).dims().rank() == l.rank(x);
    const Value weight = l.cast(used_weight(l, name, full_rank ? spread : extents_at(l, x, axes), false), l.dtype(x));
    const bool trailing = axes.size() == 1 && axes[0] == l.rank(x) - 1;
    return trailing ? weight : l.reshape(weight, spread);
  }
};

struct Moments {
  Value mean, variance;
};

// Keras 2 uses one fused operation where the channels are the first or last axis, with 2 or 3 spatial axes.
bool is_fused(Lowering& l, Value x, const std::vector<int>& axes) {
  const Config& config = l.config();
  const bool spatial = (l.rank(x) == 4 || l.rank(x) == 5) && axes.size() == 1 && (axes[0] == 1 || axes[0] == l.rank(x) - 1);
  return l.dialect().major == 2 && spatial && l.compute_dtype() != DType::float64 && !config.flag("synchronized", false) &&
         (!config.has("fused") || config.flag("fused", true)) && !config.flag("renorm", false) && l.dtype(x) != DType::float64;
}

// Keras 3 refuses a mask of any other rank, also where it does not use the mask.
void require_mask_over_others(Lowering& l, const Traced& in) {
  if (l.dialect().before(3, 0)) return;
  const Value mask = numeric_mask_argument(l, in);
  if (!mask || l.rank(mask) + 1 == l.rank(in.value)) return;
  l.refuse("is called with a mask of shape " + l.dims(mask).to_string() +
           ", whose rank is not one less than that of the input, " + l.dims(in.value).to_string());
}

// The elements are weighted by a mask, except in the fused operation.
Moments batch_moments(Lowering& l, Value x, const std::vector<int>& axes) {
  const std::vector<int> others = other_axes(l.rank(x), axes);
  const Value mask = is_fused(l, x, axes) ? Value{} : numeric_mask_argument(l, {x, l.input().mask});
  if (!mask) {
    const Value mean = l.reduce(Reduction::mean, x, others, true);
    return {mean, l.reduce(Reduction::mean, l.unary(Function::square, l.subtract(x, mean)), others, true)};
  }
  const Value weights = l.broadcast_to(l.expand_dims(l.cast(mask, l.dtype(x)), -1), l.shape(x));
  const Value total = l.reduce(Reduction::sum, weights, others, true);
  const auto weighted = [&](Value v) { return l.divide(l.reduce(Reduction::sum, l.multiply(v, weights), others, true), total); };
  const Value mean = weighted(x);
  return {mean, weighted(l.unary(Function::square, l.subtract(x, mean)))};
}

// x·scale + shift with scale = gamma / sqrt(variance + epsilon) and shift = beta − mean·scale, as TensorFlow computes it: of
// constants the two numbers per channel are constants, which fold into a preceding convolution.
Value normalised(Lowering& l, Value x, const std::vector<int>& axes, bool batch_statistics) {
  const Config& config = l.config();
  const Parameters parameter{l, x, axes};
  const Moments moments =
      batch_statistics ? batch_moments(l, x, axes) : Moments{parameter("moving_mean"), parameter("moving_variance")};
  Value scale = l.unary(Function::rsqrt, l.add(moments.variance, config.number("epsilon", 1e-3, RealRange{})));
  if (config.flag("scale", true)) scale = l.multiply(scale, parameter("gamma"));
  const Value moved = l.multiply(moments.mean, scale);
  const Value shift = config.flag("center", true) ? l.subtract(parameter("beta"), moved) : l.unary(Function::negate, moved);
  return l.add(l.multiply(x, scale), shift);
}

// The permutation of the Transpose that made x, if there is one.
const std::vector<int>* permutation_before(Lowering& l, Value x, Value& source) {
  for (auto node = host::graph_of(l).nodes.rbegin(); node != host::graph_of(l).nodes.rend(); ++node) {
    if (node->out.empty() || !(node->out[0] == x)) continue;
    source = node->in[0];
    const auto* op = std::get_if<host::Transpose>(&node->op);
    return op != nullptr ? &op->permutation : nullptr;
  }
  return nullptr;
}

// After a channels_first convolution x is a transposed tensor: normalising before the transpose lets the numbers fold into the
// convolution.
Value normalised_before_transpose(Lowering& l, Value x, const std::vector<int>& axes, bool batch_statistics) {
  Value source;
  const std::vector<int>* found = permutation_before(l, x, source);
  if (found == nullptr || axes.size() != 1 || batch_statistics) return normalised(l, x, axes, batch_statistics);
  const std::vector<int> permutation = *found;
  return l.transpose(normalised(l, source, {permutation[static_cast<size_t>(axes[0])]}, false), permutation);
}

// x / sqrt(variance + epsilon) · gamma: Keras's rms_scaling, although it divides by the deviation, not by the root mean square.
Value scaled_by_deviation(Lowering& l, Value x, const std::vector<int>& axes, double epsilon) {
  const Value mean = l.reduce(Reduction::mean, x, axes, true);
  const Value variance = l.reduce(Reduction::mean, l.unary(Function::square, l.subtract(x, mean)), axes, true);
  const Value y = l.multiply(x, l.unary(Function::rsqrt, l.add(variance, epsilon)));
  return l.multiply(y, Parameters{l, x, axes}("gamma"));
}

// Keras stores gamma and beta in the order in which the config lists the axes, and reads the numbers as if the axes were
// ascending.
Shape extents_as_listed(const Lowering& l, Value x) {
  Shape extents;
  for (int64_t axis : l.config().has("axis") ? l.config().integers("axis") : std::vector<int64_t>{-1}) {
    extents.push_back(l.dim(x, static_cast<int>(axis)));
  }
  return extents;
}

// The operation works on trailing axes; other axes are transposed to the end and back.
Value layer_normalised(Lowering& l, Value x, const std::vector<int>& axes, double epsilon) {
  const Shape extents = extents_at(l, x, axes), stored = extents_as_listed(l, x);
  const auto parameter = [&](std::string_view name, bool present) {
    return present ? l.reshape(l.cast(l.weight(name, stored, false), l.dtype(x)), extents) : Value{};
  };
  const Value gamma = parameter("gamma", l.config().flag("scale", true)),
              beta = parameter("beta", l.config().flag("center", true));
  std::vector<int> order = other_axes(l.rank(x), axes);
  order.insert(order.end(), axes.begin(), axes.end());
  std::vector<int> back(order.size());
  for (size_t i = 0; i < order.size(); ++i) back[static_cast<size_t>(order[i])] = static_cast<int>(i);
  return l.transpose(l.layer_norm(l.transpose(x, order), gamma, beta, static_cast<int>(axes.size()), epsilon), back);
}

std::vector<Traced> lower_layer_normalization(Lowering& l) {
  const Traced in = l.input();
  Value x = as_computed(l, in.value);
  const DType type = l.dtype(x);
  x = l.cast(x, statistics_type(type));
  const std::vector<int> axes = axes_of(l.config(), "axis", l.rank(x), -1);
  const double epsilon = l.config().number("epsilon", 1e-3, RealRange{});
  const bool rms = l.config().flag("rms_scaling", false);
  return {{l.cast(rms ? scaled_by_deviation(l, x, axes, epsilon) : layer_normalised(l, x, axes, epsilon), type), in.mask}};
}

// Vectors shorter than 1e-6 (Keras 2: the square is at least 1e-12) or 1e-12 (Keras 3: the norm) do not get length 1.
std::vector<Traced> lower_unit_normalization(Lowering& l) {
  const Traced in = l.input();
  const Value given = as_computed(l, in.value);
  const DType type = l.dtype(given);
  const Value x = l.cast(given, statistics_type(type));
  const std::vector<int> axes = axes_of(l.config(), "axis", l.rank(x), -1);
  const Value square = l.reduce(Reduction::sum, l.unary(Function::square, x), axes, true);
  const Value least = l.cast(l.scalar(1e-12, type), l.dtype(x));  // 0 in float16, as in Keras
  const auto result = [&](Value y) -> std::vector<Traced> { return {{l.cast(y, type), in.mask}}; };
  if (l.dialect().before(3, 0))
    return result(l.multiply(x, l.unary(Function::rsqrt, l.binary(Function::maximum, square, least))));
  return result(l.divide(x, l.binary(Function::maximum, l.unary(Function::sqrt, square), least)));
}

std::vector<WeightName> layer_weights(const Config& config) {
  std::vector<WeightName> names;
  const bool rms = config.flag("rms_scaling", false);
  if (config.flag("scale", true) || rms) names.push_back({.name = "gamma"});
  if (config.flag("center", true) && !rms) names.push_back({.name = "beta"});
  return names;
}

}  // namespace

std::vector<Traced> lower_batch_normalization(Lowering& l) {
  const Traced in = l.input();
  const Config& config = l.config();
  const int64_t mode = config.integer("mode", 0, Range{0, 2});
  if (mode != 0) {
    l.refuse("has mode " + std::to_string(mode) + " of Keras 1, which normalises " +
             (mode == 1 ? "each sample by itself" : "by each batch's own statistics"));
  }
  const bool is_keras3 = !l.dialect().before(3, 0);
  if (is_keras3) static_cast<void>(config.number("momentum", 0.99, RealRange{}));  // only for training: it must be a number
  const files::Json* axis = config.find("axis");
  // Lists of one axis are in models that were saved for Keras 3 with layers of a library for Keras 2.
  const bool is_one = axis != nullptr && (!axis->is_array() || axis->items().size() == 1);
  if (is_keras3 && !config.is_missing("axis") && !is_one) config.fail("axis", "an integer");
  if (config.has("virtual_batch_size")) config.fail("virtual_batch_size", "null");
  if (config.has("adjustment")) config.fail("adjustment", "null");
  const bool batch_statistics = trains(l);
  if (batch_statistics && config.flag("renorm", false)) l.refuse("is called with training=True and renorm, which cannot run");
  Value x = as_computed(l, in.value);
  require_mask_over_others(l, in);
  const DType type = l.dtype(x);
  x = l.cast(x, statistics_type(type));
  const std::vector<int> axes = axes_of(config, "axis", l.rank(x), -1);
  if (axes.empty()) config.fail("axis", "one axis at least");
  if (is_keras3 && axes.front() == 0) config.fail("axis", "an axis other than that of the batch");
  return {{l.cast(normalised_before_transpose(l, x, axes, batch_statistics), type), in.mask}};
}

std::vector<WeightName> weights_of_batch_normalization(const Config& config) {
  std::vector<WeightName> names;
  if (config.flag("scale", true)) names.push_back({.name = "gamma"});
  if (config.flag("center", true)) names.push_back({.name = "beta"});
  for (const char* name : {"moving_mean", "moving_variance"}) names.push_back({.name = name, .trainable = false});
  if (!config.flag("renorm", false)) return names;
  for (const char* name : {"moving_stddev", "renorm_mean", "renorm_stddev"}) names.push_back({.name = name, .trainable = false});
  return names;
}

std::vector<LayerDef> normalization_layers() {
  return {
      {.classes = {"BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"},
       .keys = {"axis", "epsilon", "center", "scale", "momentum", "mode", "renorm", "renorm_clipping", "renorm_momentum", "fused",
                "virtual_batch_size", "adjustment", "synchronized"},
       .weights = weights_of_batch_normalization,
       .children = {},
       .lower = lower_batch_normalization,
       .passes_mask = true,
       .traits = std::make_shared<const LayerTraits>(
           LayerTraits{.class_in_keras3 = "BatchNormalization",
                       .config_to_keras3 =
                           [](files::Json& config) {
                             single_element(config, "axis");
                             drop_keys(config, {"mode", "adjustment", "renorm_clipping", "renorm_momentum"});
                           }})},
      {.classes = {"LayerNormalization"},
       .keys = {"axis", "epsilon", "center", "scale", "rms_scaling"},
       .weights = layer_weights,
       .children = {},
       .lower = lower_layer_normalization,
       .passes_mask = true},
      {.classes = {"UnitNormalization"},
       .keys = {"axis"},
       .weights = {},
       .children = {},
       .lower = lower_unit_normalization,
       .passes_mask = true},
  };
}

}  // namespace keraunos::loader
