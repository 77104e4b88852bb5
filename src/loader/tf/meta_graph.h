// SavedModel: 2 meta_graphs {2 graph_def, 4 collection_def (a map) {1 node_list {1 value}}, 5 signature_def (a map), 6
// asset_file_def {1 tensor_info {1 name}, 2 filename}, 7 object_graph_def}. From tensorflow/core/protobuf/{saved_model,
// meta_graph}.proto.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace keraunos::loader {

struct MetaGraph {
  std::string_view graph, objects;                     ///< parts of the given text; `objects` is empty in TensorFlow 1
  std::map<std::string, std::string_view> signatures;  ///< SignatureDef messages by name
  std::map<std::string, std::string> assets;           ///< files in the folder "assets", by the nodes for their paths
  std::vector<std::string> initialisers;               ///< of TensorFlow 1: nodes that fill tables, or wait for those
};

/// The first meta graph of a SavedModel, whose text the caller must keep. ModelError where there is none.
MetaGraph meta_graph_of(std::string_view saved_model, const std::string& what);

/// An entry of a map: its key, and its value as a message.
std::pair<std::string, std::string_view> map_entry(std::string_view message, const std::string& what);

}  // namespace keraunos::loader
