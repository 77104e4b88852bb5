// The functions of a TensorFlow graph: their nodes, in an order in which each follows those it reads.
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
#include "loader/tf/node.h"

namespace keraunos::loader {

/// Where a node reads a value: an output of another node, or an argument of the function.
struct FunctionInput {
  size_t node = 0;  ///< or the argument's number
  size_t output = 0;
  bool is_argument = false;
};

struct FunctionNode {
  GraphNode node;
  std::vector<FunctionInput> inputs;         ///< without those that only order
  std::shared_ptr<const Tensor> constant{};  ///< of a Const
  std::vector<std::string> functions{};      ///< "f"; "cond" and "body"; "then_branch" and "else_branch"
};

struct FunctionBody {
  std::string name;
  std::vector<std::string> arguments;
  std::vector<FunctionNode> nodes;  ///< those that the results need, and assertions, each after those it reads
  std::vector<FunctionInput> results;
  std::string assignment{};  ///< a node that changes a variable, whether the results need it or not
};

class FunctionLibrary {
 public:
  /// `graph` is the message GraphDef, which the caller keeps. ModelError where it is damaged.
  FunctionLibrary(std::string_view graph, std::string where, files::MemoryBudget& budget);

  /// The graph outside all functions, as far as `results` ("name:output") need it, and all functions that it calls. ModelError
  /// where nodes or functions are missing, or lead back to themselves.
  FunctionBody main(const std::vector<std::string>& results);
  /// The same for what an initialisation runs: all that `operation` waits for, and in functions also what no result needs.
  FunctionBody initialization(const std::string& operation);
  /// A function that main() or initialization() came to.
  const FunctionBody& function(const std::string& name) const { return bodies_.at(name); }

 private:
  struct Pending;
  void read_function(const std::string& name, std::vector<std::string>& callers);
  FunctionBody body_of(Pending pending, std::vector<std::string>& callers);

  std::string where_;
  files::MemoryBudget& budget_;
  std::string_view graph_;
  std::map<std::string, std::string_view, std::less<>> messages_;
  std::map<std::string, FunctionBody, std::less<>> bodies_;
  bool keeps_effects_ = false;  // of functions that are read: nodes that fill tables, and calls
};

}  // namespace keraunos::loader
