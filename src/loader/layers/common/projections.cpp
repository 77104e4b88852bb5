#include "loader/layers/common/projections.h"

#include "loader/files/json.h"

namespace keraunos::loader {

using files::Json;

namespace {

// The policy of a composite layer may be a map from the paths of its parts to their policies.
Json policy_of_part(const Config& config, const std::string& name) {
  const Json* policy = config.find("dtype");
  if (policy == nullptr) return nullptr;
  const Json* inner = policy->is_object() ? policy->find("config") : nullptr;
  const Json* map = inner != nullptr && inner->is_object() ? inner->find("policy_map") : nullptr;
  if (map == nullptr) return *policy;
  for (const auto& [path, part] : map->members()) {
    if (path == name || path.ends_with('/' + name)) return part;
  }
  return (*inner)["default_policy"];
}

}  // namespace

ChildName projection(const Config& config, const Projection& stated) {
  Json inner = Json::object();
  inner.set("name", stated.name).set("equation", stated.equation).set("output_shape", stated.output_shape);
  inner.set("activation", stated.activation).set("dtype", policy_of_part(config, stated.name));
  if (const Json* trainable = config.find("trainable")) inner.set("trainable", *trainable);
  if (config.flag("use_bias", true) && !stated.bias_axes.empty()) inner.set("bias_axes", stated.bias_axes);
  Json object = Json::object();
  object.set("class_name", "EinsumDense").set("config", std::move(inner));
  return {.attribute = stated.attribute,
          .aliases = {'_' + stated.attribute},
          .config = std::make_shared<const Json>(std::move(object))};
}

Json list_of_integers(std::initializer_list<int64_t> numbers) {
  Json list = Json::array();
  for (int64_t number : numbers) list.push_back(number);
  return list;
}

}  // namespace keraunos::loader
