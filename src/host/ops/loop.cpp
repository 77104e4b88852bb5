#include "host/ops/loop.h"

#include "host/graph/graph.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

void require_loop(bool holds, const char* why) {
  if (!holds) throw UsageError(why);
}

ValueInfo without_steps(const ValueInfo& sliced) {
  require_loop(!sliced.shape.empty(), "a loop slices a value that has no axis of steps");
  ValueInfo step = type_of_value(sliced);
  step.shape.erase(step.shape.begin());
  return step;
}

// The types of the body's inputs; a sliced operand has the type of one step.
Types types_inside(const Loop& loop, const NodeView& node) {
  Types inside;
  for (size_t i = 0; i < node.operands(); ++i) {
    const int place = static_cast<int>(i) - loop.carried;
    const bool sliced = place >= 0 && place < loop.sliced;
    inside.push_back(sliced ? without_steps(node.in(i)) : type_of_value(node.in(i)));
  }
  return inside;
}

void check_condition(const Loop& loop, Types inside) {
  const auto first = inside.begin() + loop.carried;
  inside.erase(first, first + loop.sliced);
  require_graph(loop.condition, "condition", inside, 1);
  const ValueInfo& result = loop.condition->info(loop.condition->outputs[0]);
  require_type(result, {.shape = {}, .dtype = DType::boolean}, "the condition of a loop");
}

void check_steps(const Loop& loop, const NodeView& node, const std::optional<int64_t>& most) {
  require_loop(most.has_value() || (loop.condition != nullptr && loop.stacked == 0), "a loop without a number of steps");
  for (int i = 0; i < loop.sliced; ++i) {
    const ValueInfo& sliced = node.in(static_cast<size_t>(loop.carried + i));
    require_loop(sliced.shape[0].size == *most, "a loop over sequences of different lengths");
  }
}

}  // namespace

bool operator==(const Loop& a, const Loop& b) {
  return a.carried == b.carried && a.sliced == b.sliced && a.stacked == b.stacked && a.steps == b.steps &&
         a.backwards == b.backwards && same_graph(a.body, b.body) && same_graph(a.condition, b.condition);
}

std::optional<int64_t> Loop::most_steps(const NodeView& node) const {
  if (steps >= 0) return steps;
  if (sliced == 0) return std::nullopt;
  const ValueInfo& first = node.in(static_cast<size_t>(carried));
  require_loop(!first.shape.empty(), "a loop slices a value that has no axis of steps");
  return first.shape[0].size;
}

std::string Loop::text() const {
  std::string text =
      "loop carried=" + std::to_string(carried) + " sliced=" + std::to_string(sliced) + " stacked=" + std::to_string(stacked);
  if (steps >= 0) text += " steps=" + std::to_string(steps);
  return text + (backwards ? " backwards" : "") + graph_text("body", body) + graph_text("condition", condition);
}

void Loop::mix(Hash& hash) const {
  hash.mix(carried).mix(sliced).mix(stacked).mix(steps).mix(backwards);
  mix_graph(hash, body);
  mix_graph(hash, condition);
}

Types Loop::infer(const NodeView& node) const {
  require_loop(carried >= 0 && sliced >= 0 && stacked >= 0 && static_cast<size_t>(carried + sliced) <= node.operands(),
               "a loop of too few operands");
  const std::optional<int64_t> most = most_steps(node);
  const Types inside = types_inside(*this, node);
  require_graph(body, "body", inside, static_cast<size_t>(carried + stacked));
  if (condition != nullptr) check_condition(*this, inside);
  check_steps(*this, node, most);
  const Dim along = sliced > 0 ? node.in(static_cast<size_t>(carried)).shape[0] : Dim{most.value_or(0)};
  Types results;
  for (size_t i = 0; i < body->outputs.size(); ++i) {
    results.push_back(type_of_value(body->info(body->outputs[i])));
    if (i < static_cast<size_t>(carried))
      require_type(results.back(), inside[i], "what a loop carries as value " + std::to_string(i));
    else
      results.back().shape.insert(results.back().shape.begin(), along);
  }
  return results;
}

// The body keeps rows independent when each carried value has the same row axis before and after a step. The number of steps must
// not depend on rows.
std::vector<int> Loop::rows(const RowPair& pair, const NodeView& node, const Loop& other, const std::vector<int>& axis) const {
  std::vector<int> mixed(node.results(), Rows::kMixed);
  if (most_steps(node) != other.most_steps({pair.other, node.node})) return mixed;
  if ((condition == nullptr) != (other.condition == nullptr)) return mixed;
  std::vector<int> inside;
  for (size_t i = 0; i < node.operands(); ++i) {
    const int own = axis[static_cast<size_t>(node.node.in[i].id)], place = static_cast<int>(i) - carried;
    const bool is_sliced = place >= 0 && place < sliced;
    inside.push_back(!is_sliced || own < 0 ? own : own == 0 ? Rows::kMixed : own - 1);
  }
  std::vector<int> found = rows_inside({*body, *other.body, pair.batch, pair.other_batch}, inside);
  if (found.empty()) return mixed;
  for (size_t i = 0; i < found.size(); ++i) {
    const bool is_carried = static_cast<int>(i) < carried;
    if (is_carried && found[i] != inside[i]) return mixed;
    if (!is_carried && found[i] >= 0) ++found[i];
  }
  if (condition == nullptr) return found;
  inside.erase(inside.begin() + carried, inside.begin() + carried + sliced);
  const auto ends = rows_inside({*condition, *other.condition, pair.batch, pair.other_batch}, inside);
  return ends == std::vector<int>{Rows::kNone} ? found : mixed;
}

}  // namespace keraunos::host
