#include "loader/layers/common/quantised.h"

#include "loader/files/json.h"

namespace keraunos::loader {

using files::Json;

std::optional<std::string> quantisation_of(const Config& config) {
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

bool is_int8(const Lowering& l) {
  const auto mode = quantisation_of(l.config());
  if (mode && *mode != "int8") l.refuse("is quantised as \"" + *mode + "\"; only int8 can run");
  return mode.has_value();
}

bool quantises_activations(const Config& config) {
  const Json* quantisation = config.find("quantization_config");
  const Json* inner = quantisation != nullptr && quantisation->is_object() ? quantisation->find("config") : nullptr;
  const Json* quantiser = inner != nullptr && inner->is_object() ? inner->find("activation_quantizer") : nullptr;
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

}  // namespace keraunos::loader
