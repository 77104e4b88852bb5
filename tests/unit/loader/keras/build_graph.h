// Shared by the tests of src/loader/keras: makes layer graphs from JSON text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "folders.h"
#include "keraunos/model.h"
#include "loader/files/hdf5.h"
#include "loader/keras/reader.h"
#include "loader/keras/weights.h"
#include "unit/expect_error.h"

namespace keraunos::loader {

inline std::string fixture(const std::string& name) { return (data_folder() / "keras" / name).string(); }

inline std::shared_ptr<LayerGraph> graph_of(std::string_view json, const std::string& version, const CustomObjects& custom = {}) {
  const auto config = std::make_shared<const files::Json>(files::Json::parse(json, "config"));
  return read_layer_graph(config, {.file = "test", .keras_version = version, .backend = {}}, custom);
}

/// {"class_name": "Dense", …} with one unit; `extra` is added to the object after the config.
inline std::string dense(const std::string& name, const std::string& config = {}, const std::string& extra = {}) {
  return R"({"class_name": "Dense", "config": {"name": ")" + name + R"(", "units": 1)" + (config.empty() ? "" : ", " + config) +
         "}" + (extra.empty() ? "" : ", " + extra) + "}";
}

inline std::string input(const std::string& name, const std::string& shape = "[null, 1]") {
  return R"({"class_name": "InputLayer", "name": ")" + name + R"(", "inbound_nodes": [], "config": {"name": ")" + name +
         R"(", "dtype": "float32", "batch_input_shape": )" + shape + "}}";
}

/// A layer of a Functional model.
inline std::string called(const std::string& name, const std::string& nodes, const std::string& config = {}) {
  return dense(name, config, R"("name": ")" + name + R"(", "inbound_nodes": )" + nodes);
}

inline std::string functional(const std::string& name, const std::string& layers, const std::string& inputs,
                              const std::string& outputs, const std::string& extra = {}) {
  return R"({"class_name": "Functional", "config": {"name": ")" + name + R"(", "layers": [)" + layers + R"(], "input_layers": )" +
         inputs + R"(, "output_layers": )" + outputs + "}" + (extra.empty() ? "" : ", " + extra) + "}";
}

/// The first layer with that path; the test fails when there is none.
inline LayerInstance& layer_at(const LayerGraph& graph, const std::string& path) {
  LayerInstance* found = nullptr;
  visit_layers(graph.root, [&](LayerInstance& layer) {
    if (layer.path == path && !layer.is_root) found = &layer;
  });
  if (found == nullptr) throw std::runtime_error("no layer " + path);
  return *found;
}

/// The first element of a weight.
inline float first(const LayerGraph& graph, const std::string& path, const std::string& weight) {
  for (const WeightInfo& info : layer_at(graph, path).weights) {
    if (info.name == weight && info.tensor != nullptr) return info.tensor->values<float>()[0];
  }
  return -1;
}

}  // namespace keraunos::loader
