// Lowers the nodes of a function's graph: the class that the files lower_function.cpp, function_control.cpp, function_loops.cpp
// and function_lists.cpp implement.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/graph/graph.h"
#include "keraunos/layer.h"
#include "loader/tf/function_model.h"

namespace keraunos::loader {

/// A list of tensors of one type, as one tensor with the items along axis 0.
struct StackedList {
  Value all{};  ///< absent while nothing was written: the items' type is unknown
  int64_t size = 0;
};

/// A value of the graph during lowering: a tensor, the name of a variable, a list of tensors, or a lookup table.
struct Wire {
  Value tensor{};
  std::string variable{};
  std::shared_ptr<const std::vector<Value>> list{};  ///< absent items: nothing was written
  std::optional<StackedList> stacked{};              ///< a list with items at places that depend on data
  std::shared_ptr<const text::KeyValues> table{};
};
using Wires = std::vector<Wire>;

class FunctionLowering {
 public:
  /// `inputs`: one tensor for each input of the signature.
  FunctionLowering(Lowering& l, const FunctionModel& model, const std::vector<Traced>& inputs);

  /// The results of the graph outside of all functions.
  Wires run();
  Wires run(const FunctionBody& body, const Wires& arguments);

 private:
  struct LoopParts;
  // Variables with contents in `assigned_` that functions in a graph of their own use.
  struct Passed {
    std::vector<std::string> names{};
    size_t changed = 0;  // the number of them, at the beginning, that the functions assign to
  };

  Wires named(const FunctionNode& node, const Wires& inputs);
  Wires lower(const FunctionNode& node, const Wires& inputs);
  Value constant(const FunctionNode& node);
  Wires operation(const FunctionNode& node, const Wires& inputs);
  Value known(Value v);
  Value tensor(const FunctionNode& node, const Wires& inputs, size_t i);
  bool is_fed(const std::string& name) const;
  Value placeholder(const std::string& name);
  const std::string& variable_of(const FunctionNode& node);
  Wires read(const FunctionNode& node, const Wires& inputs);

  // function_variables.cpp
  Value variable(const FunctionNode& node, const std::string& name);
  Wires assign(const FunctionNode& node, const Wires& inputs);
  void keep_variables();
  Passed passed(const std::vector<std::string>& functions, const Wires& given);
  using Side = std::function<Wires(const Wires&)>;
  Wires with_variables(const Passed& variables, const Wires& given, const Side& side);

  std::shared_ptr<const text::KeyValues> table(const FunctionNode& node);
  Wires look_up(const FunctionNode& node, const Wires& inputs);

  // function_control.cpp
  const FunctionBody& function(const FunctionNode& node, size_t index, size_t count);
  std::optional<bool> decided(Value condition);
  Wires one_of(const FunctionNode& node, Value condition, Wires given, const Side& then, const Side& otherwise);
  Wires branch(const FunctionNode& node, const Wires& inputs);
  Wires chosen(const FunctionNode& node, Value index, const Wires& given, size_t first);
  Wires loop(const FunctionNode& node, const Wires& inputs);

  // function_loops.cpp
  Wires loop_by_data(const FunctionNode& node, const Wires& start);
  void set_item_types(const FunctionNode& node, LoopParts& parts);
  Wires turn(const FunctionNode& node, const LoopParts& parts, const Wires& before, bool any_extents);

  // function_lists.cpp
  int64_t number(const FunctionNode& node, const Wires& inputs, size_t i);
  std::optional<size_t> place(const FunctionNode& node, const Wires& inputs, size_t size);
  Wires list(const FunctionNode& node, const Wires& inputs);
  Wires array(const FunctionNode& node, const Wires& inputs);
  Wires reserved(const FunctionNode& node, const Wires& inputs);
  Wires items_of(const FunctionNode& node, const Wires& inputs);
  Wires with_item(const FunctionNode& node, const Wires& inputs);
  Wires item(const FunctionNode& node, const Wires& inputs);
  Value all_items(const FunctionNode& node, const Wire& wire);
  StackedList stacked(const FunctionNode& node, const Wire& wire);

  Lowering& l_;
  const FunctionModel& model_;
  const std::vector<Traced>& inputs_;
  const host::Graph& outermost_;
  std::map<std::string, Value> assigned_;  // the contents, in the graph that is written, of variables that are assigned to
  size_t written_ = 0;
  int loops_ = 0;          // around the node that may still be written turn by turn (loop_turns.h)
  bool is_trial_ = false;  // only the types of the results count
};

}  // namespace keraunos::loader
