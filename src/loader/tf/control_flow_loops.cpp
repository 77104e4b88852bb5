// A loop of tf.while_loop: for each variable Enter → Merge → Switch (by LoopCond) → Exit, and from the Switch's other output
// through the body to NextIteration → Merge. Values from outside that do not change have an Enter with is_constant.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "loader/tf/control_flow.h"

namespace keraunos::loader {
namespace {

struct Variable {
  size_t enter, merge, next;
  std::optional<size_t> leaves{};  // its Switch
};

struct Frame {
  std::string name;
  std::vector<size_t> constants;  // Enter nodes
  std::vector<Variable> variables;
  std::optional<size_t> condition;  // its LoopCond
};

std::string text_of(const GraphNode& node, std::string_view attribute) {
  const NodeAttribute* found = node.find(attribute);
  const auto* text = found == nullptr ? nullptr : std::get_if<std::string>(&found->value.value);
  return text == nullptr ? std::string() : *text;
}

bool is_constant(const GraphNode& enter) {
  const NodeAttribute* found = enter.find("is_constant");
  const bool* holds = found == nullptr ? nullptr : std::get_if<bool>(&found->value.value);
  return holds != nullptr && *holds;
}

bool is_enter(const std::string& op) { return op == "Enter" || op == "RefEnter"; }

class Frames {
 public:
  explicit Frames(ControlFlowGraph& graph) : graph_(graph) { read(); }

  void replace(std::vector<PlainGraph>& functions) {
    while (!frames_.empty()) {
      const auto ready =
          std::find_if(frames_.begin(), frames_.end(), [&](const auto& frame) { return is_innermost(frame.second); });
      if (ready == frames_.end()) graph_.fail(first_node(frames_.begin()->second), "is in loops around each other");
      replace(ready->second, functions);
      frames_.erase(ready);
    }
  }

 private:
  using Ends = std::map<size_t, std::pair<size_t, size_t>>;  // node → output, argument
  static size_t first_node(const Frame& frame) {
    return frame.variables.empty() ? frame.constants.at(0) : frame.variables[0].enter;
  }

  void read() {
    const size_t count = graph_.graph().nodes.size();
    for (size_t i = 0; i < count; ++i) {
      if (graph_.op(i) == "Exit") exits_.push_back(i);
      if (!is_enter(graph_.op(i)) || !is_constant(graph_.node(i))) continue;
      frame_of(i).constants.push_back(i);
    }
    for (size_t i = 0; i < count; ++i) {
      if (graph_.op(i) != "Merge" || graph_.node(i).inputs.size() < 2) continue;
      const auto first = graph_.input(i, 0), second = graph_.input(i, 1);
      if (!first.is_known || !second.is_known || graph_.op(second.node) != "NextIteration") continue;
      if (!is_enter(graph_.op(first.node))) graph_.fail(i, "has no Enter");
      frame_of(first.node).variables.push_back({.enter = first.node, .merge = i, .next = second.node});
    }
    std::map<size_t, std::pair<Frame*, size_t>> by_merge;
    for (auto& [name, frame] : frames_) {
      for (size_t v = 0; v < frame.variables.size(); ++v) by_merge.emplace(frame.variables[v].merge, std::pair(&frame, v));
    }
    for (size_t i = 0; i < count; ++i) {
      if (graph_.op(i) != "Switch" || graph_.node(i).inputs.size() < 2) continue;
      const auto data = graph_.input(i, 0), condition = graph_.input(i, 1);
      const auto found = data.is_known ? by_merge.find(data.node) : by_merge.end();
      if (found == by_merge.end() || !condition.is_known || graph_.op(condition.node) != "LoopCond") continue;
      auto& [frame, variable] = found->second;
      frame->variables[variable].leaves = i;
      if (frame->condition && *frame->condition != condition.node) graph_.fail(i, "ends a loop by a second condition");
      frame->condition = condition.node;
    }
    for (auto& [name, frame] : frames_) {
      if (!frame.condition) graph_.fail(first_node(frame), "enters a loop without a condition");
    }
  }

  Frame& frame_of(size_t enter) {
    std::string name = text_of(graph_.node(enter), "frame_name");
    if (name.empty()) graph_.fail(enter, "has no frame_name");
    Frame& frame = frames_[name];
    frame.name = std::move(name);
    return frame;
  }

  const std::string& first_input(size_t node) const {
    if (graph_.node(node).inputs.empty()) graph_.fail(node, "has no input");
    return graph_.node(node).inputs[0];
  }

