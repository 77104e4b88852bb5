// Control flow of TensorFlow 1: the conditionals (Switch, Merge) and loops (Enter, Merge, Switch, NextIteration, Exit, LoopCond)
// that tf.cond and tf.while_loop write. They become nodes If and While with functions, as TensorFlow 2 writes them.
#pragma once

#include <string>
#include <vector>

#include "loader/tf/node.h"

namespace keraunos::loader {

/// A graph or function before its nodes are sorted. Arguments, nodes and inputs are named as in a FunctionDef.
struct PlainGraph {
  std::string name;  ///< empty: outside of all functions
  std::vector<std::string> arguments, results;
  std::vector<std::string> effects{};  ///< nodes that run even if no result needs them
  std::vector<GraphNode> nodes;
};

/// Rewrites `graph` and returns the functions of the new nodes. `where` names the file. ModelError, with the name of a node,
/// where the structure is none that tf.cond and tf.while_loop write.
std::vector<PlainGraph> replace_control_flow(PlainGraph& graph, const std::string& where);

/// Nodes of a graph that control flow is read from.
class ControlFlowGraph {
 public:
  ControlFlowGraph(PlainGraph& graph, std::string where);

  struct Input {
    size_t node = 0;
    size_t output = 0;
    bool is_control = false, is_known = false;  ///< not known: an argument, or a node that is not there
  };
  Input input(const std::string& text) const;
  Input input(size_t node, size_t place) const;
  const GraphNode& node(size_t index) const { return graph_.nodes[index]; }
  const std::string& op(size_t index) const { return graph_.nodes[index].op; }
  /// The output behind nodes Identity, as "name:0".
  std::string source(const std::string& text) const;
  /// Counts the work, so that a damaged graph takes no long time.
  void count_visit();
  [[noreturn]] void fail(size_t node, const std::string& why) const;

  PlainGraph& graph() noexcept { return graph_; }
  const std::string& where() const noexcept { return where_; }
  void add(GraphNode node);
  /// The node returns `input` from now on.
  void make_identity(size_t node, std::string input);

 private:
  PlainGraph& graph_;
  std::string where_;
  std::vector<std::pair<std::string, size_t>> index_;  // sorted by name
  size_t visits_ = 0;
};

/// A node that calls functions: {"cond", "f"}.
GraphNode calling_node(std::string name, std::string op, std::vector<std::string> inputs,
                       const std::vector<std::pair<std::string, std::string>>& functions);

/// The loops, the innermost first (control_flow_loops.cpp), and the conditionals of a graph without loops
/// (control_flow_branches.cpp). Both append the functions of the new nodes.
void replace_loops(ControlFlowGraph& graph, std::vector<PlainGraph>& functions);
void replace_branches(ControlFlowGraph& graph, std::vector<PlainGraph>& functions);

}  // namespace keraunos::loader
