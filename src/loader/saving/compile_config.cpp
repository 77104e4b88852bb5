#include "loader/saving/compile_config.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "loader/keras/class_names.h"
#include "loader/saving/keras2_values.h"
#include "loader/saving/loss_scale.h"

namespace keraunos::loader {

using files::Json;

namespace {

// The keys of a config that are kept: all keys of schedules, and arguments of constructors in Keras 3.
using KeepsKey = bool (*)(std::string_view key);

bool is_of_optimizer(std::string_view key) {
  constexpr std::array<std::string_view, 24> kKeys{"name",
                                                   "learning_rate",
                                                   "lr",
                                                   "weight_decay",
                                                   "clipnorm",
                                                   "clipvalue",
                                                   "global_clipnorm",
                                                   "use_ema",
                                                   "ema_momentum",
                                                   "ema_overwrite_frequency",
                                                   "beta_1",
                                                   "beta_2",
                                                   "epsilon",
                                                   "amsgrad",
                                                   "momentum",
                                                   "nesterov",
                                                   "rho",
                                                   "centered",
                                                   "initial_accumulator_value",
                                                   "learning_rate_power",
                                                   "l1_regularization_strength",
                                                   "l2_regularization_strength",
                                                   "l2_shrinkage_regularization_strength",
                                                   "beta"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

bool is_no_function(std::string_view key) { return key != "fn"; }
bool is_any(std::string_view) { return true; }

Json converted(const Json& value, const std::string& module, KeepsKey keeps);

Json config_of(const Json& config, const std::string& module, KeepsKey keeps) {
  Json result = Json::object();
  for (const auto& [key, value] : config.members()) {
    if (!keeps(key)) continue;
    const bool is_rate = key == "lr" || key == "learning_rate";
    const std::string inner = is_rate ? "keras.optimizers.schedules" : module;
    const bool automatic = key == "reduction" && value == Json("auto");
    result.set(key == "lr" ? "learning_rate" : key,
               automatic ? Json("sum_over_batch_size") : converted(value, inner, is_rate ? is_any : keeps));
  }
  return result;
}

// A fixed factor is an argument of every optimizer in Keras 3.
Json scaled(const LossScale& scale, const std::string& module, KeepsKey keeps) {
  Json inner = converted(*scale.inner, module, keeps);
  if (scale.is_dynamic) {
    return serialised(module, "LossScaleOptimizer",
                      Json::object({{"name", "loss_scale_optimizer"},
                                    {"inner_optimizer", std::move(inner)},
                                    {"initial_scale", scale.initial},
                                    {"dynamic_growth_steps", scale.growth_steps}}));
  }
  Json config = inner["config"];
  config.set("loss_scale_factor", scale.initial);
  inner.set("config", std::move(config));
  return inner;
}

// Names stay names; a metric that only wraps a function becomes the function's name, from which Keras makes the same metric.
Json converted(const Json& value, const std::string& module, KeepsKey keeps) {
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value.items()) list.push_back(converted(item, module, keeps));
    return list;
  }
  if (!value.is_object()) return value;
  const std::string class_name = after_package(text_in(value, "class_name"));
  if (class_name.empty()) {
    Json by_output = Json::object();
    for (const auto& [key, item] : value.members()) by_output.set(key, converted(item, module, keeps));
    return by_output;
  }
  const Json& config = value["config"];
  const Json* function = config.is_object() ? config.find("fn") : nullptr;
  if (class_name == "MeanMetricWrapper" && function != nullptr && function->is_string()) return *function;
  if (!config.is_object() || class_name == "function") return config;
  if (const auto scale = loss_scale_in(value)) return scaled(*scale, module, keeps);
  return serialised(module, class_name, config_of(config, module, keeps));
}

void set_if_there(Json& result, const char* key, const Json& source, const char* from, const std::string& module,
                  KeepsKey keeps) {
  const Json* value = source.find(from);
  if (value != nullptr && !value->is_null()) result.set(key, converted(*value, module, keeps));
}

}  // namespace

Json compile_config(const Compilation& compilation) {
  const Json& source = *compilation.config;
  Json result = Json::object();
  set_if_there(result, "optimizer", source, compilation.is_legacy ? "optimizer_config" : "optimizer", "keras.optimizers",
               is_of_optimizer);
  set_if_there(result, "loss", source, "loss", "keras.losses", is_no_function);
  set_if_there(result, "loss_weights", source, "loss_weights", "", is_any);
  set_if_there(result, "metrics", source, "metrics", "keras.metrics", is_no_function);
  set_if_there(result, "weighted_metrics", source, "weighted_metrics", "keras.metrics", is_no_function);
  return result;
}

}  // namespace keraunos::loader
