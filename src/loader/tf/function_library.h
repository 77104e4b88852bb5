// The functions of a TensorFlow graph: their nodes, sorted so that each comes after the nodes it reads.
//
//     const FunctionLibrary library(graph_def, where, budget);
//     const FunctionBody body = library.main({"StatefulPartitionedCall:0"});
//     for (const size_t node : body.order) lower(body.nodes[node]);
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loader/files/budget.h"
#include "loader/tf/control_flow.h"
#include "loader/tf/node.h"
#include "loader/tf/tensor_message.h"

namespace keraunos::loader {

/// The source of a node's input: an output of another node, or an argument of the function.
struct FunctionInput {
  size_t node = 0;  ///< or the index of the argument
  size_t output = 0;
  bool is_argument = false;
};

struct FunctionNode {
  GraphNode node;
  std::vector<FunctionInput> inputs;     ///< without control inputs
  MessageTensor constant{};              ///< of a Const
  std::vector<std::string> functions{};  ///< "f"; "cond" and "body"; "then_branch" and "else_branch"; "branches"
};

struct FunctionBody {
  std::string name;
  std::vector<std::string> arguments;
  std::vector<FunctionNode> nodes;  ///< the nodes that the results need, and assertions, each after the nodes it reads
  std::vector<FunctionInput> results;
  std::string assignment{};  ///< a node that changes a variable, itself or by its functions, even if no result needs it
};

class FunctionLibrary {
 public:
  /// `graph` is the message GraphDef, which the caller must keep. ModelError where it is damaged.
  FunctionLibrary(std::string_view graph, std::string where, files::MemoryBudget& budget);

  /// The graph outside of all functions, as far as `results` ("name:output") need it, and all functions that it calls. ModelError
  /// where nodes or functions are missing, or depend on themselves.
  FunctionBody main(const std::vector<std::string>& results);
  /// Nodes that main() takes besides the graph's own.
  void add(std::vector<GraphNode> nodes) { added_ = std::move(nodes); }
  /// The same for an initialisation: everything that `operations` wait for, and in functions also nodes that no result needs.
  FunctionBody initialization(const std::vector<std::string>& operations);
  /// True where a function that was reached assigns to variables.
  bool assigns() const;
  /// main() with the nodes that assign to variables and with the order in which they and reads of variables run.
  FunctionBody main_in_order(const std::vector<std::string>& results);
  /// A function that main() or initialization() reached.
  const FunctionBody& function(const std::string& name) const { return bodies_.at(name); }

 private:
  void read_function(const std::string& name, std::vector<std::string>& callers);
  void add_body(PlainGraph graph, std::vector<std::string>& callers);
  FunctionBody body_of(PlainGraph graph, std::vector<std::string>& callers);
  bool changes_variables(const GraphNode& node, size_t depth = 0);
  [[noreturn]] void refuse_depth() const;

  std::string where_;
  files::MemoryBudget& budget_;
  std::string_view graph_;
  std::vector<GraphNode> added_;
  std::map<std::string, std::string_view, std::less<>> messages_;
  std::map<std::string, PlainGraph, std::less<>> made_;  // of control flow of TensorFlow 1
  std::map<std::string, FunctionBody, std::less<>> bodies_;
  std::map<std::string, bool> changes_;  // whether functions, or those that they call, assign to variables
  bool keeps_order_ = false;             // whether control inputs that order assignments and reads are followed
  bool keeps_effects_ = false;           // whether functions are read with nodes that fill tables and with all calls
};

}  // namespace keraunos::loader
