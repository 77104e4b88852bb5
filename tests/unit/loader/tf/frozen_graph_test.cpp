// Files that hold a GraphDef alone: what is taken for one, which inputs and outputs it has, damaged and hostile ones.
#include "loader/tf/frozen_graph.h"

#include <gtest/gtest.h>

#include <fstream>

#include "altered.h"
#include "folders.h"
#include "graph_bytes.h"
#include "keraunos/error.h"
#include "keraunos/model.h"
#include "message_of.h"
#include "predict_once.h"
#include "sanitized.h"

namespace keraunos::loader {
namespace {

using graph_bytes::field, graph_bytes::graph, graph_bytes::node;

std::string attribute_of_node(const std::string& name, const std::string& value) {
  return field(5, field(1, name) + field(2, value));
}

// A placeholder of float32; `shape` is a TensorShapeProto.
std::string placeholder_node(const std::string& name, const std::string& shape) {
  return node(name, "Placeholder", {}) + attribute_of_node("dtype", "\x30\x01") + attribute_of_node("shape", field(7, shape));
}

class FrozenGraph : public ::testing::Test {
 protected:
  Model load(const std::string& bytes, const std::string& outputs = {}) {
    const auto path = folder_.path() / "frozen.pb";
    std::ofstream(path, std::ios::binary) << bytes;
    return load_model(path, {.device = Device{}, .signature = outputs});
  }

  void refuses(const std::string& bytes, std::string_view words, const std::string& outputs = {}) {
    const std::string message = message_of<Error>([&] { static_cast<void>(load(bytes, outputs)); });
    EXPECT_NE(message.find(words), std::string::npos) << message << "\nexpected: " << words;
  }

  Folder folder_;
  const std::string x_ = placeholder_node("x", "");
  const std::string two_ = graph({x_, placeholder_node("unused", ""), node("y", "Neg", {"x"}), node("z", "Abs", {"x"})});
};

TEST_F(FrozenGraph, OutputsAreChosenByName) {
  const Model whole = load(two_);
  ASSERT_EQ(whole.inputs().size(), 1U);  // no output needs the other placeholder
  ASSERT_EQ(whole.outputs().size(), 2U);
  EXPECT_EQ(whole.outputs()[0].name, "y");
  const Model chosen = load(two_, "z:0");
  ASSERT_EQ(chosen.outputs().size(), 1U);
  const std::vector<float> x{-2};
  EXPECT_EQ(chosen.predict({x, Dims{}}).values<float>()[0], 2);
}

TEST_F(FrozenGraph, OutputsThatAreNotThereAreRefused) {
  refuses(two_, "has no node \"w\"", "y,w");
  refuses(two_, "the nodes that no other node reads are \"y\", \"z\"", "w");
  refuses(two_, "has no node \"\"", "y,");
  refuses(two_, "lists \"y\" twice", "y,y");
  refuses(two_, "reads output 7 of \"y\"", "y:7");
  refuses(graph({x_}), "is a graph without results");
}

TEST_F(FrozenGraph, OtherFilesAreNoGraphs) {
  refuses("\x08\x01\x12", "is a part of a TensorFlow SavedModel");
  refuses("node {\n  name: \"x\"\n}\n", "in text form (.pbtxt)");
  refuses("saved_model_schema_version: 1\n", "in text form (.pbtxt)");
  refuses("\n\n\n\nhello", "is a part of a TensorFlow SavedModel");
  EXPECT_FALSE(looks_like_graph("\x0a"));
  EXPECT_FALSE(looks_like_graph(field(1, field(2, "stripped operations"))));  // a MetaGraphDef
}

TEST_F(FrozenGraph, HostileGraphsAreRefused) {
  refuses(graph({x_, node("v", "VariableV2", {}), node("y", "AddV2", {"x", "v"})}), "whose contents are not in the file");
  refuses(graph({placeholder_node("x", "\x18\x01"), node("y", "Neg", {"x"})}), "has a shape of unknown rank");
  refuses(graph({node("x", "Placeholder", {}), node("y", "Neg", {"x"})}), "is no dense tensor of a type");
  refuses(graph({x_, node("y", "Neg", {"z"}), node("z", "Neg", {"y"}), node("end", "Abs", {"y"})}),
          "read each other in a circle");
  refuses(graph({x_, node("y", "NoSuchOperation", {"x"})}), "NoSuchOperation");
  const std::string many = attribute_of_node("num", std::string("\x18\xff\xff\xff\xff\x7f"));  // outputs of one node
  refuses(graph({x_, node("a", "Unpack", {"x"}) + many, node("b", "Unpack", {"x"}) + many}), "has more than 4096 outputs");
  const auto path = folder_.path() / "large.pb";
  std::ofstream(path, std::ios::binary) << two_;
  EXPECT_THROW(static_cast<void>(load_model(path, {.device = Device{}, .max_bytes = 400})), ModelError);
}

TEST_F(FrozenGraph, BearsDamageAnywhere) {
  const LoadOptions options{.device = Device{}, .threads = 1, .max_bytes = uint64_t{64} << 20};
  for (const char* name : {"function_frozen_session", "function_frozen_function"}) {
    const std::string whole = bytes_of_file(cases_folder() / name / "frozen_graph.pb");
    const size_t step = std::max<size_t>(1, whole.size() / (kSanitized ? 50 : 700));
    for (size_t at = 0; at < whole.size(); at += step) {
      for (const int damage : {-1, 0x00, 0xff, 0x07}) {
        std::string text = damage < 0 ? whole.substr(0, at) : whole;
        if (damage >= 0) text[at] = static_cast<char>(text[at] ^ damage ^ 0x10);
        try {
          predict_once(load_model(std::as_bytes(std::span(text)), options));
        } catch (const Error& error) {
          EXPECT_EQ(std::string_view(error.what()).find("internal error"), std::string_view::npos) << at << ": " << error.what();
        }
      }
    }
  }
}

}  // namespace
}  // namespace keraunos::loader
