#include "host/graph/loop_writer.h"

#include <algorithm>
#include <array>

#include "host/graph/loop_turns.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

Value with_moved_axis(Builder& builder, Value x, int from, int to) {
  if (from == to) return x;
  std::vector<int> order;
  for (int i = 0; i < builder.rank(x); ++i) {
    if (i != from) order.push_back(i);
  }
  order.insert(order.begin() + to, from);
  return builder.transpose(x, order);
}

// One value for all zeros of a type, so that states with equal beginnings and equal steps are carried once.
Value zeros_like(Builder& builder, const ValueInfo& type, std::vector<Value>& known) {
  for (const Value v : known) {
    if (builder.shape(v) == type.shape && builder.dtype(v) == type.dtype) return v;
  }
  known.push_back(builder.broadcast_to(builder.scalar(0, type.dtype), type.shape));
  return known.back();
}

std::vector<Value> inputs_of(Graph& graph, const Graph& outside, std::span<const Value> values) {
  std::vector<Value> inputs;
  for (const Value v : values) inputs.push_back(graph.add_value(type_of_value(outside.info(v))));
  return inputs;
}

}  // namespace

// The values of the loop's operands in the outer graph and in the body.
struct LoopWriter::Parts {
  struct Carried {
    Value outside, inside, after;  // `outside` absent: zeros
  };
  struct Pair {
    Value outside, inside;
  };

  std::vector<Value> add_carried(Builder& builder);
  std::vector<Value> add_sliced(Builder& builder);
  std::vector<Value> add_captured();
  GraphPointer write_condition(const Within& within, const Condition& condition, const std::vector<Value>& operands) const;

  LoopOptions options;
  Graph& around;
  std::shared_ptr<Graph> body = std::make_shared<Graph>();
  std::vector<Carried> carried{};
  std::vector<Pair> sliced{}, captured{};
  std::vector<Value> stacked{};
};

// Each adds inputs of the body and returns the operands of the loop for them.
std::vector<Value> LoopWriter::Parts::add_carried(Builder& builder) {
  std::vector<Value> operands, zeros;
  for (const Carried& c : carried) {
    operands.push_back(c.outside ? c.outside : zeros_like(builder, body->info(c.inside), zeros));
    body->inputs.push_back(c.inside);
    body->outputs.push_back(c.after);
  }
  return operands;
}

std::vector<Value> LoopWriter::Parts::add_sliced(Builder& builder) {
  std::vector<Value> operands;
  for (const Pair& s : sliced) {
    operands.push_back(with_moved_axis(builder, s.outside, options.axis, 0));
    body->inputs.push_back(s.inside);
  }
  return operands;
}

std::vector<Value> LoopWriter::Parts::add_captured() {
  std::vector<Value> operands;
  for (const Pair& c : captured) {
    operands.push_back(c.outside);
    body->inputs.push_back(c.inside);
  }
  return operands;
}

GraphPointer LoopWriter::Parts::write_condition(const Within& within, const Condition& condition,
                                                const std::vector<Value>& operands) const {
  if (!condition) return nullptr;
  const auto graph = std::make_shared<Graph>();
  within(*graph, [&] {
    graph->inputs = inputs_of(*graph, around, operands);
    const std::span<const Value> inside(graph->inputs);
    graph->outputs = {condition(inside.first(carried.size()), inside.subspan(carried.size()))};
  });
  graph->end_complex();
  return graph;
}

LoopWriter::LoopWriter(Builder& builder, Within within, LoopOptions options)
    : builder_(builder), within_(std::move(within)), parts_(new Parts{.options = options, .around = graph_of(builder)}) {}
LoopWriter::LoopWriter(LoopWriter&&) noexcept = default;
LoopWriter::~LoopWriter() = default;

/// The one step that is written into the outer graph.
struct LoopWriter::Turn {
  int64_t step;
  std::vector<Value> carried;    // before the step
  std::vector<Value> after{};    // absent: unchanged
  std::vector<Value> results{};  // to be stacked
  size_t met = 0;                // number of carried values used so far, in the order of carry()
};

