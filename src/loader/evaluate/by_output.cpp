#include "loader/evaluate/by_output.h"

#include <algorithm>

#include "keraunos/error.h"
#include "loader/evaluate/compiled.h"

namespace keraunos::loader {
namespace {

using files::Json;

bool is_absent(const Json* json) { return json == nullptr || json->is_null(); }

void flatten_into(const Json& json, std::vector<const Json*>& items) {
  if (json.is_null()) return;
  if (object_in(json) || json.is_number()) {
    items.push_back(&json);
  } else if (json.is_array()) {
    for (const Json& item : json.items()) flatten_into(item, items);
  } else if (json.is_object()) {
    for (const auto& [name, item] : json.members()) flatten_into(item, items);
  }
}

std::vector<const Json*> flattened(const Json& json) {
  std::vector<const Json*> items;
  flatten_into(json, items);
  return items;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + '"';
  return text;
}

ByOutput by_name(const Json& json, const std::vector<std::string>& outputs) {
  ByOutput lists(outputs.size());
  for (const auto& [name, item] : json.members()) {
    const auto at = std::find(outputs.begin(), outputs.end(), name);
    if (at == outputs.end())
      throw UsageError("the model was compiled with losses or metrics for an output \"" + name + "\"; it has the outputs " +
                       listed(outputs));
    lists[static_cast<size_t>(at - outputs.begin())] = flattened(item);
  }
  return lists;
}

ByOutput by_place(const Json& json, const std::vector<std::string>& outputs) {
  if (json.size() != static_cast<int64_t>(outputs.size()))
    throw UsageError("the model was compiled with a list of " + std::to_string(json.size()) + " for its outputs " +
                     listed(outputs) + ", which are " + std::to_string(outputs.size()));
  ByOutput lists;
  for (const Json& item : json.items()) lists.push_back(flattened(item));
  return lists;
}

bool is_nested(const Json& json) { return json.is_array() || (json.is_object() && !object_in(json)); }

bool holds_lists(const Json& json) {
  return std::any_of(json.items().begin(), json.items().end(),
                     [](const Json& item) { return is_nested(item) || item.is_null(); });
}

}  // namespace

ByOutput losses_by_output(const Json* json, const std::vector<std::string>& outputs, int keras) {
  if (is_absent(json)) return ByOutput(outputs.size());
  if (!is_nested(*json)) return ByOutput(outputs.size(), {json});
  if (json->is_object()) return by_name(*json, outputs);
  if (outputs.size() > 1) return by_place(*json, outputs);
  std::vector<const Json*> all = flattened(*json);
  if (keras == 2 && all.size() > 1) all.resize(1);  // as Keras 2, which pairs losses with outputs
  return {all};
}

ByOutput metrics_by_output(const Json* json, const std::vector<std::string>& outputs, int keras) {
  if (is_absent(json)) return ByOutput(outputs.size());
  if (json->is_object() && is_nested(*json) && outputs.size() > 1) return by_name(*json, outputs);
  if (outputs.size() == 1) return {flattened(*json)};
  if (!json->is_array()) return ByOutput(outputs.size(), {json});
  const bool for_every = keras == 2 && !holds_lists(*json);
  return for_every || json->size() == 0 ? ByOutput(outputs.size(), flattened(*json)) : by_place(*json, outputs);
}

ByOutput weights_by_output(const Json* json, const std::vector<std::string>& outputs) {
  if (is_absent(json)) return ByOutput(outputs.size());
  if (json->is_number()) return ByOutput(outputs.size(), {json});
  return json->is_object() ? by_name(*json, outputs) : by_place(*json, outputs);
}

}  // namespace keraunos::loader
