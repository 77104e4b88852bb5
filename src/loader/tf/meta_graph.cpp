#include "loader/tf/meta_graph.h"

#include "keraunos/error.h"
#include "loader/files/protobuf.h"

namespace keraunos::loader {

using files::ProtoReader;

std::pair<std::string, std::string_view> map_entry(std::string_view message, const std::string& what) {
  std::pair<std::string, std::string_view> entry;
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number == 1) entry.first = field->bytes;
    if (field->number == 2) entry.second = field->bytes;
  }
  return entry;
}

namespace {

void add_asset(MetaGraph& parts, std::string_view message, const std::string& what) {
  std::string tensor, file;
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number == 1) tensor = map_entry(field->bytes, what).first;
    if (field->number == 2) file = field->bytes;
  }
  parts.assets.emplace(tensor.substr(0, tensor.find(':')), file);
}

// TensorFlow 1 has no signature for the initialisation, but collections of nodes.
void add_initialisers(MetaGraph& parts, std::string_view message, const std::string& what) {
  const auto [name, collection] = map_entry(message, what);
  if (name != "saved_model_main_op" && name != "legacy_init_op" && name != "table_initializer") return;
  ProtoReader reader(collection, what);
  while (const auto field = reader.next()) {
    if (field->number != 1) continue;
    ProtoReader nodes(field->bytes, what);
    while (const auto node = nodes.next()) {
      if (node->number == 1) parts.initialisers.emplace_back(node->bytes);
    }
  }
}

}  // namespace

MetaGraph meta_graph_of(std::string_view saved_model, const std::string& what) {
  ProtoReader reader(saved_model, what);
  while (const auto field = reader.next()) {
    if (field->number != 2) continue;
    MetaGraph parts;
    ProtoReader meta(field->bytes, what);
    while (const auto part = meta.next()) {
      if (part->number == 2) parts.graph = part->bytes;
      if (part->number == 4) add_initialisers(parts, part->bytes, what);
      if (part->number == 5) parts.signatures.insert(map_entry(part->bytes, what));
      if (part->number == 6) add_asset(parts, part->bytes, what);
      if (part->number == 7) parts.objects = part->bytes;
    }
    return parts;
  }
  throw ModelError(what + " holds no graph");
}

}  // namespace keraunos::loader