  Ends ends_of(const Frame& frame, bool body) const {
    Ends ends;
    for (size_t i = 0; i < frame.variables.size(); ++i) {
      const Variable& v = frame.variables[i];
      if (!body)
        ends.emplace(v.merge, std::pair(size_t{0}, i));
      else if (v.leaves)
        ends.emplace(*v.leaves, std::pair(size_t{1}, i));
    }
    for (size_t i = 0; i < frame.constants.size(); ++i)
      ends.emplace(frame.constants[i], std::pair(size_t{0}, frame.variables.size() + i));
    return ends;
  }

  std::vector<std::string> results_of(const Frame& frame, bool body) const {
    std::vector<std::string> results;
    if (!body) return {first_input(*frame.condition)};
    for (const Variable& v : frame.variables) results.push_back(first_input(v.next));
    return results;
  }

  // The nodes that the results need, without those at which the loop's values enter.
  std::vector<size_t> inside(const Frame& frame, bool body) {
    const Ends ends = ends_of(frame, body);
    std::vector<size_t> found, open;
    std::set<size_t> seen;
    const auto visit = [&](const std::string& text) {
      const auto input = graph_.input(text);
      if (!input.is_known || ends.contains(input.node) || !seen.insert(input.node).second) return;
      graph_.count_visit();
      open.push_back(input.node);
    };
    for (const std::string& result : results_of(frame, body)) visit(result);
    while (!open.empty()) {
      const size_t node = open.back();
      open.pop_back();
      found.push_back(node);
      for (const std::string& input : graph_.node(node).inputs) visit(input);
    }
    return found;
  }

  bool is_innermost(const Frame& frame) {
    for (const bool body : {false, true}) {
      for (const size_t node : inside(frame, body)) {
        const std::string& op = graph_.op(node);
        if (is_enter(op) || op == "Exit" || op == "NextIteration") return false;
      }
    }
    return true;
  }

  PlainGraph function_of(const Frame& frame, bool body) {
    const Ends ends = ends_of(frame, body);
    const auto argument = [](size_t i) { return "argument/" + std::to_string(i); };
    const auto renamed = [&](const std::string& text) {
      const auto input = graph_.input(text);
      const auto end = input.is_known && !input.is_control ? ends.find(input.node) : ends.end();
      if (end == ends.end()) return text;
      if (end->second.first != input.output) graph_.fail(input.node, "is read inside a loop at the output that leaves it");
      return argument(end->second.second);
    };
    PlainGraph function{.name = graph_.graph().name + ":" + frame.name + (body ? "/body" : "/condition"),
                        .arguments = {},
                        .results = {},
                        .nodes = {}};
    for (size_t i = 0; i < frame.variables.size() + frame.constants.size(); ++i) function.arguments.push_back(argument(i));
    for (const size_t node : inside(frame, body)) {
      function.nodes.push_back(graph_.node(node));
      for (std::string& input : function.nodes.back().inputs) input = renamed(input);
    }
    for (const std::string& result : results_of(frame, body)) function.results.push_back(renamed(result));
    for (size_t i = 0; body && i < frame.constants.size(); ++i) function.results.push_back(argument(frame.variables.size() + i));
    return function;
  }

  void replace(const Frame& frame, std::vector<PlainGraph>& functions) {
    const PlainGraph condition = function_of(frame, false), body = function_of(frame, true);
    std::vector<std::string> inputs;
    for (const Variable& v : frame.variables) inputs.push_back(first_input(v.enter));
    for (const size_t enter : frame.constants) inputs.push_back(first_input(enter));
    const std::string name = frame.name + "/While";
    for (const size_t i : exits_) {
      graph_.count_visit();
      if (graph_.op(i) != "Exit") continue;  // of a loop that was replaced
      const auto leaves = graph_.input(i, 0);
      const auto variable = std::find_if(frame.variables.begin(), frame.variables.end(),
                                         [&](const Variable& v) { return leaves.is_known && v.leaves == leaves.node; });
      if (variable == frame.variables.end()) continue;
      if (leaves.output != 0) graph_.fail(i, "leaves a loop from its body");
      graph_.make_identity(i, name + ':' + std::to_string(variable - frame.variables.begin()));
    }
    graph_.add(calling_node(name, "While", std::move(inputs), {{"cond", condition.name}, {"body", body.name}}));
    functions.push_back(condition);
    functions.push_back(body);
  }

  ControlFlowGraph& graph_;
  std::map<std::string, Frame> frames_;
  std::vector<size_t> exits_;
};

}  // namespace

void replace_loops(ControlFlowGraph& graph, std::vector<PlainGraph>& functions) { Frames(graph).replace(functions); }

}  // namespace keraunos::loader
