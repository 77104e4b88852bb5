// BinaryDense and TernaryDense of BinaryNet for Keras, as in hls4ml's examples (Keras 2.0 to 2.2): a kernel W, which is used as
// H·b(W / H), where b gives two or three levels. Other authors have classes of these names: these are recognised by three keys
// that only this code writes (H, kernel_lr_multiplier, bias_lr_multiplier); in such a file its activations are recognised too.
#include "loader/layers/extensions/binary_net.h"

#include <cmath>

#include "loader/files/json.h"
#include "loader/keras/layer_graph.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/qkeras_math.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> binary_net_layers();

namespace {

// 2·round(clip(0.5·x + 0.5, 0, 1)) − 1: for x = 0 the half is rounded to 0, which gives −1.
Value two_levels(Builder& b, Value x) {
  const DType type = b.dtype(x);
  const Value inside = b.binary(Function::minimum, b.add(b.multiply(x, 0.5), 0.5), b.scalar(1, type));
  const Value level = b.unary(Function::round_even, b.binary(Function::maximum, inside, b.scalar(0, type)));
  return b.add(b.multiply(level, 2), -1.0);
}

Value three_levels(Builder& b, Value x) {
  const DType type = b.dtype(x);
  const Value zero = b.scalar(0, type);
  const Value below = b.select(b.binary(Function::less_equal, x, b.scalar(-0.5, type)), b.scalar(-1, type), zero);
  return b.select(b.binary(Function::greater, x, b.scalar(0.5, type)), b.scalar(1, type), below);
}

double scale_of(const Lowering& l, Dim features, Dim units) {
  const files::Json* scale = l.config().find("H");
  if (scale == nullptr || !scale->is_string()) return l.config().number("H", 1, RealRange{1e-30, 1e30});
  if (scale->as_string() != "Glorot") l.config().fail("H", "a number or \"Glorot\"");
  return std::sqrt(1.5 / static_cast<double>(features.size + units.size));
}

std::vector<Traced> lower_levels(Lowering& l, Value (*levels)(Builder&, Value)) {
  const Traced in = l.input();
  if (l.rank(in.value) < 2) l.refuse("needs an input of rank 2 at least, found " + l.dims(in.value).to_string());
  const Value x = as_computed(l, in.value);
  const Dim features = l.dim(x, -1), units{l.config().integer("units", Range{1})};
  const double scale = scale_of(l, features, units);
  const Value kernel = l.weight("kernel", {features, units});
  Value y = l.matmul(x, l.multiply(levels(l, l.divide(kernel, l.scalar(scale, l.dtype(kernel)))), scale));
  if (l.config().flag("use_bias", true)) y = l.add(y, l.weight("bias", {units}));
  return {{l.activated(y), in.mask}};
}

std::optional<std::string> unless_of_binary_net(const Config& config) {
  for (const char* key : {"H", "kernel_lr_multiplier", "bias_lr_multiplier"}) {
    if (config.is_missing(key)) return std::string(kUnregisteredClass);
  }
  return std::nullopt;
}

LayerDef binary_net_layer(const std::string& module, const std::string& name, Value (*levels)(Builder&, Value)) {
  const auto weights = [](const Config& config) {
    std::vector<WeightName> names{{.name = "kernel"}};
    if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
    return names;
  };
  return {.classes = {module + '>' + name, name},
          .keys = {"units", "activation", "use_bias", "H", "kernel_lr_multiplier", "bias_lr_multiplier"},
          .weights = weights,
          .lower = [levels](Lowering& l) { return lower_levels(l, levels); },
          .passes_mask = true,
          .traits = std::make_shared<const LayerTraits>(LayerTraits{.refusal = unless_of_binary_net})};
}

}  // namespace

Value binary_net_function(Builder& b, std::string_view name, Value x) {
  if (name == "binary_tanh") return two_levels(b, x);
  if (name == "ternary_tanh") return three_levels(b, x);
  if (name != "relu1") return {};
  return b.binary(Function::minimum, b.unary(Function::relu, x), b.scalar(1, b.dtype(x)));
}

std::vector<LayerDef> binary_net_layers() {
  return {binary_net_layer("binary_layers", "BinaryDense", two_levels),
          binary_net_layer("ternary_layers", "TernaryDense", three_levels)};
}

}  // namespace keraunos::loader
