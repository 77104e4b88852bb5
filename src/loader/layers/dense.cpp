// Dense and EinsumDense: a product with a kernel, a bias, an activation; in float, int8, int4, float8, or with the rounding of
// GPTQ and AWQ.
#include "loader/layers/dense.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/einsum.h"
#include "loader/layers/common/quantised.h"
#include "loader/layers/common/used_weight.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> dense_layers();

namespace {

std::vector<WeightName> weights_of(bool has_bias, const Config& config) {
  std::vector<WeightName> names{{.name = "kernel"}};
  const bool bias_first = is_calibrated(quantised_mode(config));
  if (has_bias) names.insert(bias_first ? names.begin() : names.end(), {.name = "bias"});
  for (WeightName& name : weights_of_quantisation(config, "kernel")) names.push_back(std::move(name));
  return names;
}

// For each row the integers of x and of the kernel are multiplied exactly, then both scales are divided out.
Value int8_product(Lowering& l, Value x, Dim units) {
  const Value kernel = l.weight("kernel", {l.dim(x, -1), units}, false), scale = l.weight("kernel_scale", {units});
  if (!quantises_activations(l.config())) return l.divide(l.matmul(x, l.cast(kernel, l.dtype(x))), scale);
  const int last[] = {-1};
  const Quantised q = quantised(l, x, last);
  return l.divide(l.cast(l.matmul(q.values, kernel), l.dtype(x)), l.multiply(scale, q.scale));
}

Value int4_product(Lowering& l, Value x, Dim units) {
  const Value kernel = unpacked_int4(l, "kernel", l.dim(x, -1).size, units.size);
  if (has_blocks(l.config())) return l.matmul(x, with_blocks_scaled(l, "kernel", kernel, MatrixAxis::rows));
  const Value scale = l.weight("kernel_scale", {units});
  if (!quantises_activations(l.config())) return l.divide(l.matmul(x, l.cast(kernel, l.dtype(x))), scale);
  const int last[] = {-1};
  const Quantised q = quantised(l, x, last);
  return l.divide(l.cast(l.matmul(q.values, kernel), l.dtype(x)), l.multiply(scale, q.scale));
}

Value float8_factor(Lowering& l, Value x, std::string_view scale) { return rounded_to_float8(l, x, l.weight(scale, {})); }

Value product(Lowering& l, Value x, Dim units) {
  const QuantisedMode mode = quantised_mode(l.config());
  if (mode == QuantisedMode::int8) return int8_product(l, x, units);
  if (mode == QuantisedMode::int4) return int4_product(l, x, units);
  if (is_calibrated(mode)) return l.matmul(x, calibrated_kernel(l, l.dim(x, -1), units));
  const Value kernel = used_weight(l, "kernel", {l.dim(x, -1), units});
  if (mode == QuantisedMode::none) return l.matmul(x, kernel);
  return l.matmul(float8_factor(l, x, "inputs_scale"), float8_factor(l, kernel, "kernel_scale"));
}

// With float8 Keras rounds a float32 bias to bfloat16.
Value bias_of(Lowering& l, const Shape& shape) {
  const Value bias = used_weight(l, "bias", shape);
  if (quantised_mode(l.config()) != QuantisedMode::float8 || l.compute_dtype() != DType::float32) return bias;
  return l.cast(l.cast(bias, DType::bfloat16), DType::float32);
}

// Layers around this one (attention, transformer blocks) call it with extents that are known only in their call.
std::optional<Shape> extents_of_call(const Lowering& l) {
  const Arg* given = l.keyword("output_shape");
  if (given == nullptr || given->is_none()) return std::nullopt;
  if (const int64_t* width = std::get_if<int64_t>(&given->value)) return Shape{{*width}};
  if (given->list() == nullptr) l.refuse("is called with an output_shape that is no integer and no list of them");
  Shape extents;
  for (const Arg& item : *given->list()) {
    const int64_t* extent = std::get_if<int64_t>(&item.value);
    if (extent == nullptr) l.refuse("is called with an output_shape that is no list of integers");
    extents.push_back({*extent});
  }
  return extents;
}

Value int8_einsum(Lowering& l, const EinsumEquation& equation, Value x, const Shape& kernel_shape) {
  const Value kernel = l.weight("kernel", kernel_shape, false);
  // The scales are stored in the shape in which Keras broadcasts them over the result's axes.
  const Value scale = l.weight("kernel_scale", shape_saved(l, "kernel_scale"));
  if (!quantises_activations(l.config())) return l.divide(l.einsum(equation.text, x, l.cast(kernel, l.dtype(x))), scale);
  const Quantised q = quantised(l, x, equation.contracted_axes());
  const Value product = l.cast(l.einsum(equation.text, q.values, kernel), l.dtype(x));
  return l.divide(product, l.multiply(equation.input_scale_over_result(l, q.scale), scale));
}

// The kernel is stored as a matrix: the axes that the product sums over, and all others.
Value int4_einsum(Lowering& l, const EinsumEquation& equation, Value x) {
  int64_t rows = 1, elements = 1;
  for (int axis : equation.contracted_axes()) rows *= l.dim(x, axis).size;
  const Shape shape = equation.kernel_shape();
  for (const Dim& extent : shape) elements *= extent.size;
  const Dim columns{elements / std::max<int64_t>(rows, 1)};
  const Value kernel = unpacked_int4(l, "kernel", rows, columns.size);
  if (has_blocks(l.config()))
    return l.einsum(equation.text, x, l.reshape(with_blocks_scaled(l, "kernel", kernel, MatrixAxis::rows), shape));
  const Value scaled = l.reshape(l.divide(l.cast(kernel, l.dtype(x)), l.weight("kernel_scale", {columns})), shape);
  if (!quantises_activations(l.config())) return l.einsum(equation.text, x, scaled);
  const Quantised q = quantised(l, x, equation.contracted_axes());
  return l.divide(l.einsum(equation.text, l.cast(q.values, l.dtype(x)), scaled), equation.input_scale_over_result(l, q.scale));
}

// The kernel is stored as a matrix whose rows Keras guesses: the first axis if it is the longest, else the first two.
Value calibrated_einsum(Lowering& l, const EinsumEquation& equation, Value x) {
  const Shape shape = equation.kernel_shape();
  if (shape.size() != 2 && shape.size() != 3)
    l.refuse("has a kernel of rank " + std::to_string(shape.size()) + ", which its quantisation does not know");
  const bool joins_last = shape.size() == 2 || (shape[0].size >= shape[1].size && shape[0].size >= shape[2].size);
  const Dim rows{joins_last ? shape[0].size : host::checked_multiply(shape[0].size, shape[1].size)};
  const Dim columns{shape.size() == 2 ? shape[1].size
                    : joins_last      ? host::checked_multiply(shape[1].size, shape[2].size)
                                      : shape[2].size};
  return l.einsum(equation.text, x, l.reshape(calibrated_kernel(l, rows, columns), shape));
}

Value einsum_product(Lowering& l, const EinsumEquation& equation, Value x) {
  const QuantisedMode mode = quantised_mode(l.config());
  if (mode == QuantisedMode::int8) return int8_einsum(l, equation, x, equation.kernel_shape());
  if (mode == QuantisedMode::int4) return int4_einsum(l, equation, x);
  if (is_calibrated(mode)) return calibrated_einsum(l, equation, x);
  const Value kernel = l.weight("kernel", equation.kernel_shape());
  if (mode == QuantisedMode::none) return l.einsum(equation.text, x, kernel);
  return l.einsum(equation.text, float8_factor(l, x, "inputs_scale"), float8_factor(l, kernel, "kernel_scale"));
}

// One text, or a list of labels.
std::string bias_axes_of(const Config& config) {
  const files::Json& axes = *config.find("bias_axes");
  if (!axes.is_array()) return config.text("bias_axes", "");
  std::string labels;
  for (const files::Json& label : axes.items()) {
    if (!label.is_string()) config.fail("bias_axes", "a text of labels");
    labels += label.as_string();
  }
  return labels;
}

std::vector<Traced> lower_einsum_dense(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const EinsumEquation equation(l.config(), l.shape(x), extents_of_call(l));
  Value y = einsum_product(l, equation, x);
  if (l.config().has("bias_axes")) y = l.add(y, bias_of(l, equation.bias_shape(bias_axes_of(l.config()))));
  return {{l.activated(y), {}}};
}

// Keras 3 reports None where the config does, whatever the input's extent. (Except for equations with an ellipsis after letters.)
std::optional<std::vector<Shape>> claimed_shapes_of_einsum(Lowering& l, const std::vector<Traced>& results) {
  if (l.dialect().before(3, 0)) return std::nullopt;
  const files::Json* stated = l.config().json().find("output_shape");
  Shape claimed = l.shape(results[0].value);
  if (stated == nullptr || !stated->is_array() || stated->size() >= static_cast<int64_t>(claimed.size())) return std::nullopt;
  const std::string equation = l.config().text("equation", "");
  if (!equation.starts_with("...") && equation.find("...") != std::string::npos) return std::nullopt;
  const size_t first = claimed.size() - static_cast<size_t>(stated->size());
  for (int64_t i = 0; i < stated->size(); ++i) claimed[first + static_cast<size_t>(i)].varies = stated->at(i).is_null();
  return std::vector<Shape>{std::move(claimed)};
}

}  // namespace

