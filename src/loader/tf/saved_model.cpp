// SavedModel: 2 meta_graphs {2 graph_def, 7 object_graph_def}. SavedMetadata (keras_metadata.pb): 1 nodes {2 node_id, 4
// identifier, 5 metadata}. From tensorflow/core/protobuf/{saved_model,meta_graph}.proto and keras/protobuf/saved_metadata.proto.
#include "loader/tf/saved_model.h"

#include <algorithm>

#include "keraunos/error.h"
#include "loader/files/bytes.h"
#include "loader/files/protobuf.h"
#include "loader/tf/meta_graph.h"
#include "loader/tf/object_graph.h"
#include "loader/tf/vocabulary.h"

namespace keraunos::loader {

using files::Json;
using files::ProtoReader;

namespace {

// Keras's metadata of the root object, in TensorFlow 2.5 and later.
std::string root_metadata(std::string_view message, const std::string& what) {
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number != 1) continue;
    int64_t id = 0;
    std::string metadata;
    ProtoReader node(field->bytes, what);
    while (const auto part = node.next()) {
      if (part->number == 2) id = part->as_int();
      if (part->number == 5) metadata = part->bytes;
    }
    if (id == 0) return metadata;
  }
  return {};
}

std::string read_file(const std::filesystem::path& folder, const char* name, const files::SharedBudget& budget) {
  return files::read_text(*files::open_inside(folder, name, budget));
}

// Keras's encoder wraps each tuple, also nested ones: {"class_name": "__tuple__", "items": […]}. In all other JSON of Keras a
// tuple is a list.
Json with_lists(const Json& json) {
  if (json.is_array()) {
    Json list = Json::array();
    for (const Json& item : json.items()) list.push_back(with_lists(item));
    return list;
  }
  if (!json.is_object()) return json;
  const Json *class_name = json.find("class_name"), *items = json.find("items");
  if (class_name != nullptr && *class_name == Json("__tuple__") && items != nullptr && items->is_array())
    return with_lists(*items);
  std::vector<Json::Member> members;
  for (const auto& [key, value] : json.members()) members.emplace_back(key, with_lists(value));
  return Json::object(std::move(members));
}

}  // namespace

std::optional<SavedModel> read_saved_model(const std::filesystem::path& folder, const files::SharedBudget& budget) {
  const std::string what = folder.string();
  const auto text = std::make_shared<const std::string>(read_file(folder, "saved_model.pb", budget));
  const MetaGraph parts = meta_graph_of(*text, what + "/saved_model.pb");
  if (parts.objects.empty()) return std::nullopt;  // of TensorFlow 1
  auto objects =
      std::make_shared<const ObjectGraph>(ObjectGraph::of_saved_model(parts.objects, what + "/saved_model.pb", *budget));
  const ObjectNode& root = objects->nodes()[0];
  std::string metadata = root.metadata;
  std::error_code error;
  if (std::filesystem::exists(folder / "keras_metadata.pb", error))
    metadata = root_metadata(read_file(folder, "keras_metadata.pb", budget), what + "/keras_metadata.pb");
  if (metadata.empty()) return std::nullopt;
  const Json parsed = Json::parse(metadata, what + ": Keras's metadata of the model", budget.get());
  SavedModel model{.metadata = with_lists(parsed), .assets = {}};
  const Json* config = model.metadata.is_object() ? model.metadata.find("model_config") : nullptr;
  if (config == nullptr || config->is_null()) return std::nullopt;
  // Keras up to 2.8 names the class of a model that has no config, such as a subclassed one.
  if (config->is_object() && config->find("class_name") != nullptr && config->find("config") == nullptr) return std::nullopt;
  const auto has_table = [](const ObjectNode& node) { return node.children.contains("lookup_table"); };
  if (std::any_of(objects->nodes().begin(), objects->nodes().end(), has_table))  // the tables keep the text
    model.assets = vocabularies_of(text, parts.graph, std::move(objects), what);
  return model;
}

}  // namespace keraunos::loader
