// Damaged definitions of nodes: as protobuf's bytes and as JSON.
#include "loader/tf/node.h"

#include <gtest/gtest.h>

#include "keraunos/error.h"
#include "loader/files/protobuf.h"

namespace keraunos::loader {
namespace {

using namespace std::string_literals;

// name "t", op "Transpose", input "x", attr {"T": type 1, "k": i 3, "f": f 0.5, "s": s "SAME", "l": list i [1, 2]}.
const std::string kNode =
    "\x0a\x01t\x12\x09Transpose\x1a\x01x"
    "\x2a\x07\x0a\x01T\x12\x02\x30\x01"
    "\x2a\x07\x0a\x01k\x12\x02\x18\x03"
    "\x2a\x0a\x0a\x01"
    "f\x12\x05\x25\x00\x00\x00\x3f"
    "\x2a\x0b\x0a\x01s\x12\x06\x12\x04SAME"
    "\x2a\x0b\x0a\x01l\x12\x06\x0a\x04\x1a\x02\x01\x02"s;

TEST(GraphNode, IsReadFromBytes) {
  const GraphNode node = node_of_bytes(kNode, "m");
  EXPECT_EQ(node.name, "t");
  EXPECT_EQ(node.op, "Transpose");
  EXPECT_EQ(node.inputs, std::vector<std::string>{"x"});
  ASSERT_NE(node.find("T"), nullptr);
  EXPECT_EQ(node.find("T")->kind, NodeAttribute::Kind::type);
  EXPECT_EQ(std::get<std::string>(node.find("T")->value.value), "float32");
  EXPECT_EQ(std::get<int64_t>(node.find("k")->value.value), 3);
  EXPECT_EQ(std::get<double>(node.find("f")->value.value), 0.5);
  EXPECT_EQ(std::get<std::string>(node.find("s")->value.value), "SAME");
  ASSERT_NE(node.find("l")->value.list(), nullptr);
  EXPECT_EQ(node.find("l")->value.list()->size(), 2U);
  EXPECT_EQ(node.find("none"), nullptr);
}

// Every prefix of the bytes is either a smaller node or refused with a message.
TEST(GraphNode, EveryCutIsANodeOrRefused) {
  for (size_t size = 0; size < kNode.size(); ++size) {
    try {
      static_cast<void>(node_of_bytes(std::string_view(kNode).substr(0, size), "layer \"a\""));
    } catch (const ModelError& error) {
      EXPECT_NE(std::string_view(error.what()).find("layer \"a\""), std::string_view::npos) << error.what();
    }
  }
  for (size_t at = 0; at < kNode.size(); ++at) {
    for (const char damage : {'\xff', '\x80', '\x00'}) {
      std::string text = kNode;
      text[at] = damage;
      try {
        static_cast<void>(node_of_bytes(text, "m"));
      } catch (const ModelError&) {
        continue;
      }
    }
  }
}

TEST(GraphNode, NumbersLongerThanTenBytesAreRefused) {
  EXPECT_THROW(static_cast<void>(node_of_bytes("\x08"s + std::string(11, '\x80'), "m")), ModelError);
  files::ProtoReader reader("\x03", std::string_view("m"));
  EXPECT_THROW(static_cast<void>(reader.next()), ModelError);  // a group, which proto3 does not have
  const files::ProtoField packed{.number = 3, .kind = files::ProtoField::Kind::bytes, .bytes = "\x01\xac\x02"};
  EXPECT_EQ(files::packed_integers(packed, "m"), (std::vector<int64_t>{1, 300}));
}

TEST(GraphNode, JsonOfWrongKindsIsRefused) {
  for (const char* text :
       {R"({"name": "a"})", R"({"op": 3})", R"({"op": "A", "attr": {"k": {"i": "x"}}})", R"({"op": "A", "attr": {"k": {}}})",
        R"({"op": "A", "attr": {"k": {"q": 1}}})", R"({"op": "A", "attr": {"k": {"s": "*"}}})",
        R"({"op": "A", "attr": {"k": {"f": "x"}}})", R"({"op": "A", "input": 3})"})
    EXPECT_THROW(static_cast<void>(node_of_json(Json::parse(text, "text"), "m")), ModelError) << text;
}

TEST(GraphNode, JsonGivesWhatProtobufWrites) {
  const GraphNode node = node_of_json(
      Json::parse(R"({"op": "A", "attr": {"s": {"s": "TkhXQw=="}, "i": {"i": "-3"}, "f": {"f": "Infinity"}, "b": {"b": false},
                     "t": {"type": "DT_HALF"}, "h": {"shape": {"dim": [{"size": "2"}, {"size": "-1"}]}}, "e": {"list": {}}}})",
                  "text"),
      "m");
  EXPECT_EQ(std::get<std::string>(node.find("s")->value.value), "NHWC");
  EXPECT_EQ(std::get<int64_t>(node.find("i")->value.value), -3);
  EXPECT_GT(std::get<double>(node.find("f")->value.value), 1e300);
  EXPECT_FALSE(std::get<bool>(node.find("b")->value.value));
  EXPECT_EQ(std::get<std::string>(node.find("t")->value.value), "float16");
  EXPECT_EQ(node.find("h")->value.list()->size(), 2U);
  EXPECT_TRUE(node.find("e")->value.list()->empty());
}

}  // namespace
}  // namespace keraunos::loader