std::vector<Traced> lower_dense(Lowering& l) {
  const Traced in = l.input();
  if (l.rank(in.value) < 2) l.refuse("needs an input of rank 2 at least, found " + l.dims(in.value).to_string());
  const Value x = as_computed(l, in.value);
  const std::optional<Shape> width = extents_of_call(l);
  const Dim units = width ? width->front() : Dim{l.config().integer("units", Range{1})};
  Value y = product(l, x, units);
  if (l.config().flag("use_bias", true)) y = l.add(y, bias_of(l, {units}));
  return {{l.activated(y), in.mask}};
}

std::vector<LayerDef> dense_layers() {
  LayerDef dense{
      .classes = {"Dense"},
      .keys = {"units", "activation", "use_bias", "quantization_config", "lora_rank", "lora_alpha"},
      .weights = [](const Config& config) { return weights_of(config.flag("use_bias", true), config); },
      .children = {},
      .lower = lower_dense,
      .passes_mask = true,
      .traits = std::make_shared<const LayerTraits>(
          LayerTraits{.keras1_classes = {"TimeDistributedDense"}, .refusal = refused_quantisation_of_product}),
  };
  LayerDef einsum{
      .classes = {"EinsumDense"},
      .keys = {"equation", "output_shape", "activation", "bias_axes", "quantization_config", "lora_rank", "lora_alpha",
               "gptq_unpacked_column_size"},
      .weights = [](const Config& config) { return weights_of(config.has("bias_axes"), config); },
      .children = {},
      .lower = lower_einsum_dense,
      .traits = std::make_shared<const LayerTraits>(
          LayerTraits{.refusal = refused_quantisation_of_product, .claimed_shapes = claimed_shapes_of_einsum}),
  };
  return {dense, einsum};
}

}  // namespace keraunos::loader