std::optional<int64_t> LoopWriter::turn() const noexcept { return turn_ == nullptr ? std::nullopt : std::optional(turn_->step); }

Value LoopWriter::carry(Value initial) {
  if (turn_ != nullptr) {
    if (turn_->met == turn_->carried.size())
      throw UsageError("all carried values of a loop must be declared before its first kernel whose shapes depend on data");
    return turn_->carried[turn_->met++];
  }
  const Value inside = parts_->body->add_value(type_of_value(parts_->around.info(initial)));
  parts_->carried.push_back({initial, inside, inside});
  return inside;
}

Value LoopWriter::carry_zeros(const Shape& shape, DType type) {
  if (turn_ != nullptr) return carry({});
  const Value inside = parts_->body->add_value({.shape = shape, .dtype = type});
  parts_->carried.push_back({{}, inside, inside});
  return inside;
}

void LoopWriter::next(Value carried, Value after) {
  if (turn_ != nullptr) {
    const auto found = std::ranges::find(turn_->carried, carried);
    if (found == turn_->carried.end()) throw UsageError("next() needs a value that the loop carries");
    turn_->after[static_cast<size_t>(found - turn_->carried.begin())] = after;
    return;
  }
  const auto found = std::ranges::find(parts_->carried, carried, &Parts::Carried::inside);
  if (found == parts_->carried.end()) throw UsageError("next() needs a value that the loop carries");
  found->after = after;
}

Value LoopWriter::slice(Value sequence) {
  ValueInfo step = type_of_value(parts_->around.info(sequence));
  if (parts_->options.axis < 0 || static_cast<size_t>(parts_->options.axis) >= step.shape.size())
    throw UsageError("a loop slices a value of " + std::to_string(step.shape.size()) + " axes along axis " +
                     std::to_string(parts_->options.axis));
  if (turn_ != nullptr) {
    const int64_t steps = step.shape[static_cast<size_t>(parts_->options.axis)].size;
    const int64_t place = parts_->options.backwards ? steps - 1 - turn_->step : turn_->step;
    return builder_.squeeze(builder_.slice_axis(sequence, parts_->options.axis, place, 1), parts_->options.axis);
  }
  step.shape.erase(step.shape.begin() + parts_->options.axis);
  parts_->sliced.push_back({sequence, parts_->body->add_value(std::move(step))});
  return parts_->sliced.back().inside;
}

Value LoopWriter::capture(Value outside) {
  if (turn_ != nullptr) return outside;
  parts_->captured.push_back({outside, parts_->body->add_value(type_of_value(parts_->around.info(outside)))});
  return parts_->captured.back().inside;
}

void LoopWriter::stack(Value result) {
  if (turn_ != nullptr)
    turn_->results.push_back(result);
  else
    parts_->stacked.push_back(result);
}

LoopWriter::Results LoopWriter::write(const std::function<void()>& body, const Condition& condition) {
  try {
    return write_nested(body, condition);
  } catch (const SegmentEnd&) {
    return write_in_turns(body, condition);
  }
}

// Everything that the attempt carried, sliced and captured before it reached the kernel.
std::vector<Value> LoopWriter::initial_values() {
  std::vector<Value> initial, zeros;
  for (const Parts::Carried& c : parts_->carried)
    initial.push_back(c.outside ? c.outside : zeros_like(builder_, parts_->body->info(c.inside), zeros));
  return initial;
}

std::optional<int64_t> LoopWriter::known_steps() const {
  if (parts_->options.steps || parts_->sliced.empty()) return parts_->options.steps;
  return builder_.dim(parts_->sliced[0].outside, parts_->options.axis).size;
}

