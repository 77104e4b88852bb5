#include "host/ops/loop.h"

#include "host/graph/contents.h"
#include "host/graph/graph.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

void require_loop(bool holds, const char* why) {
  if (!holds) throw UsageError(why);
}

bool same_type(const ValueInfo& a, const ValueInfo& b) { return a.shape == b.shape && a.dtype == b.dtype; }

ValueInfo without_steps(const ValueInfo& sliced) {
  require_loop(sliced.shape.size() >= 2, "a loop slices a value that has no axis of steps");
  ValueInfo step{.shape = sliced.shape, .dtype = sliced.dtype};
  step.shape.erase(step.shape.begin() + 1);
  return step;
}

void check_inputs(const Loop& loop, const NodeView& node, Dim steps) {
  const Graph& body = *loop.body;
  for (size_t i = 0; i < node.operands(); ++i) {
    const int place = static_cast<int>(i) - loop.carried;
    const bool sliced = place >= 0 && place < loop.sliced;
    const ValueInfo& inside = body.info(body.inputs[i]);
    require_loop(same_type(sliced ? without_steps(node.in(i)) : node.in(i), inside), "a loop whose body takes other types");
    require_loop(!sliced || node.in(i).shape[1] == steps, "a loop over sequences of different lengths");
  }
}

}  // namespace

bool operator==(const Loop& a, const Loop& b) {
  if (a.carried != b.carried || a.sliced != b.sliced || a.stacked != b.stacked || a.backwards != b.backwards) return false;
  return a.body == b.body || (a.body != nullptr && b.body != nullptr && same_contents(*a.body, *b.body));
}

std::string Loop::text() const {
  std::string text = "loop carried=" + std::to_string(carried) + " sliced=" + std::to_string(sliced) +
                     " stacked=" + std::to_string(stacked) + (backwards ? " backwards" : "");
  if (body != nullptr) text += " body " + std::to_string(contents_hash(*body));
  return text;
}

void Loop::mix(Hash& hash) const {
  hash.mix(carried).mix(sliced).mix(stacked).mix(backwards);
  if (body != nullptr) hash.mix(contents_hash(*body));
}

Types Loop::infer(const NodeView& node) const {
  require_loop(body != nullptr, "a loop without a body");
  require_loop(sliced > 0, "a loop over nothing");
  require_loop(body->inputs.size() == node.operands(), "a loop whose body takes other inputs");
  require_loop(carried >= 0 && stacked >= 0 && static_cast<size_t>(carried + sliced) <= node.operands(),
               "a loop of too few operands");
  require_loop(body->outputs.size() == static_cast<size_t>(carried + stacked), "a loop whose body gives other results");
  const ValueInfo& first = node.in(static_cast<size_t>(carried));
  require_loop(first.shape.size() >= 2, "a loop slices a value that has no axis of steps");
  const Dim steps = first.shape[1];
  check_inputs(*this, node, steps);
  Types results;
  for (size_t i = 0; i < body->outputs.size(); ++i) {
    const ValueInfo& inside = body->info(body->outputs[i]);
    results.push_back({.shape = inside.shape, .dtype = inside.dtype});
    if (i < static_cast<size_t>(carried)) {
      require_loop(same_type(inside, body->info(body->inputs[i])), "a loop whose body changes the type of what it carries");
      continue;
    }
    Shape& shape = results.back().shape;
    require_loop(!shape.empty(), "a loop stacks a value that has no batch");
    shape.insert(shape.begin() + 1, steps);
  }
  return results;
}

// The body keeps rows apart when each carried value has them where the one before had. Steps are along axis 1.
std::vector<int> Loop::rows(const RowPair& pair, const NodeView& node, const Loop& other, const std::vector<int>& axis) const {
  const RowPair inside{*body, *other.body, pair.batch, pair.other_batch};
  const std::vector<int> mixed(node.results(), Rows::kMixed);
  if (!same_form(inside.graph, inside.other)) return mixed;
  std::vector<int> axes = initial_axes(inside);
  const auto at = [&](Value v) -> int& { return axes[static_cast<size_t>(v.id)]; };
  for (size_t i = 0; i < node.operands(); ++i) {
    const int own = axis[static_cast<size_t>(node.node.in[i].id)], place = static_cast<int>(i) - carried;
    const bool is_sliced = place >= 0 && place < sliced;
    at(body->inputs[i]) = !is_sliced || own < 1 ? own : own == 1 ? Rows::kMixed : own - 1;
  }
  spread(inside, axes);
  std::vector<int> found;
  for (size_t i = 0; i < node.results(); ++i) {
    const int after = at(body->outputs[i]);
    const bool is_carried = static_cast<int>(i) < carried;
    if (is_carried && after != at(body->inputs[i])) return mixed;
    found.push_back(is_carried || after < 1 ? after : after + 1);
  }
  return found;
}

}  // namespace keraunos::host
