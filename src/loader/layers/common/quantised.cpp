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

// "int4/128" of the policy; "int4/128_from_float32" as a name.
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

// The block size in the layer's own config, else in its policy; 0 means one scale for a whole channel.
int64_t block_size(const Config& config) {
  const Json* inner = quantisation_config(config);
  const Json* size = inner == nullptr ? nullptr : inner->find("block_size");
  if (size != nullptr) return size->is_int() && size->as_int() > 0 ? size->as_int() : 0;
  const std::string mode = mode_written(config).value_or("");
  int64_t block = 0;
  if (const size_t slash = mode.find('/'); slash != std::string::npos)
    std::from_chars(mode.data() + slash + 1, mode.data() + mode.size(), block);
  return std::max<int64_t>(block, 0);
}

const Json* activation_quantiser(const Config& config) {
  const Json* inner = quantisation_config(config);
  return inner == nullptr ? nullptr : inner->find("activation_quantizer");
}

bool is_usual_range(const Json& range) {
  return range.is_array() && range.size() == 2 && range.at(0).is_number() && range.at(1).is_number() &&
         range.at(0).as_double() == -127 && range.at(1).as_double() == 127;
}

// quantised() is AbsMaxQuantizer with its defaults.
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
  return mode == "float8" ? QuantisedMode::float8 : QuantisedMode::none;
}

std::optional<std::string> refused_quantisation_of_product(const Config& config) {
  const auto mode = quantisation_of(config);
  if (!mode) return std::nullopt;
  const QuantisedMode known = quantised_mode(config);
  if (known == QuantisedMode::none) return unknown_mode(*mode, "int8, int4 and float8");
  const Json* quantiser = activation_quantiser(config);
  if (known != QuantisedMode::float8 && quantiser != nullptr && !quantiser->is_null() && !is_usual_quantiser(*quantiser))
    return std::string("has another activation_quantizer than an AbsMaxQuantizer with its defaults, which is not supported");
  return std::nullopt;
}

std::optional<std::string> refused_quantisation_of_table(const Config& config) {
  const auto mode = quantisation_of(config);
  if (!mode) return std::nullopt;
  const QuantisedMode known = quantised_mode(config);
  const bool runs = known == QuantisedMode::int8 || known == QuantisedMode::int4;
  return runs ? std::nullopt : std::optional(unknown_mode(*mode, "int8 and int4"));
}

bool is_quantised_weight(const Config& config, const std::string& weight) {
  const QuantisedMode mode = quantised_mode(config);
  return (mode == QuantisedMode::int8 || mode == QuantisedMode::int4) && weight != "bias";
}

std::vector<WeightName> weights_of_quantisation(const Config& config, const std::string& kernel) {
  const QuantisedMode mode = quantised_mode(config);
  if (mode == QuantisedMode::none) return {};
  if (mode == QuantisedMode::float8) {
    return {{"inputs_scale"},           {"inputs_amax_history"}, {kernel + "_scale"},
            {kernel + "_amax_history"}, {"outputs_grad_scale"},  {"outputs_grad_amax_history"}};
  }
  std::vector<WeightName> names{{kernel + "_scale"}};
  if (mode == QuantisedMode::int4 && has_blocks(config)) names.insert(names.end(), {{kernel + "_zero"}, {"g_idx"}});
  return names;
}

bool has_blocks(const Config& config) { return block_size(config) > 0; }

// What a file does not say is Keras's default: activations are quantised with int8, but not with int4.
bool quantises_activations(const Config& config) {
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

// The low half of a byte is the earlier value.
Value unpacked_int4(Lowering& l, std::string_view name, int64_t rows, int64_t columns) {
  const Tensor& packed = l.saved(name);
  if (packed.dims() == Dims{(rows + 1) / 2, columns} && rows > 1)
    l.refuse(
        "holds int4 values in the layout of an earlier Keras (packed along the first axis), which is not supported; load and "
        "save it with Keras 3.15");
  l.weight(name, {{rows}, {(columns + 1) / 2}}, false);  // checks the shape
  debit(l, "the unpacked " + std::string(name), host::checked_multiply(rows, columns));
  const auto unpacked = l.once(std::string("unpacked ") + std::string(name), [&]() -> Tensor {
    if (packed.dtype() != DType::int8)
      l.config().fail("dtype", "a policy that fits the saved " + std::string(name) + ", which is no int8");
    Tensor values(DType::int8, Dims{rows, columns});
    const std::span<const int8_t> bytes = packed.values<int8_t>();
    const std::span<int8_t> target = values.mutable_values<int8_t>();
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t column = 0; column < columns; ++column) {
        const auto byte = static_cast<uint8_t>(bytes[static_cast<size_t>(row * ((columns + 1) / 2) + column / 2)]);
        const int half = column % 2 == 0 ? byte & 15 : byte >> 4;
        target[static_cast<size_t>(row * columns + column)] = static_cast<int8_t>(half < 8 ? half : half - 16);
      }
    }
    return values;
  });
  return l.constant(unpacked);
}

Value with_blocks_scaled(Lowering& l, std::string_view kernel, Value values, BlockedAxis axis) {
  const std::string name(kernel);
  const bool by_rows = axis == BlockedAxis::rows;
  const Dim rows = l.dim(values, 0), columns = l.dim(values, 1), inputs = by_rows ? rows : columns;
  const int64_t size = block_size(l.config());
  const Dim blocks{(inputs.size + size - 1) / size};
  const Shape scales = by_rows ? Shape{blocks, columns} : Shape{rows, blocks};
  const Value scale = l.weight(name + "_scale", scales), zero = l.weight(name + "_zero", scales, false);
  const Value block = l.cast(l.weight("g_idx", {inputs}, false), DType::int32);
  const int along = by_rows ? 0 : 1;
  const DType type = l.dtype(scale);
  const Value centred = l.subtract(l.cast(values, type), l.cast(l.gather(zero, block, along), type));
  return l.cast(l.multiply(centred, l.gather(scale, block, along)), l.compute_dtype());
}

// float8_e4m3fn has three bits behind the leading one, and steps of 2^-9 below 2^-6; every step is exact in float32.
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
