// Sorts the nodes of a graph or function so that each comes after the nodes it reads.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loader/tf/function_library.h"

namespace keraunos::loader {

bool is_assignment(const GraphNode& node);

class NodeOrder {
 public:
  /// `keeps_order`: nodes come after the assignments, reads and calls that their control inputs name, too.
  NodeOrder(const std::vector<std::string>& arguments, std::vector<GraphNode>& nodes, bool keeps_order, std::string where);

  /// Appends a node and what it needs.
  void visit(size_t root, std::vector<FunctionNode>& order);
  /// The same for a node whose order matters; others are left out.
  void visit(const std::string& name, std::vector<FunctionNode>& order);
  /// The source that a text names: appends its node.
  FunctionInput input(const std::string& text, std::vector<FunctionNode>& order);
  [[noreturn]] void fail(const std::string& why) const;

 private:
  enum class State : uint8_t { unseen, open, done };
  bool waits_for(size_t node) const;
  size_t output_of(const GraphNode& node, const FunctionNode& placed, std::string_view rest) const;
  size_t checked(std::optional<size_t> number, const GraphNode& node) const;
  void finish(size_t node, std::vector<FunctionNode>& order);

  std::vector<GraphNode>& nodes_;
  bool keeps_order_;
  std::string where_;
  std::map<std::string, size_t> arguments_, index_;
  std::vector<State> state_;
  std::vector<size_t> place_;
};

}  // namespace keraunos::loader
