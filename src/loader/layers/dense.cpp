// Dense and EinsumDense: a product with a kernel, a bias, an activation; in float or in int8.
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/einsum.h"
#include "loader/layers/common/quantised.h"

namespace keraunos::loader {

std::vector<LayerDef> dense_layers();

namespace {

std::vector<WeightName> weights_of(bool has_bias, const Config& config) {
  std::vector<WeightName> names{{.name = "kernel"}};
  if (has_bias) names.push_back({.name = "bias"});
  if (quantisation_of(config)) names.push_back({.name = "kernel_scale"});
  return names;
}

// Row by row: the integers of x and of the kernel are multiplied exactly, then both scales are divided out.
Value int8_product(Lowering& l, Value x, Dim units) {
  const Value kernel = l.weight("kernel", {l.dim(x, -1), units}, false), scale = l.weight("kernel_scale", {units});
  if (!quantises_activations(l.config())) return l.divide(l.matmul(x, l.cast(kernel, l.dtype(x))), scale);
  const int last[] = {-1};
  const Quantised q = quantised(l, x, last);
  return l.divide(l.cast(l.matmul(q.values, kernel), l.dtype(x)), l.multiply(scale, q.scale));
}

std::vector<Traced> lower_dense(Lowering& l) {
  const Traced in = l.input();
  if (l.rank(in.value) < 2) l.refuse("needs an input of rank 2 at least, found " + l.dims(in.value).to_string());
  const Value x = as_computed(l, in.value);
  const Dim units{l.config().integer("units", Range{1})};
  Value y = is_int8(l) ? int8_product(l, x, units) : l.matmul(x, l.weight("kernel", {l.dim(x, -1), units}));
  if (l.config().flag("use_bias", true)) y = l.add(y, l.weight("bias", {units}));
  return {{l.activated(y), in.mask}};
}

Value int8_einsum(Lowering& l, const EinsumEquation& equation, Value x, const Shape& kernel_shape) {
  const Value kernel = l.weight("kernel", kernel_shape, false);
  // The scales are stored as Keras broadcasts them, over the result's axes.
  const Value scale = l.weight("kernel_scale", shape_saved(l, "kernel_scale"));
  if (!quantises_activations(l.config())) return l.divide(l.einsum(equation.text, x, l.cast(kernel, l.dtype(x))), scale);
  const Quantised q = quantised(l, x, equation.contracted_axes());
  const Value product = l.cast(l.einsum(equation.text, q.values, kernel), l.dtype(x));
  return l.divide(product, l.multiply(equation.input_scale_over_result(l, q.scale), scale));
}

// MultiHeadAttention calls its last projection with a width that only its call knows.
std::optional<Shape> width_of_call(const Lowering& l) {
  const Arg* given = l.keyword("output_shape");
  const int64_t* width = given != nullptr ? std::get_if<int64_t>(&given->value) : nullptr;
  if (width == nullptr) return std::nullopt;
  return Shape{{*width}};
}

std::vector<Traced> lower_einsum_dense(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const EinsumEquation equation(l.config(), l.shape(x), width_of_call(l));
  Value y = is_int8(l) ? int8_einsum(l, equation, x, equation.kernel_shape())
                       : l.einsum(equation.text, x, l.weight("kernel", equation.kernel_shape()));
  if (l.config().has("bias_axes")) y = l.add(y, l.weight("bias", equation.bias_shape(l.config().text("bias_axes", ""))));
  return {{l.activated(y), {}}};
}

}  // namespace

std::vector<LayerDef> dense_layers() {
  LayerDef dense{
      .classes = {"Dense"},
      .keys = {"units", "activation", "use_bias", "quantization_config", "lora_rank", "lora_alpha"},
      .weights = [](const Config& config) { return weights_of(config.flag("use_bias", true), config); },
      .children = {},
      .lower = lower_dense,
      .passes_mask = true,
  };
  LayerDef einsum{
      .classes = {"EinsumDense"},
      .keys = {"equation", "output_shape", "activation", "bias_axes", "quantization_config", "lora_rank", "lora_alpha"},
      .weights = [](const Config& config) { return weights_of(config.has("bias_axes"), config); },
      .children = {},
      .lower = lower_einsum_dense,
  };
  return {dense, einsum};
}

}  // namespace keraunos::loader
