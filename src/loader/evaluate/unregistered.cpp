// Keras refuses to load a compiled model whose loss or metric is custom and not registered. So does load_model, because the file
// does not hold what they compute.
#include <algorithm>
#include <array>
#include <set>

#include "keraunos/error.h"
#include "loader/evaluate/custom.h"
#include "loader/keras/snake_case.h"
#include "loader/layers/table.h"

namespace keraunos::loader {
namespace {

using files::Json;

// Names that evaluate() chooses a function for by shape, and Keras's metrics that evaluate() refuses.
constexpr std::array<std::string_view, 8> kFurther{"accuracy", "acc", "crossentropy", "ce",
                                                   "Mean",     "Sum", "MeanTensor",   "Metric"};

bool is_of_keras(const SavedObject& object) {
  if (object.is_custom || object.registered.find('>') != std::string::npos) return false;
  const auto lists = {metric_class_names(), loss_class_names()};
  const bool is_class = std::any_of(lists.begin(), lists.end(), [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), object.name) != names.end();
  });
  if (is_class || find_function(object.name, true) != nullptr) return true;
  return std::any_of(kFurther.begin(), kFurther.end(),
                     [&](std::string_view name) { return snake_case(object.name) == name || object.name == name; });
}

// Objects of libraries whose layers are built in: Keras knows them where the library is imported.
bool is_of_known_library(const SavedObject& object) {
  const std::string package = object.registered.substr(0, object.registered.find('>') + 1);
  if (package.empty()) return false;
  const std::vector<LayerDef>& all = every_layer();
  return std::any_of(all.begin(), all.end(), [&](const LayerDef& def) {
    return std::any_of(def.classes.begin(), def.classes.end(),
                       [&](const std::string& name) { return name.starts_with(package); });
  });
}

class Unregistered {
 public:
  explicit Unregistered(const CustomObjects& objects) : objects_(objects) {}

  void look(const Json* json, const char* kind) {
    if (json == nullptr || json->is_null()) return;
    if (const auto object = object_in(*json)) {
      const SavedObject target = unwrapped(*object);
      const bool is_registered = find_comparison(objects_.losses, target) != nullptr ||
                                 find_comparison(objects_.metrics, target) != nullptr ||
                                 find_comparison(objects_.stateful_metrics, target) != nullptr;
      if (!is_registered && !is_of_keras(target) && !is_of_known_library(target) && met_.insert(target.registered).second)
        items.push_back({"", target.registered, kind});
    } else if (json->is_array()) {
      for (const Json& item : json->items()) look(&item, kind);
    } else if (json->is_object()) {
      for (const auto& [name, item] : json->members()) look(&item, kind);
    }
  }

  std::vector<UnsupportedError::Item> items;

 private:
  const CustomObjects& objects_;
  std::set<std::string> met_;
};

}  // namespace

void check_compilation(const LayerGraph& graph, const CustomObjects& objects) {
  if (!graph.compilation) return;
  const Json& config = *graph.compilation->config;
  Unregistered unregistered(objects);
  unregistered.look(member_in(config, "loss"), "is a custom loss that is not registered");
  for (const char* key : {"metrics", "weighted_metrics"})
    unregistered.look(member_in(config, key), "is a custom metric that is not registered");
  if (unregistered.items.empty()) return;
  std::string names;
  for (const UnsupportedError::Item& item : unregistered.items)
    names += (names.empty() ? "\"" : ", \"") + item.class_name + "\" (" +
             (item.reason.find("loss") != std::string::npos ? "loss" : "metric") + ')';
  throw UnsupportedError(graph.file + ": the model was compiled with custom functions that are not registered: " + names +
                             "; load it with LoadOptions::compile = false (--no-compile) to predict only, or register them with "
                             "CustomObjects::loss, metric or stateful_metric to evaluate",
                         unregistered.items);
}

}  // namespace keraunos::loader