// Each lowering writes one step and ends a segment with the step's results.
LoopWriter::Results LoopWriter::write_in_turns(const std::function<void()>& body, const Condition& condition) {
  const std::vector<Value> initial = initial_values();
  const std::optional<int64_t> steps = known_steps();
  if (!condition && steps.value_or(0) == 0)
    throw UsageError("a loop whose shapes depend on data needs at least one step or a condition");
  const size_t first = graph_of(builder_).met;
  const TurnState state = turn_state(builder_, initial);
  const auto carried = state.values.begin() + static_cast<int64_t>(initial.size());
  Results now{.carried = {state.values.begin(), carried}, .stacked = {carried, state.values.end()}};
  if (steps && state.step >= *steps) return now;
  if (condition) {
    std::vector<Value> captured;
    for (const Parts::Pair& c : parts_->captured) captured.push_back(c.outside);
    if (!decided(builder_, condition(now.carried, captured))) return now;
  }
  if (state.step >= kMostTurns)
    throw DataError("a loop whose shapes change from turn to turn takes more than " + std::to_string(kMostTurns) + " turns");
  turn_.reset(new Turn{.step = state.step, .carried = now.carried, .after = now.carried});
  body();
  std::vector<Value> values = turn_->after;
  for (size_t i = 0; i < turn_->results.size(); ++i) {
    const Value result = builder_.expand_dims(turn_->results[i], parts_->options.axis);
    values.push_back(state.step == 0 ? result
                                     : builder_.concatenate(std::array{now.stacked.at(i), result}, parts_->options.axis));
  }
  end_turn(builder_, first, state.step + 1, values);
}

LoopWriter::Results LoopWriter::write_nested(const std::function<void()>& body, const Condition& condition) {
  Parts& p = *parts_;
  within_(*p.body, body);
  std::vector<Value> operands = p.add_carried(builder_), kept = operands;  // `kept`: the operands of the condition
  const std::vector<Value> sliced = p.add_sliced(builder_), captured = p.add_captured();
  operands.insert(operands.end(), sliced.begin(), sliced.end());
  operands.insert(operands.end(), captured.begin(), captured.end());
  kept.insert(kept.end(), captured.begin(), captured.end());
  p.body->outputs.insert(p.body->outputs.end(), p.stacked.begin(), p.stacked.end());
  p.body->end_complex();
  Loop loop{.body = p.body,
            .condition = p.write_condition(within_, condition, kept),
            .carried = static_cast<int>(p.carried.size()),
            .sliced = static_cast<int>(p.sliced.size()),
            .stacked = static_cast<int>(p.stacked.size()),
            .steps = p.options.steps.value_or(-1),
            .backwards = p.options.backwards};
  const std::vector<Value> out = graph_of(builder_).add(std::move(loop), std::move(operands));
  Results results;
  for (size_t i = 0; i < out.size(); ++i) {
    if (i < p.carried.size())
      results.carried.push_back(out[i]);
    else
      results.stacked.push_back(with_moved_axis(builder_, out[i], 0, p.options.axis));
  }
  return results;
}

std::vector<Value> write_branch(Builder& builder, const Within& within, Value condition, std::span<const Value> operands,
                                const BranchBody& then, const BranchBody& otherwise) {
  const Graph& around = graph_of(builder);
  const auto graph_with = [&](const BranchBody& body) {
    auto graph = std::make_shared<Graph>();
    within(*graph, [&] {
      graph->inputs = inputs_of(*graph, around, operands);
      graph->outputs = body(graph->inputs);
    });
    graph->end_complex();
    return graph;
  };
  std::vector<Value> in{condition};
  in.insert(in.end(), operands.begin(), operands.end());
  try {
    Branch branch{.then = graph_with(then), .otherwise = graph_with(otherwise)};
    return graph_of(builder).add(std::move(branch), std::move(in));
  } catch (const SegmentEnd&) {  // only the part that runs is written here
    return decided(builder, condition) ? then(operands) : otherwise(operands);
  }
}

}  // namespace keraunos::host
