#include "loader/layers/common/quantised.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "host/graph/extent.h"
#include "loader/files/json.h"
#include "loader/layers/common/einsum.h"
#include "loader/layers/common/memory.h"

namespace keraunos::loader {

using files::Json;

namespace {

// "int4/128" of a policy object; "int4/128_from_float32" as a name.
std::optional<std::string> mode_written(const Config& config) {
  const Json* policy = config.find("dtype");
  if (policy == nullptr) return std::nullopt;
  const Json* inner = policy->is_object() ? policy->find("config") : nullptr;
  const Json* mode = inner != nullptr && inner->is_object() ? inner->find("mode") : nullptr;
  if (mode != nullptr && mode->is_string()) return mode->as_string();
  const Json* name = inner != nullptr && inner->is_object() ? inner->find("name") : policy;
  if (name == nullptr || !name->is_string()) return std::nullopt;
  const size_t from = name->as_string().find("_from_");
  if (from == std::string::npos) return std::nullopt;
  return name->as_string().substr(0, from);
}

const Json* quantisation_config(const Config& config) {
  const Json* quantisation = config.find("quantization_config");
  const Json* inner = quantisation != nullptr && quantisation->is_object() ? quantisation->find("config") : nullptr;
  return inner != nullptr && inner->is_object() ? inner : nullptr;
}

// The number after the last "/" of "int4/128" or "gptq/4/128", or the one between both; 0 where there is none.
int64_t number_in_mode(const std::string& mode, bool last) {
  const size_t slash = last ? mode.rfind('/') : mode.find('/');
  int64_t number = 0;
  if (slash != std::string::npos) std::from_chars(mode.data() + slash + 1, mode.data() + mode.size(), number);
  return number;
}

// The value in the layer's own config, else in its policy.
int64_t number_of_quantisation(const Config& config, const char* key, bool last) {
  const Json* inner = quantisation_config(config);
  const Json* number = inner == nullptr ? nullptr : inner->find(key);
  if (number != nullptr) return number->is_int() ? number->as_int() : 0;
  return number_in_mode(mode_written(config).value_or(""), last);
}

// 0 means one scale for a whole channel.
int64_t block_size(const Config& config) {
  const bool calibrated = is_calibrated(quantised_mode(config));
  return std::max<int64_t>(number_of_quantisation(config, calibrated ? "group_size" : "block_size", true), 0);
}

int64_t weight_bits(const Config& config) { return number_of_quantisation(config, "weight_bits", false); }

const Json* activation_quantiser(const Config& config) {
  const Json* inner = quantisation_config(config);
  return inner == nullptr ? nullptr : inner->find("activation_quantizer");
}

bool is_usual_range(const Json& range) {
  return range.is_array() && range.size() == 2 && range.at(0).is_number() && range.at(1).is_number() &&
         range.at(0).as_double() == -127 && range.at(1).as_double() == 127;
}

// True for AbsMaxQuantizer with its defaults.
bool is_usual_quantiser(const Json& quantiser) {
  const Json *name = quantiser.is_object() ? quantiser.find("class_name") : nullptr,
             *config = quantiser.is_object() ? quantiser.find("config") : nullptr;
  if (name == nullptr || config == nullptr || !name->is_string() || name->as_string() != "AbsMaxQuantizer" ||
      !config->is_object())
    return false;
  const Json *range = config->find("value_range"), *epsilon = config->find("epsilon"), *type = config->find("output_dtype");
  return (range == nullptr || is_usual_range(*range)) &&
         (epsilon == nullptr || (epsilon->is_number() && epsilon->as_double() == 1e-7)) &&
         (type == nullptr || (type->is_string() && type->as_string() == "int8"));
}

std::string unknown_mode(const std::string& mode, const std::string& known) {
  return "is quantised as \"" + mode + "\", which is not supported; " + known + " are";
}

std::optional<std::string> refused_activation_quantiser(const Config& config) {
  const Json* quantiser = activation_quantiser(config);
  if (quantiser == nullptr || quantiser->is_null() || is_usual_quantiser(*quantiser)) return std::nullopt;
  return std::string("has another activation_quantizer than an AbsMaxQuantizer with its defaults, which is not supported");
}

// GPTQ stores whole bytes for widths other than 4.
std::optional<std::string> refused_bits(const Config& config, QuantisedMode mode) {
  const int64_t bits = weight_bits(config);
  const bool usual = mode == QuantisedMode::awq ? bits == 4 : bits == 2 || bits == 3 || bits == 4 || bits == 8;
  if (usual) return std::nullopt;
  return "has weights of " + std::to_string(bits) + " bits, which its quantisation does not know";
}

}  // namespace

std::optional<std::string> quantisation_of(const Config& config) {
  auto mode = mode_written(config);
  if (mode) mode->resize(std::min(mode->size(), mode->find('/')));
  return mode;
}

QuantisedMode quantised_mode(const Config& config) {
  const std::string mode = quantisation_of(config).value_or("");
  if (mode == "int8") return QuantisedMode::int8;
  if (mode == "int4") return QuantisedMode::int4;
  if (mode == "gptq") return QuantisedMode::gptq;
  if (mode == "awq") return QuantisedMode::awq;
  return mode == "float8" ? QuantisedMode::float8 : QuantisedMode::none;
}

std::optional<std::string> refused_quantisation_of_product(const Config& config) {
  const auto mode = quantisation_of(config);
  if (!mode) return std::nullopt;
  const QuantisedMode known = quantised_mode(config);
  if (known == QuantisedMode::none) return unknown_mode(*mode, "int8, int4, float8, gptq and awq");
  if (is_calibrated(known)) return refused_bits(config, known);
  return known == QuantisedMode::float8 ? std::nullopt : refused_activation_quantiser(config);
}

std::optional<std::string> refused_quantisation_of_table(const Config& config) {
  const auto mode = quantisation_of(config);
  if (!mode) return std::nullopt;
  const QuantisedMode known = quantised_mode(config);
  const bool runs = known == QuantisedMode::int8 || known == QuantisedMode::int4;
  return runs ? std::nullopt : std::optional(unknown_mode(*mode, "int8 and int4"));
}

std::optional<std::string> refused_quantisation_of_reversible_table(const Config& config) {
  if (auto refused = refused_quantisation_of_table(config)) return refused;
  return quantisation_of(config) ? refused_activation_quantiser(config) : std::nullopt;
}

bool is_quantised_weight(const Config& config, const std::string& weight) {
  const QuantisedMode mode = quantised_mode(config);
  return mode != QuantisedMode::none && mode != QuantisedMode::float8 && weight != "bias";
}

bool is_calibrated(QuantisedMode mode) { return mode == QuantisedMode::gptq || mode == QuantisedMode::awq; }

std::vector<WeightName> weights_of_quantisation(const Config& config, const std::string& kernel) {
  const QuantisedMode mode = quantised_mode(config);
  if (mode == QuantisedMode::none) return {};
  if (mode == QuantisedMode::float8) {
    return {{"inputs_scale"},           {"inputs_amax_history"}, {kernel + "_scale"},
            {kernel + "_amax_history"}, {"outputs_grad_scale"},  {"outputs_grad_amax_history"}};
  }
  std::vector<WeightName> names{{kernel + "_scale"}};
  if (is_calibrated(mode)) names.push_back({kernel + "_zero"});
  if (mode == QuantisedMode::awq) names.push_back({"awq_scales"});
  if (is_calibrated(mode)) names.push_back({"g_idx"});
  if (mode == QuantisedMode::int4 && has_blocks(config)) names.insert(names.end(), {{kernel + "_zero"}, {"g_idx"}});
  return names;
}

bool has_blocks(const Config& config) { return block_size(config) > 0; }

// Keras's default where the file states nothing: activations are quantised with int8, but not with int4.
bool quantises_activations(const Config& config, bool int4_by_default) {
  if (quantisation_config(config) == nullptr && int4_by_default) return true;
  const Json* quantiser = activation_quantiser(config);
  if (quantised_mode(config) == QuantisedMode::int4) return quantiser != nullptr && !quantiser->is_null();
  return quantiser == nullptr || !quantiser->is_null();
}

Quantised quantised(Lowering& l, Value x, std::span<const int> axes) {
  const DType type = l.dtype(x);
  const Value largest = l.reduce(Reduction::maximum, l.unary(Function::abs, x), axes, true);
  const Value scale = l.divide(l.scalar(127, type), l.add(largest, 1e-7));
  const Value rounded = l.unary(Function::round_even, l.multiply(x, scale));
  const Value clipped =
      l.binary(Function::maximum, l.binary(Function::minimum, rounded, l.scalar(127, type)), l.scalar(-127, type));
  return {.values = l.cast(clipped, DType::int8), .scale = scale};
}

namespace {

// T is int8_t for signed halves, or uint8_t.
template <class T>
Tensor halves_unpacked(const Tensor& packed, int64_t rows, int64_t columns, MatrixAxis axis) {
  const bool by_rows = axis == MatrixAxis::rows;
  const int64_t width = by_rows ? columns : (columns + 1) / 2;
  Tensor values(dtype_of<T>(), Dims{rows, columns});
  const std::span<const T> bytes = packed.values<T>();
  const std::span<T> target = values.mutable_values<T>();
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      const int64_t at = by_rows ? row / 2 * width + column : row * width + column / 2;
      const auto byte = static_cast<uint8_t>(bytes[static_cast<size_t>(at)]);
      const int half = (by_rows ? row : column) % 2 == 0 ? byte & 15 : byte >> 4;
      target[static_cast<size_t>(row * columns + column)] = static_cast<T>(std::is_signed_v<T> && half >= 8 ? half - 16 : half);
    }
  }
  return values;
}

}  // namespace

