// Loops whose number of turns depends on data. What the body returns as it got it is captured, so that known numbers stay known
// inside; lists become tensors with the items along axis 0.
#include <algorithm>
#include <utility>

#include "host/graph/graph.h"
#include "loader/layers/common/inner_graph.h"
#include "loader/ops/literal.h"
#include "loader/tf/function_lowering.h"

namespace keraunos::loader {
namespace {

// The node that a result comes from, past those that return their input.
FunctionInput source_of(const FunctionBody& body, FunctionInput input) {
  while (!input.is_argument && input.output == 0 && body.nodes[input.node].node.op == "Identity")
    input = body.nodes[input.node].inputs.at(0);
  return input;
}

bool is_unchanged(const FunctionBody& body, size_t i) {
  const FunctionInput source = source_of(body, body.results[i]);
  return source.is_argument && source.node == i;
}

// The constant that each turn adds to an argument.
std::optional<int64_t> added_in(const FunctionBody& body, size_t i) {
  const FunctionInput source = source_of(body, body.results[i]);
  if (source.is_argument) return std::nullopt;
  const FunctionNode& node = body.nodes[source.node];
  if ((node.node.op != "AddV2" && node.node.op != "Add") || node.inputs.size() != 2) return std::nullopt;
  const FunctionInput argument = source_of(body, node.inputs[0]), step = source_of(body, node.inputs[1]);
  if (!argument.is_argument || argument.node != i || step.is_argument) return std::nullopt;
  const auto& constant = body.nodes[step.node].constant.tensor;
  if (constant == nullptr || constant->dims().elements() != 1) return std::nullopt;
  if (constant->dtype() == DType::int32) return *static_cast<const int32_t*>(constant->data());
  if (constant->dtype() == DType::int64) return *static_cast<const int64_t*>(constant->data());
  return std::nullopt;
}

// True where the inner graph can hold the value itself instead of capturing it.
bool is_known(const Lowering& l, Value v) {
  const DType type = l.dtype(v);
  return host::graph_of(l).info(v).constant != nullptr || (!is_floating(type) && type != DType::string && literal_of(l, v));
}

// A constant of the type of `v`, which has one element.
Value number_like(Lowering& l, Value v, int64_t number) {
  const std::vector<int64_t> numbers{number};
  return l.cast(l.constant(TensorView(numbers, l.dims(v))), l.dtype(v));
}

struct Counted {
  explicit Counted(int& of) : count(of) { ++count; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count; }
  int& count;
};

}  // namespace

// What becomes of each argument of the loop's functions.
struct FunctionLowering::LoopParts {
  struct Part {
    Wire start;
    bool carries = false;  // otherwise it is the same in each turn
    std::shared_ptr<const Tensor> constant{};
    std::optional<std::vector<int64_t>> literal{};  // of `start`, with its type
    Dims dims{};
    DType type{};
    std::optional<int64_t> added{};  // the constant that each turn adds

    Value& value() { return start.stacked ? start.stacked->all : start.tensor; }
    Value value() const { return start.stacked ? start.stacked->all : start.tensor; }
  };
  std::vector<Part> parts;  // the last are the contents of variables
  Passed variables{};

