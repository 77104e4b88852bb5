#include <algorithm>

#include "host/plan/planned_constants.h"
#include "host/plan/planning.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

class StepPlanner {
 public:
  StepPlanner(Planning& planning, size_t index)
      : planning_(planning),
        plan_(*planning.plan),
        graph_(planning.graph),
        node_(planning.graph.nodes[index]),
        index_(static_cast<int>(index)),
        place_(planning.place_of(node_)),
        constants_(planning.graph, planning.store, *planning.plan) {}

  void add() {
    const bool is_nested = traits_of(node_.op).is_nested;
    if (is_nested)
      plan_nested(planning_, node_, step_);
    else if (place_ == Place::host)
      choose_kernel_of_host();
    else
      prepare();
    add_operands();
    add_results();
    if (is_nested) add_nested_memory(planning_, step_);
    add_cost();
    add_error_word();
    plan_.steps.push_back(std::move(step_));
  }

 private:
  void choose_kernel_of_host() {
    step_.kernel = kernel_of(node_.op);
    step_.verdict = slow("runs on the host (" + step_.kernel->name() + " has no CUDA body)");
  }

  void prepare() {
    step_.verdict = planning_.device.accepts(graph_, node_);
    if (step_.verdict.speed == Verdict::refused) {
      throw DeviceError("layer \"" + node_.origin + "\": " + planning_.device.name() + " cannot run " + step_.text + ": " +
                        step_.verdict.reason);
    }
    step_.step = planning_.device.prepare(graph_, node_, constants_);
    if (!step_.step->may_be_recorded) planning_.outermost().may_be_recorded = false;
  }

  void add_operands() {
    for (size_t i = 0; i < node_.in.size(); ++i) {
      const Value v = node_.in[i];
      step_.in.push_back(slot_of(i));
      step_.in_types.push_back(v ? type_of(graph_.info(v)) : TensorType{});
    }
    // Copies may have been added since; this step reads all its operands.
    for (Value v : node_.in) {
      if (v && !graph_.is_constant({root(v)})) planning_.buffers.read(root(v), place_);
    }
  }

  Slot slot_of(size_t operand) {
    const Value v = node_.in[operand];
    if (!v) return {};
    return constants_.was_packed(operand) ? Slot{.kind = Slot::packed} : operand_slot(planning_, v, place_);
  }

  void add_results() {
    for (size_t i = 0; i < node_.out.size(); ++i) {
      const Buffer made = result(i);
      planning_.buffers.written(made, place_);
      planning_.buffers.at(node_.out[i].id, place_) = made;
      step_.out.push_back(made.slot);
      step_.out_types.push_back(type_of(graph_.info(node_.out[i])));
    }
  }

  // The memory of a result: a graph output, an operand's buffer, or a new buffer.
  Buffer result(size_t index) {
    const Value v = node_.out[index];
    if (planning_.lives.outlives_nodes(v.id)) {
      for (size_t i = 0; i < graph_.outputs.size(); ++i) {
        if (root(graph_.outputs[i]) != v.id || plan_.outputs[i].place != place_) continue;
        return {.slot = {.kind = Slot::output, .index = static_cast<int>(i)}, .made = true};
      }
    }
    for (size_t i = 0; index == 0 && place_ == Place::device && i < node_.in.size(); ++i) {
      if (is_reusable(i)) return planning_.buffers.at(root(node_.in[i]), place_);
    }
    return planning_.buffers.fresh(bytes_of(graph_.info(v)), place_);
  }

  // The result may reuse the operand's buffer: in an arena, read by no later node, and read once by this node.
  bool is_reusable(size_t operand) {
    const Value v = node_.in[operand];
    if (!v || graph_.is_constant({root(v)})) return false;
    const int r = root(v);
    const ValueLives& lives = planning_.lives;
    const bool dead = lives.last_reader(r) == index_ && !lives.outlives_nodes(r);
    const bool once = std::count_if(node_.in.begin(), node_.in.end(), [&](Value o) { return o && root(o) == r; }) == 1;
    return planning_.buffers.at(r, place_).interval >= 0 && dead && once && may_overwrite({graph_, node_}, operand);
  }

  void add_cost() {
    const OpCost cost = cost_of(node_.op, {graph_, node_});
    step_.products = cost.products;
    int64_t written = 0;
    for (Value v : node_.out) written += bytes_of(graph_.info(v));
    for (Value v : node_.in) {
      if (!v) continue;
      const int64_t bytes = bytes_of(graph_.info(v));
      const bool in_part = cost.constants == OpCost::in_part && graph_.is_constant({root(v)});
      step_.bytes_read += in_part ? std::min(bytes, written) : bytes;
    }
  }

  void add_error_word() {
    if (!traits_of(node_.op).may_fault) return;
    Plan& run = planning_.outermost();
    step_.error_word = run.error_words++;
    run.error_texts.push_back("layer \"" + node_.origin + "\": " + fault_text(node_.op, {graph_, node_}));
  }

  int root(Value v) const { return planning_.lives.root(v); }

  Planning& planning_;
  Plan& plan_;
  const Graph& graph_;
  const Node& node_;
  const int index_;
  const Place place_;
  PlannedConstants constants_;
  PlannedStep step_{.kind = PlannedStep::compute, .text = describe(node_.op), .origin = node_.origin};
};

}  // namespace

void add_step(Planning& planning, size_t node) { StepPlanner(planning, node).add(); }

}  // namespace keraunos::host
