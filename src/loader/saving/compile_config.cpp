#include "loader/saving/compile_config.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "loader/keras/class_names.h"
#include "loader/saving/keras2_values.h"

namespace keraunos::loader {

using files::Json;

namespace {

// What a kind of object of Keras 2 has in its config and Keras 3's constructor does not take.
constexpr std::array<std::string_view, 3> kOptimizer{"jit_compile", "is_legacy_optimizer", "decay"};
constexpr std::array<std::string_view, 1> kFunction{"fn"};

bool is_one_of(std::string_view key, std::span<const std::string_view> keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

Json converted(const Json& value, const std::string& module, std::span<const std::string_view> dropped);

Json config_of(const Json& config, const std::string& module, std::span<const std::string_view> dropped) {
  Json result = Json::object();
  for (const auto& [key, value] : config.members()) {
    if (is_one_of(key, dropped)) continue;
    const bool is_rate = key == "lr" || key == "learning_rate";
    const std::string inner = is_rate ? "keras.optimizers.schedules" : module;
    const bool automatic = key == "reduction" && value == Json("auto");
    result.set(key == "lr" ? "learning_rate" : key, automatic ? Json("sum_over_batch_size") : converted(value, inner, dropped));
  }
  return result;
}

// Names stay names; a metric that only wraps a function is that function's name, for which Keras makes the same metric.
Json converted(const Json& value, const std::string& module, std::span<const std::string_view> dropped) {
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value.items()) list.push_back(converted(item, module, dropped));
    return list;
  }
  if (!value.is_object()) return value;
  const std::string class_name = after_package(text_in(value, "class_name"));
  if (class_name.empty()) {
    Json by_output = Json::object();
    for (const auto& [key, item] : value.members()) by_output.set(key, converted(item, module, dropped));
    return by_output;
  }
  const Json& config = value["config"];
  const Json* function = config.is_object() ? config.find("fn") : nullptr;
  if (class_name == "MeanMetricWrapper" && function != nullptr && function->is_string()) return *function;
  if (!config.is_object() || class_name == "function") return config;
  const std::string name = class_name == "LossScaleOptimizerV3" ? "LossScaleOptimizer" : class_name;
  return serialised(module, name, config_of(config, module, dropped));
}

void set_if_there(Json& result, const char* key, const Json& source, const char* from, const std::string& module,
                  std::span<const std::string_view> dropped) {
  const Json* value = source.find(from);
  if (value != nullptr && !value->is_null()) result.set(key, converted(*value, module, dropped));
}

}  // namespace

Json compile_config(const Compilation& compilation) {
  const Json& source = *compilation.config;
  Json result = Json::object();
  set_if_there(result, "optimizer", source, compilation.is_legacy ? "optimizer_config" : "optimizer", "keras.optimizers",
               kOptimizer);
  set_if_there(result, "loss", source, "loss", "keras.losses", kFunction);
  set_if_there(result, "loss_weights", source, "loss_weights", "", {});
  set_if_there(result, "metrics", source, "metrics", "keras.metrics", kFunction);
  set_if_there(result, "weighted_metrics", source, "weighted_metrics", "keras.metrics", kFunction);
  return result;
}

}  // namespace keraunos::loader
