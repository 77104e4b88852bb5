// The Python objects from which a checkpoint was written: which attribute of which object leads to which variable. Keys of
// variables depend on the shortest path to them and so differ between files; the edges have the names of attributes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "loader/files/budget.h"

namespace keraunos::loader {

struct ObjectNode {
  std::map<std::string, int, std::less<>> children{};  ///< by attribute
  /// The key of a variable's value in the bundle; for a table the common beginning of the keys ending in "-keys" and "-values".
  std::string variable{};
  std::string identifier{}, metadata{};  ///< in a SavedModel's own graph: "_tf_keras_layer" and Keras's JSON
  std::vector<int> captured{};           ///< objects that its first function reads besides the arguments
  std::string constant{};                ///< the operation of a constant
  bool is_variable = false;              ///< in a SavedModel's own graph
  bool trainable = false;                ///< a variable that training changes
  std::vector<std::string> functions{};  ///< of a callable object: one for each trace
};

/// Node 0 is the model.
class ObjectGraph {
 public:
  /// Reads the message TrackableObjectGraph of a checkpoint. ModelError where an edge leads to no node.
  static ObjectGraph of_checkpoint(std::string_view message, const std::string& what, files::MemoryBudget& budget);
  /// Reads the message SavedObjectGraph of a SavedModel.
  static ObjectGraph of_saved_model(std::string_view message, const std::string& what, files::MemoryBudget& budget);

  const std::vector<ObjectNode>& nodes() const noexcept { return nodes_; }
  /// The node at the end of an edge, or -1.
  int child(int node, std::string_view attribute) const;
  /// The objects that a concrete function of that name reads besides its arguments, in order.
  const std::vector<int>& captured_by(std::string_view function) const;
  /// The node after several edges, "cells/0"; -1 where one is missing.
  int descendant(int node, std::string_view path) const;

 private:
  void check_edges(const std::string& what) const;
  std::vector<ObjectNode> nodes_;
  std::map<std::string, std::vector<int>, std::less<>> captured_;
};

}  // namespace keraunos::loader
