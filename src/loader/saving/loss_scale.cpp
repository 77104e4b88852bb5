#include "loader/saving/loss_scale.h"

#include <string>

#include "loader/evaluate/compiled.h"
#include "loader/keras/weight_order.h"

namespace keraunos::loader {
namespace {

using files::Json;

double number_in(const Json& object, const char* key, double otherwise) {
  const Json* value = member_in(object, key);
  return value != nullptr && value->is_number() ? value->as_double() : otherwise;
}

// Numbers of steps outside of this range are no integers that JSON keeps.
int64_t steps_in(const Json& object, const char* key, int64_t otherwise) {
  constexpr double kMost = 9007199254740992;  // 2^53
  const double found = number_in(object, key, static_cast<double>(otherwise));
  return found >= 0 && found <= kMost ? static_cast<int64_t>(found) : otherwise;
}

// Keras up to 2.3 of TensorFlow keeps the factor in an object of its own.
void read_object(const Json& object, LossScale& scale) {
  const Json* config = member_in(object, "config");
  if (config == nullptr) return;
  const Json* fixed = member_in(*config, "loss_scale_value");
  scale.is_dynamic = fixed == nullptr;
  scale.initial = number_in(*config, fixed != nullptr ? "loss_scale_value" : "initial_loss_scale", scale.initial);
  scale.growth_steps = steps_in(*config, "increment_period", scale.growth_steps);
}

template <typename T>
std::shared_ptr<const Tensor> scalar_of(DType type, T value) {
  Tensor tensor(type, Dims{});
  tensor.mutable_values<T>()[0] = value;
  return std::make_shared<const Tensor>(std::move(tensor));
}

std::shared_ptr<const Tensor> named_in(const NamedTensors& saved, std::string_view name,
                                       std::shared_ptr<const Tensor> otherwise) {
  for (const auto& [own, tensor] : saved) {
    if (own == name && tensor->dims().rank() == 0) return tensor_for_weight(TensorView(*tensor), otherwise->dtype());
  }
  return otherwise;
}

}  // namespace

std::optional<LossScale> loss_scale_in(const Json& optimizer) {
  const auto object = object_in(optimizer);
  if (!object || object->is_custom || object->config == nullptr || !object->name.starts_with("LossScaleOptimizer"))
    return std::nullopt;
  const Json& config = *object->config;
  LossScale scale;
  scale.inner = member_in(config, "inner_optimizer");
  if (scale.inner == nullptr) scale.inner = member_in(config, "optimizer");
  if (scale.inner == nullptr) return std::nullopt;
  const Json* dynamic = member_in(config, "dynamic");
  scale.is_dynamic = dynamic == nullptr || !dynamic->is_bool() || dynamic->as_bool();
  scale.initial = number_in(config, "initial_scale", scale.initial);
  scale.growth_steps = steps_in(config, "dynamic_growth_steps", scale.growth_steps);
  if (const Json* factor = member_in(config, "loss_scale")) read_object(*factor, scale);
  return scale;
}

NamedTensors with_loss_scale(const LossScale& scale, const NamedTensors& saved, const NamedTensors& inner) {
  NamedTensors all;
  const auto add = [&](const std::shared_ptr<const Tensor>& tensor) {
    all.emplace_back("vars/" + std::to_string(all.size()), tensor);
  };
  add(scalar_of<int64_t>(DType::int64,
                         0));  // the counter and the learning rate of every optimizer, which this class does not use
  add(scalar_of<float>(DType::float32, 0));
  add(named_in(saved, kGoodSteps, scalar_of<int64_t>(DType::int64, 0)));
  add(named_in(saved, kLossScale, scalar_of<float>(DType::float32, static_cast<float>(scale.initial))));
  for (const auto& [name, tensor] : inner) add(tensor);
  for (const auto& [name, tensor] : inner) all.emplace_back("inner_optimizer/" + name, tensor);
  return all;
}

}  // namespace keraunos::loader