  // The arguments inside of a graph, from its values for those that are carried and captured. `turn` is known where each lowering
  // writes one turn.
  Wires wires(Lowering& l, std::span<const Value> carried, std::span<const Value> captured, std::optional<int64_t> turn) const {
    Wires wires;
    size_t next = 0, other = 0;
    for (const Part& part : parts) {
      Wire wire = part.start;
      if (part.carries) {
        Value v = carried[next++];
        if (turn && part.added && part.literal && part.literal->size() == 1)
          v = number_like(l, v, part.literal->front() + *turn * *part.added);
        if (wire.stacked)
          wire.stacked = StackedList{v, l.dim(v, 0).size};
        else
          wire.tensor = v;
      } else if (part.value()) {
        Value v{};
        if (part.constant != nullptr)
          v = l.constant(part.constant);
        else if (part.literal)
          v = l.cast(l.constant(TensorView(*part.literal, part.dims)), part.type);
        else
          v = captured[other++];
        (wire.stacked ? wire.stacked->all : wire.tensor) = v;
      }
      wires.push_back(std::move(wire));
    }
    return wires;
  }
  bool is_captured(const Part& part) const { return !part.carries && part.value() && part.constant == nullptr && !part.literal; }
};

// One turn; the results have the types of what is carried, unless extents may change.
Wires FunctionLowering::turn(const FunctionNode& node, const LoopParts& parts, const Wires& before, bool any_extents) {
  const FunctionBody& body = function(node, 1, 2);
  Wires after = with_variables(parts.variables, before, [&](const Wires& wires) { return run(body, wires); });
  after.resize(before.size());  // variables that are only read come last
  for (size_t i = 0; i < after.size(); ++i) {
    if (!parts.parts[i].carries) continue;
    if (before[i].stacked) after[i] = {.stacked = stacked(node, after[i])};
    const Value from = before[i].stacked ? before[i].stacked->all : before[i].tensor;
    const Value to = before[i].stacked ? after[i].stacked->all : after[i].tensor;
    if (!to)
      l_.refuse("has a loop, \"" + node.node.name + "\", whose value " + std::to_string(i) + " is a tensor in some turns only");
    if (!from) continue;
    if (l_.dtype(from) != l_.dtype(to) || (l_.rank(from) != l_.rank(to) && !any_extents))
      l_.refuse("has a loop, \"" + node.node.name + "\", whose value " + std::to_string(i) + " becomes " +
                l_.dims(to).to_string() + ' ' + std::string(name_of(l_.dtype(to))) + ", expected " + l_.dims(from).to_string() +
                ' ' + std::string(name_of(l_.dtype(from))));
    if (!any_extents && l_.shape(from) != l_.shape(to)) throw host::SegmentEnd{};  // each lowering writes one turn
  }
  return after;
}

// A list that nothing was written to yet has items of the type that the body writes.
void FunctionLowering::set_item_types(const FunctionNode& node, LoopParts& parts) {
  const auto is_open = [](const LoopParts::Part& part) { return part.carries && !part.value(); };
  if (std::none_of(parts.parts.begin(), parts.parts.end(), is_open)) return;
  const host::Graph& around = host::graph_of(l_);
  host::Graph trial;
  std::vector<std::optional<host::ValueInfo>> found(parts.parts.size());
  const bool was_trial = std::exchange(is_trial_, true);
  const auto attempt = [&] {
    Wires inside;
    for (const LoopParts::Part& part : parts.parts) {
      Wire wire = part.start;
      if (part.value()) {
        Value& v = wire.stacked ? wire.stacked->all : wire.tensor;
        v = part.constant != nullptr ? l_.constant(part.constant)
                                     : trial.add_value(host::type_of_value(around.info(part.value())));
        if (part.literal && !part.carries) v = l_.cast(l_.constant(TensorView(*part.literal, l_.dims(v))), l_.dtype(v));
      }
      inside.push_back(std::move(wire));
    }
    const FunctionBody& body = function(node, 1, 2);
    const Wires after = with_variables(parts.variables, inside, [&](const Wires& wires) { return run(body, wires); });
    for (size_t i = 0; i < after.size(); ++i) {
      if (!is_open(parts.parts[i])) continue;
      const StackedList list = stacked(node, after[i]);
      if (list.all) found[i] = host::type_of_value(trial.info(list.all));
    }
  };
  try {
    within(l_, trial, attempt);
  } catch (const host::SegmentEnd&) {
    l_.refuse("has a loop, \"" + node.node.name + "\", with a list whose items have shapes that depend on data");
  }
  is_trial_ = was_trial;
  for (size_t i = 0; i < found.size(); ++i) {
    LoopParts::Part& part = parts.parts[i];
    if (!is_open(part)) continue;
    if (!found[i]) l_.refuse("has a loop, \"" + node.node.name + "\", that carries a list which nothing is written to");
    found[i]->shape[0].size = part.start.stacked->size;
    part.value() = l_.broadcast_to(l_.scalar(0, found[i]->dtype), found[i]->shape);
  }
}

Wires FunctionLowering::loop_by_data(const FunctionNode& node, const Wires& start) {
  const FunctionBody &condition = function(node, 0, 2), &body = function(node, 1, 2);
  if (body.results.size() != start.size())
    l_.refuse("has a loop, \"" + node.node.name + "\", whose body returns " + std::to_string(body.results.size()) +
              " values for " + std::to_string(start.size()));
  LoopParts parts{.parts = {}, .variables = passed(node.functions, start)};
  const size_t arguments = start.size(), variables = parts.variables.names.size();
  for (size_t i = 0; i < arguments + variables; ++i) {
    LoopParts::Part part{.start = {},
                         .carries = i < arguments ? !is_unchanged(body, i) : i - arguments < parts.variables.changed};
    part.start = i < arguments ? start[i] : Wire{.tensor = assigned_.at(parts.variables.names[i - arguments])};
    if (part.start.list != nullptr) part.start = {.stacked = stacked(node, start[i])};
    if (part.carries && !part.start.stacked && !part.start.tensor)
      l_.refuse("has a loop, \"" + node.node.name + "\", that changes what is no tensor, its value " + std::to_string(i));
    if (part.value() && (!part.carries || !part.start.stacked) && is_known(l_, part.value())) {
      part.type = l_.dtype(part.value());
      part.dims = l_.dims(part.value());
      if (!is_floating(part.type) && part.type != DType::string) part.literal = literal_of(l_, part.value());
      if (!part.carries && !part.literal) part.constant = host::graph_of(l_).info(part.value()).constant;
    }
    if (part.carries && i < arguments) part.added = added_in(body, i);
    parts.parts.push_back(std::move(part));
  }
  if (std::none_of(parts.parts.begin(), parts.parts.end(), [](const LoopParts::Part& part) { return part.carries; }))
    l_.refuse("has a loop, \"" + node.node.name + "\", whose body changes nothing, so that it never ends once it began");
  set_item_types(node, parts);
  host::LoopWriter loop = loop_writer(l_);
  const auto write = [&] {
    std::optional<Counted> attempt;
    if (!loop.is_in_turns()) attempt.emplace(loops_);
    std::vector<Value> carried, captured;
    for (const LoopParts::Part& part : parts.parts) {
      if (part.carries) carried.push_back(loop.carry(part.value()));
    }
    for (const LoopParts::Part& part : parts.parts) {
      if (parts.is_captured(part)) captured.push_back(loop.capture(part.value()));
    }
    const Wires before = parts.wires(l_, carried, captured, loop.turn());
    const Wires after = turn(node, parts, before, loop.is_in_turns());
    for (size_t i = 0, next = 0; i < after.size(); ++i) {
      if (!parts.parts[i].carries) continue;
      Value v = after[i].stacked ? after[i].stacked->all : after[i].tensor;
      loop.next(carried[next++], v);
    }
  };
  const auto goes_on = [&](std::span<const Value> carried, std::span<const Value> captured) {
    const Wires flag = with_variables(parts.variables, parts.wires(l_, carried, captured, std::nullopt),
                                      [&](const Wires& wires) { return run(condition, wires); });
    if (flag.empty() || !flag[0].tensor) l_.refuse("has a loop, \"" + node.node.name + "\", whose condition is no tensor");
    const Value holds = l_.cast(flag[0].tensor, DType::boolean);
    return l_.rank(holds) == 0 ? holds : l_.reshape(holds, {});
  };
  const host::LoopWriter::Results results = loop.write(write, goes_on);
  Wires all;
  size_t next = 0;
  for (const LoopParts::Part& part : parts.parts) {
    Wire wire = part.start;
    if (part.carries) {
      const Value v = results.carried[next++];
      if (wire.stacked)
        wire.stacked = StackedList{v, l_.dim(v, 0).size};
      else
        wire.tensor = v;
    }
    all.push_back(std::move(wire));
  }
  for (size_t i = 0; i < parts.variables.changed; ++i) assigned_.at(parts.variables.names[i]) = all[arguments + i].tensor;
  all.resize(arguments);
  return all;
}

}  // namespace keraunos::loader
