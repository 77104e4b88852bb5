// Only in float32 and float64, where the change is one rounding less; in mixed-precision models Keras rounds every step to 16
// bits, which must stay.
#include <optional>

#include "host/passes/channel_step.h"
#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {
namespace {

struct Shifted {
  Value x, shift;
};

// Rewrites nodes in order into a new graph; merged nodes keep no reader and are removed later.
class Rewriter {
 public:
  explicit Rewriter(const Graph& graph)
      : old_(graph),
        uses_(graph),
        fixed_(constant_values(graph)),
        graph_(graph),
        builder_(graph_),
        maker_(graph.values.size(), -1) {
    graph_.nodes.clear();
  }

  bool run() {
    for (const Node& node : old_.nodes) rewrite(node);
    return changed_;
  }
  Graph take() { return std::move(graph_); }

 private:
  bool fixed(Value v) const { return fixed_[static_cast<size_t>(v.id)] != 0; }
  int maker(Value v) const { return maker_[static_cast<size_t>(v.id)]; }

  // Matches v = x + shift with no other reader of v.
  std::optional<Shifted> shifted(Value v) const {
    if (uses_.count(v) != 1 || maker(v) < 0) return std::nullopt;
    const auto step = channel_step(graph_, graph_.nodes[static_cast<size_t>(maker(v))], Function::add);
    if (!step || !fixed(step->second) || fixed(step->first)) return std::nullopt;
    return Shifted{step->first, step->second};
  }

  void rewrite(const Node& node) {
    const auto* op = std::get_if<Pointwise>(&node.op);
    const bool addition =
        op != nullptr && op->program.steps.size() == 1 && op->program.steps[0].function == Function::add && node.in.size() == 2;
    const DType type = graph_.info(node.out[0]).dtype;
    if (!addition || (type != DType::float32 && type != DType::float64) || !merge(node)) append(node);
  }

  bool merge(const Node& node) {
    if (const auto step = channel_step(graph_, node, Function::add); step && fixed(step->second)) {
      const auto first = shifted(step->first);
      if (!first) return false;
      add(first->x, sum(node, first->shift, step->second), node);
      return true;
    }
    auto a = shifted(node.in[0]), b = shifted(node.in[1]);
    if (!a || !b || !(graph_.info(a->x).shape == graph_.info(b->x).shape)) return false;
    if (maker(a->x) < maker(b->x)) std::swap(a, b);  // the sum becomes the epilogue of the product computed last
    Node inner = node;
    inner.out = {graph_.add_value(graph_.info(node.out[0]))};
    add(a->x, sum(node, a->shift, b->shift), inner);
    add(inner.out[0], b->x, node);
    return true;
  }

  // a + b as an ordinary node over constants.
  Value sum(const Node& node, Value a, Value b) {
    const Dim channels = graph_.info(node.out[0]).shape.back();
    graph_.origin = node.origin;
    const size_t before = graph_.nodes.size();
    const Value total = builder_.add(builder_.reshape(a, {channels}), builder_.reshape(b, {channels}));
    note_new(before);
    fixed_[static_cast<size_t>(total.id)] = 1;
    return total;
  }

  void add(Value x, Value y, const Node& result) {
    Node node = result;
    node.in = {x, y};
    append(std::move(node));
    changed_ = true;
  }

  void append(Node node) {
    const size_t before = graph_.nodes.size();
    graph_.nodes.push_back(std::move(node));
    note_new(before);
  }

  void note_new(size_t before) {
    maker_.resize(graph_.values.size(), -1);
    fixed_.resize(graph_.values.size(), 0);
    for (size_t i = before; i < graph_.nodes.size(); ++i) {
      for (Value v : graph_.nodes[i].out) maker_[static_cast<size_t>(v.id)] = static_cast<int>(i);
    }
  }

  const Graph& old_;
  const Uses uses_;
  std::vector<char> fixed_;
  Graph graph_;
  Builder builder_;
  std::vector<int> maker_;
  bool changed_ = false;
};

}  // namespace

bool merge_shifts(Graph& graph) {
  Rewriter rewriter(graph);
  if (!rewriter.run()) return false;
  graph = rewriter.take();
  return true;
}

}  // namespace keraunos::host
