// Graphs of functions that are damaged or recursive.
#include "loader/tf/function_library.h"

#include <gtest/gtest.h>

#include "graph_bytes.h"
#include "keraunos/error.h"

namespace keraunos::loader {
namespace {

using graph_bytes::field;
using graph_bytes::function;
using graph_bytes::graph;
using graph_bytes::node;

class FunctionLibraryTest : public ::testing::Test {
 protected:
  FunctionBody main(const std::string& text, const std::string& result = "y:0") {
    text_ = text;
    library_ = std::make_unique<FunctionLibrary>(text_, "graph.pb", budget_);
    return library_->main({result});
  }

  void refuses(const std::string& text, std::string_view words, const std::string& result = "y:0") {
    try {
      static_cast<void>(main(text, result));
      ADD_FAILURE() << "nothing was thrown; expected: " << words;
    } catch (const ModelError& error) {
      EXPECT_NE(std::string_view(error.what()).find(words), std::string_view::npos) << error.what() << "\nexpected: " << words;
    }
  }

  std::string text_;
  files::MemoryBudget budget_;
  std::unique_ptr<FunctionLibrary> library_;
};

TEST_F(FunctionLibraryTest, OrdersWhatTheResultsNeed) {
  const FunctionBody body = main(graph({node("y", "Neg", {"b"}), node("unused", "Neg", {"y"}),
                                        node("b", "Abs", {"a:0", "^unused"}), node("a", "Placeholder", {})}));
  ASSERT_EQ(body.nodes.size(), 3U);
  EXPECT_EQ(body.nodes[0].node.name, "a");
  EXPECT_EQ(body.nodes[1].node.name, "b");
  EXPECT_EQ(body.nodes[2].node.name, "y");
  EXPECT_EQ(body.nodes[2].inputs[0].node, 1U);
}

TEST_F(FunctionLibraryTest, ReadsOutputsByTheirNames) {
  const std::string inner = function("f", "top:indices:0", {node("k", "Const2", {}), node("top", "TopKV2", {"x", "k:output:0"})});
  main(graph({node("x", "Placeholder", {}), node("y", "PartitionedCall", {"x"}, "f")}, {inner}));
  EXPECT_EQ(library_->function("f").results[0].output, 1U);
  const std::string wrong = function("f", "top:ranks:0", {node("k", "Const2", {}), node("top", "TopKV2", {"x", "k:output:0"})});
  refuses(graph({node("x", "Placeholder", {}), node("y", "PartitionedCall", {"x"}, "f")}, {wrong}),
          "an output of the node \"top\"");
}

TEST_F(FunctionLibraryTest, CirclesAreRefused) {
  refuses(graph({node("y", "Neg", {"b"}), node("b", "Abs", {"y"})}), "read each other in a circle");
  refuses(graph({node("y", "Neg", {"y"})}), "read each other in a circle");
}

TEST_F(FunctionLibraryTest, FunctionsThatCallThemselvesAreRefused) {
  const std::vector<std::string> nodes{node("x", "Placeholder", {}), node("y", "PartitionedCall", {"x"}, "f")};
  refuses(graph(nodes, {function("f", "c:output:0", {node("c", "PartitionedCall", {"x"}, "f")})}), "the function f calls itself");
  const std::string f = function("f", "c:output:0", {node("c", "PartitionedCall", {"x"}, "g")});
  const std::string g = function("g", "c:output:0", {node("c", "PartitionedCall", {"x"}, "f")});
  refuses(graph(nodes, {f, g}), "the function f calls itself");
}

TEST_F(FunctionLibraryTest, DeepCallsAreRefused) {
  std::vector<std::string> functions;
  for (int i = 0; i < 100; ++i) {
    const std::string next = "f" + std::to_string(i + 1);
    functions.push_back(function("f" + std::to_string(i), "c:output:0", {node("c", "PartitionedCall", {"x"}, next)}));
  }
  refuses(graph({node("x", "Placeholder", {}), node("y", "PartitionedCall", {"x"}, "f0")}, functions), "more than 64 deep");
}

TEST_F(FunctionLibraryTest, WhatIsNotThereIsNamed) {
  refuses(graph({node("y", "Neg", {"b"})}), "reads \"b\", which is not there");
  refuses(graph({node("x", "Neg", {})}), "reads \"y:0\", which is not there");
  refuses(graph({node("y", "PartitionedCall", {}, "f")}), "the function f is called and is not there");
  refuses(graph({node("y", "Const", {})}), "has a constant without a value");
  refuses(graph({node("y", "Neg", {}), node("y", "Abs", {})}), "has two nodes \"y\"");
  refuses(graph({node("y", "Neg", {})}), "an output of the node \"y\"", "y:70000");
  refuses(graph({node("y", "PartitionedCall", {}, "f")}, {field(1, field(1, "f") + field(3, field(1, "z")))}),
          "no source for its result z");
}

// Chains may have any length, because the reader does not recurse.
TEST_F(FunctionLibraryTest, LongChainsAreRead) {
  std::vector<std::string> nodes{node("n0", "Placeholder", {})};
  for (int i = 1; i <= 50'000; ++i) nodes.push_back(node("n" + std::to_string(i), "Neg", {"n" + std::to_string(i - 1)}));
  EXPECT_EQ(main(graph(nodes), "n50000").nodes.size(), 50'001U);
}

}  // namespace
}  // namespace keraunos::loader
