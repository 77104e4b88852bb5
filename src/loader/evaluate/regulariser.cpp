#include "loader/evaluate/regulariser.h"

#include "loader/evaluate/compiled.h"

namespace keraunos::loader {

using files::Json;

namespace {

double number(const Json* config, std::string_view key, double otherwise) {
  const Json* value = config != nullptr && config->is_object() ? config->find(key) : nullptr;
  return value != nullptr && value->is_number() ? value->as_double() : otherwise;
}

}  // namespace

std::optional<Regulariser> regulariser_in(const Json& json) {
  if (json.is_object() && json.find("class_name") == nullptr && json.find("l1") != nullptr)  // of Keras 1
    return Regulariser{.l1 = number(&json, "l1", 0), .l2 = number(&json, "l2", 0)};
  const auto object = object_in(json);
  if (!object || object->is_custom) return std::nullopt;
  const std::string& name = object->name;
  constexpr double kDefault = 0.01;
  if (name == "L1" || name == "l1") return Regulariser{.l1 = number(object->config, "l1", number(object->config, "l", kDefault))};
  if (name == "L2" || name == "l2") return Regulariser{.l2 = number(object->config, "l2", number(object->config, "l", kDefault))};
  const bool text = object->is_text;
  if (name == "L1L2" || name == "l1_l2" || name == "WeightRegularizer") {
    return Regulariser{.l1 = number(object->config, "l1", text ? kDefault : 0),
                       .l2 = number(object->config, "l2", text ? kDefault : 0)};
  }
  if (name == "OrthogonalRegularizer" || name == "orthogonal_regularizer") {
    const Json* mode = object->config != nullptr ? object->config->find("mode") : nullptr;
    const bool columns = mode != nullptr && mode->is_string() && mode->as_string() == "columns";
    return Regulariser{.orthogonal = number(object->config, "factor", kDefault), .by_rows = !columns};
  }
  return std::nullopt;
}

std::optional<Regulariser> activity_regulariser(std::string_view class_name, const Json* config, bool& is_known) {
  is_known = true;
  if (config == nullptr || !config->is_object()) return std::nullopt;
  std::optional<Regulariser> found;
  if (class_name == "ActivityRegularization") {
    found = Regulariser{.l1 = number(config, "l1", 0), .l2 = number(config, "l2", 0)};
  } else if (const Json* json = member_in(*config, "activity_regularizer")) {
    found = regulariser_in(*json);
    is_known = found && found->orthogonal == 0;
  }
  return found && !found->is_zero() ? found : std::nullopt;
}

}  // namespace keraunos::loader
