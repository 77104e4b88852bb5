#include "loader/evaluate/compiled.h"

#include <algorithm>

namespace keraunos::loader {
namespace {

using files::Json;

std::string text_in(const Json& object, std::string_view key) {
  const Json* found = member_in(object, key);
  return found != nullptr && found->is_string() ? found->as_string() : std::string();
}

std::string without_package(const std::string& name) { return name.substr(name.find('>') + 1); }

// Keras 2 writes the package "Custom" for its own optimizers too.
bool is_packaged(const std::string& name) { return name.find('>') != std::string::npos && !name.starts_with("Custom>"); }

void add_parts(const Json* json, const std::string& output, bool weighted, std::vector<CompiledPart>& parts) {
  if (json == nullptr || json->is_null()) return;
  if (const auto object = object_in(*json)) {
    parts.push_back({output, object->name, object->config != nullptr ? object->config->dump() : "{}", weighted});
  } else if (json->is_array()) {
    for (const Json& item : json->items()) add_parts(&item, output, weighted, parts);
  } else if (json->is_object()) {
    for (const auto& [name, item] : json->members()) add_parts(&item, name, weighted, parts);
  }
}

std::optional<CompiledOptimizer> optimizer_of(const Compilation& compilation) {
  const Json* json = member_in(*compilation.config, compilation.is_legacy ? "optimizer_config" : "optimizer");
  const auto object = json != nullptr ? object_in(*json) : std::nullopt;
  if (!object) return std::nullopt;
  CompiledOptimizer optimizer{
      object->name, object->config != nullptr ? object->config->dump() : "{}", compilation.iterations, {}};
  if (object->config == nullptr) return optimizer;
  const Json* config = object->config;
  if (const Json* inner = member_in(*config, "inner_optimizer")) {  // LossScaleOptimizer
    const auto wrapped = object_in(*inner);
    config = wrapped && wrapped->config != nullptr ? wrapped->config : config;
  }
  const Json* rate = member_in(*config, "learning_rate");
  if (rate == nullptr) rate = member_in(*config, "lr");  // of Keras 1 and 2.0 to 2.2
  if (rate != nullptr) optimizer.learning_rate = learning_rate_at(*rate, compilation.iterations.value_or(0));
  return optimizer;
}

std::optional<int64_t> integer_of(const Tensor& tensor) {
  if (tensor.dims().elements() != 1) return std::nullopt;
  if (tensor.dtype() == DType::int64) return tensor.values<int64_t>()[0];
  if (tensor.dtype() == DType::int32) return tensor.values<int32_t>()[0];
  if (tensor.dtype() == DType::float32 && tensor.values<float>()[0] >= 0 && tensor.values<float>()[0] < 0x1p62f)
    return static_cast<int64_t>(tensor.values<float>()[0]);  // Keras up to 2.1
  return std::nullopt;
}

// The counter is the first variable of optimizers in Keras 3 and Keras 2.11; older ones name it.
bool is_counter(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name == "iteration" || name == "iteration:0" || name == "iter:0" || name == "iterations:0";
}

}  // namespace

const Json* member_in(const Json& object, std::string_view key) {
  const Json* found = object.is_object() ? object.find(key) : nullptr;
  return found != nullptr && !found->is_null() ? found : nullptr;
}

std::optional<SavedObject> object_in(const Json& json) {
  if (json.is_string()) {
    const std::string& text = json.as_string();
    return SavedObject{.name = without_package(text), .registered = text, .is_text = true, .is_custom = is_packaged(text)};
  }
  const Json* name = member_in(json, "class_name");
  if (name == nullptr || !name->is_string()) return std::nullopt;
  const std::string registered = text_in(json, "registered_name"), module = text_in(json, "module");
  const bool packaged = registered.find('>') != std::string::npos || is_packaged(name->as_string());
  const bool foreign = !module.empty() && module != "builtins" && !module.starts_with("keras") && !module.starts_with("tf_keras");
  const Json* stated = json.find("module");  // null for the caller's classes
  SavedObject object{.name = without_package(name->as_string()),
                     .registered = registered.empty() ? name->as_string() : registered,
                     .is_custom = packaged || foreign || (stated != nullptr && stated->is_null()),
                     .is_loss = module.find("losses") != std::string::npos};
  const Json* config = member_in(json, "config");
  if (object.name == "function") {  // Keras 3: the config is the function's name
    object.registered = config != nullptr && config->is_string() ? config->as_string() : registered;
    object.name = without_package(object.registered);
    object.is_custom = object.is_custom || is_packaged(object.registered);
    object.is_function = true;
    return object;
  }
  if (config != nullptr && config->is_object()) object.config = config;
  return object;
}

SavedObject unwrapped(const SavedObject& object) {
  if (object.name != "LossFunctionWrapper" && object.name != "MeanMetricWrapper") return object;
  const Json* function = object.config != nullptr ? member_in(*object.config, "fn") : nullptr;
  const auto inner = function != nullptr ? object_in(*function) : std::nullopt;
  if (!inner) return object;
  SavedObject target = *inner;
  target.config = object.config;
  target.is_function = true;
  return target;
}

host::Compiled compiled_of(const Compilation& compilation) {
  const Json& config = *compilation.config;
  host::Compiled compiled;
  add_parts(member_in(config, "loss"), {}, false, compiled.losses);
  add_parts(member_in(config, "metrics"), {}, false, compiled.metrics);
  add_parts(member_in(config, "weighted_metrics"), {}, true, compiled.metrics);
  compiled.optimizer = optimizer_of(compilation);
  return compiled;
}

// Keras warns about an optimizer that it cannot read and continues without it.
std::optional<int64_t> iterations_in(const files::Hdf5File& file) {
  try {
    if (file.is_dataset("optimizer/vars/0")) return integer_of(file.read_tensor("optimizer/vars/0"));
    if (!file.is_group("optimizer_weights")) return std::nullopt;
    const std::vector<std::string> paths = file.datasets("optimizer_weights");
    const auto found = std::find_if(paths.begin(), paths.end(), is_counter);
    return found != paths.end() ? integer_of(file.read_tensor(*found)) : std::nullopt;
  } catch (const ModelError&) {
    return std::nullopt;
  }
}

std::optional<int64_t> iterations_in(const Checkpoint& checkpoint) {
  for (const char* edges : {"optimizer/iter", "optimizer/_iterations"}) {
    const int node = checkpoint.objects.descendant(0, edges);
    if (node < 0) continue;
    const std::string& key = checkpoint.objects.nodes()[static_cast<size_t>(node)].variable;
    if (!key.empty() && checkpoint.bundle.has(key)) return integer_of(*checkpoint.bundle.tensor(key));
  }
  return std::nullopt;
}

}  // namespace keraunos::loader
