// Loops and branches of hostile graphs: endless loops, functions that call themselves, and control flow of TensorFlow 1 that no
// tf.cond and tf.while_loop writes.
#include "loader/tf/control_flow.h"

#include <gtest/gtest.h>

#include <fstream>

#include "altered.h"
#include "graph_bytes.h"
#include "keraunos/error.h"
#include "keraunos/model.h"
#include "message_of.h"

namespace keraunos::loader {
namespace {

using graph_bytes::field, graph_bytes::function, graph_bytes::graph, graph_bytes::node;

std::string called(const std::string& attribute, const std::string& name) {
  return field(5, field(1, attribute) + field(2, field(10, field(1, name))));
}

std::string texts(const std::string& attribute, const std::string& text) {
  return field(5, field(1, attribute) + field(2, field(2, text)));
}

std::string holds(const std::string& attribute) { return field(5, field(1, attribute) + field(2, std::string("\x28\x01"))); }

// A SavedModel that computes y from a scalar x.
class ControlFlow : public ::testing::Test {
 protected:
  void write(const std::vector<std::string>& nodes, const std::vector<std::string>& functions = {}) {
    const auto port = [&](const char* key, const char* tensor) {
      return field(1, key) + field(2, field(1, tensor) + std::string("\x10\x01") + field(3, ""));
    };
    const std::string signature = field(1, port("x", "x:0")) + field(2, port("y", "y:0"));
    std::vector<std::string> all{node("x", "Placeholder", {})};
    all.insert(all.end(), nodes.begin(), nodes.end());
    std::ofstream(folder_.path() / "saved_model.pb", std::ios::binary)
        << field(2, field(2, graph(all, functions)) + field(5, field(1, "serving_default") + field(2, signature)));
  }

  Model load() const { return load_model(folder_.path(), {.device = Device{}}); }

  void refuses(std::string_view words) {
    const std::string message = message_of<Error>([&] { static_cast<void>(load()); });
    EXPECT_NE(message.find(words), std::string::npos) << message << "\nexpected: " << words;
  }