Value unpacked_int4(Lowering& l, std::string_view name, int64_t rows, int64_t columns, PackedInt4 packing) {
  const bool by_rows = packing.axis == MatrixAxis::rows;
  const Tensor& packed = l.saved(name);
  if (!by_rows && packed.dims() == Dims{(rows + 1) / 2, columns} && rows > 1)
    l.refuse(
        "holds int4 values in the layout of an earlier Keras (packed along the first axis), which is not supported; load and "
        "save it with Keras 3.15");
  const Shape expected = by_rows ? Shape{{(rows + 1) / 2}, {columns}} : Shape{{rows}, {(columns + 1) / 2}};
  l.weight(name, expected, false);  // checks the shape
  debit(l, "the unpacked " + std::string(name), host::checked_multiply(rows, columns));
  const auto constant = l.once(std::string("unpacked ") + std::string(name), [&]() -> Tensor {
    const DType type = packing.is_signed ? DType::int8 : DType::uint8;
    if (packed.dtype() != type)
      l.config().fail("dtype",
                      "a policy that fits the saved " + std::string(name) + ", which is no " + std::string(name_of(type)));
    return packing.is_signed ? halves_unpacked<int8_t>(packed, rows, columns, packing.axis)
                             : halves_unpacked<uint8_t>(packed, rows, columns, packing.axis);
  });
  return l.constant(constant);
}

