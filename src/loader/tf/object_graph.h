// The Python objects that a checkpoint was written from: which attribute of which object led to which variable. Keys of
// variables follow from the shortest way to them and so differ from file to file; edges have the names of attributes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "loader/files/budget.h"

namespace keraunos::loader {

struct ObjectNode {
  std::map<std::string, int, std::less<>> children{};  ///< by attribute
  std::string variable{};  ///< the key of its value in the bundle, if it is a variable; of a table what its keys and values
                           ///< are called, without "-keys" and "-values"
  std::string identifier{}, metadata{};  ///< of a SavedModel's own graph: "_tf_keras_layer" and Keras's JSON
  std::vector<int> captured{};           ///< of a function: what it reads
  std::string constant{};                ///< the operation that holds a constant
  std::string function{};                ///< the first function of a callable object
};

/// Node 0 is the model.
class ObjectGraph {
 public:
  /// The message TrackableObjectGraph, which lies in a checkpoint. ModelError where an edge leads nowhere.
  static ObjectGraph of_checkpoint(std::string_view message, const std::string& what, files::MemoryBudget& budget);
  /// The message SavedObjectGraph of a SavedModel.
  static ObjectGraph of_saved_model(std::string_view message, const std::string& what, files::MemoryBudget& budget);

  const std::vector<ObjectNode>& nodes() const noexcept { return nodes_; }
  /// The node behind an edge, or -1.
  int child(int node, std::string_view attribute) const;
  /// The objects that a concrete function of that name reads beside its arguments, in order.
  const std::vector<int>& captured_by(std::string_view function) const;
  /// Behind several edges, "cells/0"; -1 where one is missing.
  int descendant(int node, std::string_view path) const;

 private:
  void check_edges(const std::string& what) const;
  std::vector<ObjectNode> nodes_;
  std::map<std::string, std::vector<int>, std::less<>> captured_;
};

}  // namespace keraunos::loader
