#include "loader/keras/nodes.h"

#include "build_graph.h"

namespace keraunos::loader {
namespace {

struct Read {
  References references;
  Node node;
};

Read read(const char* json, bool keeps_structure = false) {
  Read result;
  NodeReader reader(
      result.references, [](const std::string& name) { return name.size() == 1; }, "test");
  result.node = reader.node(files::Json::parse(json, "node"), keeps_structure);
  return result;
}

std::string text_of(const Arg& arg, const References& references) {
  struct Print {
    const References& references;
    std::string operator()(std::monostate) const { return "None"; }
    std::string operator()(bool value) const { return value ? "True" : "False"; }
    std::string operator()(int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return std::to_string(value).substr(0, 4); }
    std::string operator()(const std::string& value) const { return "'" + value + "'"; }
    std::string operator()(const Arg::Ellipsis&) const { return "..."; }
    std::string operator()(const Traced& traced) const {
      const References::Entry& entry = references.entries[static_cast<size_t>(traced.value.id)];
      if (entry.constant != nullptr) return "constant" + entry.constant->dims().to_string();
      return entry.reference.layer + std::to_string(entry.reference.node) + std::to_string(entry.reference.tensor);
    }
    std::string operator()(const std::shared_ptr<const Arg::Slice>& slice) const {
      return text_of(slice->start, references) + ':' + text_of(slice->stop, references) + ':' + text_of(slice->step, references);
    }
    std::string operator()(const Arg::List& list) const {
      std::string text;
      for (const Arg& item : list) text += (text.empty() ? "" : ", ") + text_of(item, references);
      return '[' + text + ']';
    }
    std::string operator()(const Arg::Members& members) const {
      std::string text;
      for (const auto& [key, item] : members) text += (text.empty() ? "" : ", ") + key + "=" + text_of(item, references);
      return '{' + text + '}';
    }
  };
  return std::visit(Print{references}, arg.value);
}

// "f(a00, k=1)"
std::string call_of(const Read& read) {
  std::string text;
  for (const Arg& argument : read.node.arguments) text += (text.empty() ? "" : ", ") + text_of(argument, read.references);
  for (const auto& [key, argument] : read.node.keywords) text += ", " + key + '=' + text_of(argument, read.references);
  return "f(" + text + ')';
}

TEST(Nodes, Keras2ListOfLeaves) {
  EXPECT_EQ(call_of(read(R"([["a", 0, 0]])")), "f(a00)");
  EXPECT_EQ(call_of(read(R"([["a", 0, 0, {}], ["b", 1, 2, {}]])")), "f([a00, b12])");
  EXPECT_EQ(call_of(read(R"([["a", 0, 0, {"training": false, "value": ["b", 0, 1]}]])")), "f(a00, training=False, value=b01)");
  EXPECT_EQ(call_of(read(R"({"p": ["a", 0, 0, {}], "q": [["b", 0, 0, {}]]})")), "f({p=a00, q=[b00]})");
}

TEST(Nodes, OpLayersKeepTheStructure) {
  EXPECT_EQ(call_of(read(R"(["a", 0, 0, {"y": 2.0, "name": null}])", true)), "f(a00, y=2.00, name=None)");
  EXPECT_EQ(call_of(read(R"([["a", 0, 0, {"axis": -1}]])", true)), "f([a00], axis=-1)");
  EXPECT_EQ(call_of(read(R"(["_CONSTANT_VALUE", -1, 2.0, {"y": ["a", 0, 0]}])", true)), "f(2.00, y=a00)");
  // Among the inputs of a layer the constant is a tensor; the numbers of an operation follow the other operand.
  EXPECT_EQ(call_of(read(R"([["a", 0, 0, {}], ["_CONSTANT_VALUE", -1, [[1, 2, 3]], {}]])")), "f([a00, constant(1, 3)])");
  EXPECT_EQ(call_of(read(R"([["a", 0, 0, {}], ["_CONSTANT_VALUE", -1, [1, 2], {}]])", true)), "f([a00, [1, 2]])");
  EXPECT_EQ(call_of(read(R"(["a", 0, 0, {"shape": [["b", 0, 0], 12]}])", true)), "f(a00, shape=[b00, 12])");
}

TEST(Nodes, SlicesMayHoldTensors) {
  EXPECT_EQ(
      call_of(read(
          R"(["a", 0, 0, {"slice_spec": [{"start": null, "stop": ["b", 0, 0], "step": null}, {"class_name": "__ellipsis__"}, null]}])",
          true)),
      "f(a00, slice_spec=[None:b00:None, ..., None])");
  EXPECT_EQ(
      read(R"(["a", 0, 0, {"slice_spec": [{"start": 1, "stop": ["b", 0, 0], "step": null}]}])", true).references.entries.size(),
      2u);
}

TEST(Nodes, Keras3Arguments) {
  const std::string a =
      R"({"class_name": "__keras_tensor__", "config": {"shape": [null, 2], "dtype": "float32", "keras_history": ["a", 0, 1]}})";
  EXPECT_EQ(call_of(read(("{\"args\": [" + a + ", 1.5], \"kwargs\": {\"mask\": null, \"initial_state\": [" + a + "]}}").c_str())),
            "f(a01, 1.50, mask=None, initial_state=[a01])");
  EXPECT_EQ(
      call_of(read((R"({"args": [)" + a +
                    R"(, [{"class_name": "__slice__", "config": {"start": 1, "stop": null, "step": 2}}, 3]], "kwargs": {}})")
                       .c_str())),
      "f(a01, [1:None:2, 3])");
  EXPECT_EQ(
      call_of(read(
          R"({"args": [{"class_name": "__numpy__", "config": {"value": [[1, 2], [3, 4]], "dtype": "int64"}}], "kwargs": {}})")),
      "f(constant(2, 2))");
  EXPECT_EQ(call_of(read(R"({"args": [{"class_name": "DTypePolicy", "config": {"name": "float16"}}], "kwargs": {}})")),
            "f('float16')");
}

TEST(Nodes, ConstantsKeepTheirDtype) {
  const Read ints = read(
      R"({"args": [{"class_name": "__tensor__", "config": {"value": [1, 9007199254740993], "dtype": "int64"}}], "kwargs": {}})");
  ASSERT_NE(ints.references.entries.at(0).constant, nullptr);
  EXPECT_EQ(ints.references.entries[0].constant->values<int64_t>()[1], 9007199254740993);
  expect_error(
      [] {
        read(R"({"args": [{"class_name": "__numpy__", "config": {"value": [[1], [2, 3]], "dtype": "int64"}}], "kwargs": {}})");
      },
      "not of one shape");
}

TEST(Nodes, PortsMayBeBareNestedOrADictionary) {
  const auto ports = [](const char* json) {
    References references;
    NodeReader reader(
        references, [](const std::string& name) { return name.size() == 1; }, "test");
    const Arg tree = reader.ports(files::Json::parse(json, "ports"), Reference::Form::port);
    return text_of(tree, references);
  };
  EXPECT_EQ(ports(R"(["a", 0, 0])"), "a00");
  EXPECT_EQ(ports(R"([["a", 0, 0], [["b", 1, 0]]])"), "[a00, [b10]]");
  EXPECT_EQ(ports(R"({"u": ["a", 0, 0]})"), "{u=a00}");
}

}  // namespace
}  // namespace keraunos::loader