Value with_blocks_scaled(Lowering& l, std::string_view kernel, Value values, MatrixAxis axis) {
  const std::string name(kernel);
  const bool by_rows = axis == MatrixAxis::rows;
  const Dim rows = l.dim(values, 0), columns = l.dim(values, 1), inputs = by_rows ? rows : columns;
  const int64_t size = block_size(l.config());
  const Dim blocks{size == 0 ? 1 : inputs.size / size + (inputs.size % size == 0 ? 0 : 1)};
  const Shape scales = by_rows ? Shape{blocks, columns} : Shape{rows, blocks};
  const Value scale = l.weight(name + "_scale", scales), zero = l.weight(name + "_zero", scales, false);
  const Value block = l.cast(l.weight("g_idx", {inputs}, false), DType::int32);
  const int along = by_rows ? 0 : 1;
  const DType type = l.dtype(scale);
  const Value centred = l.subtract(l.cast(values, type), l.cast(l.gather(zero, block, along), type));
  return l.cast(l.multiply(centred, l.gather(scale, block, along)), l.compute_dtype());
}

// Both methods process the columns of the kernel's transpose, so the result is transposed; AWQ multiplied important rows before
// rounding.
Value calibrated_kernel(Lowering& l, Dim rows, Dim columns) {
  if (size_of(l.compute_dtype()) == 2)
    l.refuse("is quantised by " + quantisation_of(l.config()).value_or("") + " and computes in " +
             std::string(name_of(l.compute_dtype())) + ", where its rounding is not known to be Keras's");
  const PackedInt4 packing{.axis = MatrixAxis::rows, .is_signed = false};
  const Value values = weight_bits(l.config()) == 4 ? unpacked_int4(l, "kernel", columns.size, rows.size, packing)
                                                    : l.weight("kernel", {columns, rows}, false);
  const int swapped[] = {1, 0};
  const Value kernel = l.transpose(with_blocks_scaled(l, "kernel", values, MatrixAxis::columns), swapped);
  if (quantised_mode(l.config()) == QuantisedMode::gptq) return kernel;
  return l.divide(kernel, l.expand_dims(l.weight("awq_scales", {rows}), -1));
}

// float8_e4m3fn has three mantissa bits after the leading one, and a step of 2^-9 below 2^-6; every operation here is exact in
// float32.
Value rounded_to_float8(Lowering& l, Value x, Value scale) {
  constexpr double kLargest = 448;
  const DType type = l.dtype(x);
  const Value scaled = l.divide(x, scale);
  const Value clipped =
      l.binary(Function::maximum, l.binary(Function::minimum, scaled, l.scalar(kLargest, type)), l.scalar(-kLargest, type));
  const Value wide = l.cast(clipped, DType::float32), size = l.unary(Function::abs, wide);
  Value step = l.scalar(0x1p-9, DType::float32);
  for (int exponent = -5; exponent <= 8; ++exponent) {
    const double lowest = exponent < 0 ? 1.0 / (1 << -exponent) : 1 << exponent;
    step = l.select(l.binary(Function::less, size, l.scalar(lowest, DType::float32)), step, l.scalar(lowest / 8, DType::float32));
  }
  const Value rounded = l.multiply(l.unary(Function::round_even, l.divide(wide, step)), step);
  return l.multiply(l.cast(rounded, type), scale);
}

}  // namespace keraunos::loader
