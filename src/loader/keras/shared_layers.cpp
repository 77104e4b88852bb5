// Layers that occur in several places of a file: Keras numbers its objects, but not every place states the number.
#include <algorithm>

#include "loader/keras/class_names.h"
#include "loader/keras/reader.h"

namespace keraunos::loader {

using files::Json;

namespace {

bool is_same_but_ids(const Json& a, const Json& b);

bool has_same_members(const Json& a, const Json& b) {
  for (const auto& [key, value] : a.members()) {
    const Json* other = b.find(key);
    if (key != "shared_object_id" && (other == nullptr || !is_same_but_ids(value, *other))) return false;
  }
  const auto counted = [](const Json& object) {
    return std::count_if(object.members().begin(), object.members().end(),
                         [](const auto& member) { return member.first != "shared_object_id"; });
  };
  return counted(a) == counted(b);
}

bool is_same_but_ids(const Json& a, const Json& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_object()) return has_same_members(a, b);
  if (a.is_array()) return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), is_same_but_ids);
  return a.dump() == b.dump();
}

}  // namespace

// The layer with this id. Keras writes the id at the second occurrence of a layer, and at the first one unless that is in a
// nested model, whose config was copied before. In that case the first layer with this id is the only earlier layer with an equal
// config apart from ids.
SharedLayer Reader::shared_layer(const Json& object) {
  const int64_t id = object["shared_object_id"].as_int();
  const auto known = shared_.find(id);
  if (known != shared_.end()) return known->second;
  const std::string class_name = after_package(text_in(object, "class_name"));
  const Json* config = object.find("config");
  const auto [begin, end] =
      unmarked_.equal_range(class_name + ' ' + (config == nullptr ? std::string() : text_in(*config, "name")));
  SharedLayer same;
  for (auto candidate = begin; candidate != end; ++candidate) {
    const auto& [layer, earlier] = candidate->second;
    if (!is_same_but_ids(*config, (*earlier)["config"])) continue;
    if (same != nullptr) return nullptr;
    same = layer;
  }
  if (same != nullptr) shared_.emplace(id, same);
  return same;
}

}  // namespace keraunos::loader