  Folder folder_;
};

const std::string kLess = function("less", "y:z:0", {node("y", "LessEqual", {"x", "x"})});
const std::string kNegated = function("negated", "y:y:0", {node("y", "Neg", {"x"})});

TEST_F(ControlFlow, EndlessLoopsAreDataErrors) {
  write({node("y", "While", {"x"}) + called("cond", "less") + called("body", "negated")}, {kLess, kNegated});
  const Model model = load();
  const std::vector<float> x{2};
  const auto predict = [&](int64_t turns) {
    return message_of<DataError>([&] { static_cast<void>(model.predict({x, Dims{}}, {.max_turns = turns})); });
  };
  EXPECT_NE(predict(100).find("still holds after 100 turns"), std::string::npos) << predict(100);
  EXPECT_NE(predict(0).find("still holds after 0 turns"), std::string::npos);
  Session session = model.session();  // has the default
  float y = 0;
  const TensorView in(x, Dims{});
  const MutableView out{&y, DType::float32, Dims{}, {}};
  EXPECT_NE(message_of<DataError>([&] { session.run({&in, 1}, {&out, 1}); }).find("100000 turns"), std::string::npos);
  EXPECT_THROW(static_cast<void>(model.predict({x, Dims{}}, {.max_turns = -1})), UsageError);
}

// Not unrolled without end, nor computed while the model is loaded.
TEST_F(ControlFlow, EndlessLoopsOfConstantsAreDataErrors) {
  const std::string one = field(5, field(1, "value") + field(2, field(8, std::string("\x08\x0a\x12\x00\x5a\x01\x01", 7))));
  const std::string always = function("always", "y:output:0", {node("y", "Const", {}) + one});
  write({node("y", "While", {"x"}) + called("cond", "always") + called("body", "negated")}, {always, kNegated});
  const Model model = load();
  const std::vector<float> x{2};
  const std::string message = message_of<DataError>([&] { static_cast<void>(model.predict({x, Dims{}}, {.max_turns = 5})); });
  EXPECT_NE(message.find("still holds after 5 turns"), std::string::npos) << message;
  const std::string same = function("same", "y:output:0", {node("y", "Identity", {"x"})});
  write({node("y", "While", {"x"}) + called("cond", "always") + called("body", "same")}, {always, same});
  refuses("whose body changes nothing");
}

TEST_F(ControlFlow, LoopsWithoutFunctionsAreRefused) {
  write({node("y", "While", {"x"}) + called("cond", "less")}, {kLess});
  refuses("has no function in \"y\"");
  write({node("y", "While", {"x"}) + called("cond", "less") + called("body", "away")}, {kLess});
  refuses("the function away is called and is not there");
}

TEST_F(ControlFlow, LoopsThatCallThemselvesAreRefused) {
  const std::string body = function("body", "w:0", {node("w", "While", {"x"}) + called("cond", "less") + called("body", "body")});
  write({node("y", "While", {"x"}) + called("cond", "less") + called("body", "body")}, {kLess, body});
  refuses("the function body calls itself");
}

TEST_F(ControlFlow, BodiesOfOtherTypesAreRefused) {
  const std::string other = function("other", "y:z:0", {node("y", "LessEqual", {"x", "x"})});
  write({node("y", "While", {"x"}) + called("cond", "less") + called("body", "other")}, {kLess, other});
  refuses("becomes () bool, expected () float32");
  const std::string number = function("number", "y:y:0", {node("y", "Neg", {"x"})});
  write({node("y", "While", {"x", "x"}) + called("cond", "less") + called("body", "number")}, {kLess, number});
  refuses("calls the function less with 2 values; it takes 1");
}

// x if x ≤ x, else −x, as tf.cond wrote it before TensorFlow 2.
std::vector<std::string> conditional() {
  return {node("p", "LessEqual", {"x", "x"}), node("s", "Switch", {"x", "p"}), node("n", "Neg", {"s"}),
          node("i", "Identity", {"s:1"}), node("y", "Merge", {"n", "i"})};
}

TEST_F(ControlFlow, ConditionalsOfTensorFlow1Run) {
  write(conditional());
  const std::vector<float> x{2};
  EXPECT_EQ(load().predict({x, Dims{}}).values<float>()[0], 2);
  std::vector<std::string> other = conditional();
  other[0] = node("p", "Less", {"x", "x"});
  write(other);
  EXPECT_EQ(load().predict({x, Dims{}}).values<float>()[0], -2);
}

TEST_F(ControlFlow, SidesThatDoNotBelongTogetherAreRefused) {
  std::vector<std::string> nodes = conditional();
  nodes.back() = node("y", "Merge", {"n"});
  write(nodes);
  refuses("the node \"y\" (Merge) joins fewer than two sides");
  nodes.back() = node("y", "Merge", {"n", "n"});
  write(nodes);
  refuses("joins what are not the two sides of one conditional");
  nodes.back() = node("y", "Merge", {"x", "x"});
  write(nodes);
  refuses("joins sides that no Switch leads to");
  nodes[3] = node("i", "Identity", {"s:5"});
  nodes.back() = node("y", "Merge", {"n", "i"});
  write(nodes);
  refuses("joins what are not the two sides of one conditional");
  nodes[3] = node("i", "Identity", {"s:1"});
  nodes[1] = node("s", "Switch", {"x"});
  nodes.back() = node("y", "Merge", {"n", "i"});
  write(nodes);
  refuses("the node \"s\" (Switch) has no condition");
  nodes = conditional();
  nodes.insert(nodes.end() - 1, node("q", "Greater", {"x", "x"}));
  nodes.insert(nodes.end() - 1, node("t", "Switch", {"x", "q"}));
  nodes.insert(nodes.end() - 1, node("a", "Add", {"t:1", "i"}));
  nodes.back() = node("y", "Merge", {"n", "a"});
  write(nodes);
  refuses("mixes the sides of conditionals");
}

// A loop that negates x while x ≤ limit, as tf.while_loop wrote it before TensorFlow 2.
std::vector<std::string> loop() {
  return {node("e", "Enter", {"x"}) + texts("frame_name", "f"),
          node("limit", "Enter", {"x"}) + texts("frame_name", "f") + holds("is_constant"),
          node("m", "Merge", {"e", "next"}),
          node("less", "Less", {"m", "limit"}),
          node("c", "LoopCond", {"less"}),
          node("s", "Switch", {"m", "c"}),
          node("n", "Neg", {"s:1"}),
          node("next", "NextIteration", {"n"}),
          node("y", "Exit", {"s"})};
}

TEST_F(ControlFlow, LoopsOfTensorFlow1Run) {
  write(loop());
  const std::vector<float> x{2};
  EXPECT_EQ(load().predict({x, Dims{}}).values<float>()[0], 2);
}

TEST_F(ControlFlow, LoopsThatAreNoneAreRefused) {
  std::vector<std::string> nodes = loop();
  nodes[4] = node("c", "Identity", {"less"});
  write(nodes);
  refuses("the node \"e\" (Enter) enters a loop without a condition");
  nodes = loop();
  nodes[0] = node("e", "Enter", {"x"});
  write(nodes);
  refuses("the node \"e\" (Enter) has no frame_name");
  nodes = loop();
  nodes[0] = node("e", "Identity", {"x"});
  write(nodes);
  refuses("the node \"m\" (Merge) has no Enter");
  nodes = loop();
  nodes[6] = node("n", "Neg", {"s"});
  write(nodes);
  refuses("is read inside a loop at the output that leaves it");
  nodes = loop();
  nodes[8] = node("y", "Exit", {"s:1"});
  write(nodes);
  refuses("leaves a loop from its body");
  nodes = loop();
  nodes[7] = node("next", "NextIteration", {});
  write(nodes);
  refuses("the node \"next\" (NextIteration) has no input");
  nodes = loop();
  nodes[4] = node("c", "LoopCond", {});
  write(nodes);
  refuses("the node \"c\" (LoopCond) has no input");
}

TEST_F(ControlFlow, CirclesWithoutALoopAreRefused) {
  write({node("a", "Neg", {"y"}), node("y", "Neg", {"a"})});
  refuses("read each other in a circle");
}

// A shape of 2^40 numbers in a few bytes.
TEST_F(ControlFlow, ConstantsLargerThanTheBudgetAreRefused) {
  const std::string extent = field(2, std::string("\x08\x80\x80\x80\x80\x80\x20", 7));
  const std::string tensor = std::string("\x08\x01") + field(2, extent) + std::string("\x2d\x00\x00\x80\x3f", 5);
  const std::string big = node("k", "Const", {}) + field(5, field(1, "value") + field(2, field(8, tensor)));
  write({big, node("y", "Sum", {"k", "x"})});
  refuses("bytes of memory");
}

}  // namespace
}  // namespace keraunos::loader
