// A conditional of tf.cond: each value from outside passes a Switch, whose second output is read by one side and whose first by
// the other; a Merge joins the results of both sides. Constants of a side wait for a Switch of the condition itself.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "loader/tf/control_flow.h"

namespace keraunos::loader {
namespace {

bool is_switch(const std::string& op) { return op == "Switch" || op == "RefSwitch"; }

// The nodes that one input of a Merge needs, back to the nodes Switch.
struct Side {
  std::vector<size_t> nodes;
  std::vector<size_t> switches;
  std::string condition;         // of the nodes Switch; empty where there is none
  std::optional<size_t> output;  // which of their outputs
  std::optional<size_t> mixed;   // a Switch of another conditional
  bool has_merge = false;
};

struct Joined {
  size_t merge;
  Side sides[2];  // by the output of Switch: 0 runs where the condition does not hold
  std::string results[2];
};

class Branches {
 public:
  explicit Branches(ControlFlowGraph& graph) : graph_(graph) {
    for (size_t i = 0; i < graph.graph().nodes.size(); ++i) {
      if (graph.op(i) == "Merge") open_.push_back(i);
    }
  }

  void replace(std::vector<PlainGraph>& functions) {
    while (!open_.empty()) {
      std::map<std::pair<std::string, std::string>, std::vector<Joined>> ready;  // by condition and scope
      std::vector<size_t> later;
      for (const size_t merge : open_) {
        std::optional<Joined> joined = joined_by(merge);
        if (!joined) {
          later.push_back(merge);
          continue;
        }
        const std::string& name = graph_.node(merge).name;
        const size_t slash = name.rfind('/');
        std::string condition = joined->sides[0].condition;
        ready[{std::move(condition), slash == std::string::npos ? name : name.substr(0, slash)}].push_back(*std::move(joined));
      }
      if (ready.empty()) graph_.fail(open_[0], "joins conditionals around each other");
      for (const auto& [key, group] : ready) replace(group, key.first, functions);
      open_ = std::move(later);
    }
  }

 private:
  Side side_of(const std::string& result) {
    Side side;
    std::vector<size_t> open;
    std::set<size_t> seen;
    const auto visit = [&](const std::string& text) {
      const auto input = graph_.input(text);
      if (!input.is_known) return;
      if (is_switch(graph_.op(input.node)) && !input.is_control) add_switch(side, input.node, input.output);
      if (!seen.insert(input.node).second) return;
      graph_.count_visit();
      side.has_merge = side.has_merge || graph_.op(input.node) == "Merge";
      if (!is_switch(graph_.op(input.node))) open.push_back(input.node);
    };
    visit(result);
    while (!open.empty()) {
      const size_t node = open.back();
      open.pop_back();
      side.nodes.push_back(node);
      for (const std::string& input : graph_.node(node).inputs) visit(input);
    }
    return side;
  }

  void add_switch(Side& side, size_t node, size_t output) {
    if (graph_.node(node).inputs.size() < 2) graph_.fail(node, "has no condition");
    std::string condition = graph_.source(graph_.node(node).inputs[1]);
    if (!side.condition.empty() && (side.condition != condition || side.output != output)) side.mixed = node;
    side.condition = std::move(condition);
    side.output = output;
    if (std::find(side.switches.begin(), side.switches.end(), node) == side.switches.end()) side.switches.push_back(node);
  }

  // None: another Merge comes first.
  std::optional<Joined> joined_by(size_t merge) {
    if (graph_.node(merge).inputs.size() < 2) graph_.fail(merge, "joins fewer than two sides");
    Side first = side_of(graph_.node(merge).inputs[0]), second = side_of(graph_.node(merge).inputs[1]);
    if (first.has_merge || second.has_merge) return std::nullopt;
    for (const Side* side : {&first, &second}) {
      if (side->mixed) graph_.fail(*side->mixed, "mixes the sides of conditionals");
    }
    if (!first.output && !second.output) graph_.fail(merge, "joins sides that no Switch leads to");
    if (!first.output) first.output = 1 - *second.output, first.condition = second.condition;
    if (!second.output) second.output = 1 - *first.output, second.condition = first.condition;
    if (first.condition != second.condition || *first.output == *second.output || *first.output > 1 || *second.output > 1)
      graph_.fail(merge, "joins what are not the two sides of one conditional");
    const bool turned = *first.output == 1;
    const auto& inputs = graph_.node(merge).inputs;
    Joined joined{.merge = merge, .sides = {}, .results = {inputs[turned ? 1 : 0], inputs[turned ? 0 : 1]}};
    if (turned) std::swap(first, second);
    joined.sides[0] = std::move(first);
    joined.sides[1] = std::move(second);
    return joined;
  }

  PlainGraph function_of(const std::vector<Joined>& group, size_t side, const std::vector<std::string>& data, std::string name) {
    PlainGraph function{.name = std::move(name), .arguments = {}, .results = {}, .nodes = {}};
    for (size_t i = 0; i < data.size(); ++i) function.arguments.push_back("argument/" + std::to_string(i));
    const auto renamed = [&](const std::string& text) {
      const auto input = graph_.input(text);
      if (!input.is_known || input.is_control || !is_switch(graph_.op(input.node))) return text;
      const auto found = std::find(data.begin(), data.end(), graph_.node(input.node).inputs[0]);
      return "argument/" + std::to_string(found - data.begin());
    };
    std::vector<size_t> nodes;
    for (const Joined& joined : group)
      nodes.insert(nodes.end(), joined.sides[side].nodes.begin(), joined.sides[side].nodes.end());
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    for (const size_t node : nodes) {
      function.nodes.push_back(graph_.node(node));
      for (std::string& input : function.nodes.back().inputs) input = renamed(input);
    }
    for (const Joined& joined : group) function.results.push_back(renamed(joined.results[side]));
    return function;
  }

  void replace(const std::vector<Joined>& group, const std::string& condition, std::vector<PlainGraph>& functions) {
    std::vector<std::string> data;
    for (const Joined& joined : group) {
      for (const Side& side : joined.sides) {
        for (const size_t node : side.switches) data.push_back(graph_.node(node).inputs[0]);
      }
    }
    std::sort(data.begin(), data.end());
    data.erase(std::unique(data.begin(), data.end()), data.end());
    const std::string name = graph_.node(group[0].merge).name + "/If", prefix = graph_.graph().name + ':' + name;
    PlainGraph then = function_of(group, 1, data, prefix + "/then"), otherwise = function_of(group, 0, data, prefix + "/else");
    std::vector<std::string> inputs{condition};
    inputs.insert(inputs.end(), data.begin(), data.end());
    for (size_t i = 0; i < group.size(); ++i) graph_.make_identity(group[i].merge, name + ':' + std::to_string(i));
    graph_.add(calling_node(name, "If", std::move(inputs), {{"then_branch", then.name}, {"else_branch", otherwise.name}}));
    functions.push_back(std::move(then));
    functions.push_back(std::move(otherwise));
  }

  ControlFlowGraph& graph_;
  std::vector<size_t> open_;  // nodes Merge
};

}  // namespace

void replace_branches(ControlFlowGraph& graph, std::vector<PlainGraph>& functions) { Branches(graph).replace(functions); }

}  // namespace keraunos::loader
