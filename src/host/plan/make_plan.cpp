// From a graph to a plan. Reshapes vanish: their result is another name of the same buffer. Every other result gets a slot: a
// graph output where it lies, or an interval of an arena. On a device with memory of its own, nodes whose place is the host get
// their operands copied.
#include <algorithm>
#include <map>

#include "host/graph/extent.h"
#include "host/plan/plan.h"
#include "host/plan/poison.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

// What a device's step takes beside its PlannedStep: about 1.2 KB for the CPU's own, 8 KB for one of oneDNN's (bench/NOTES.md,
// "Shapes that change").
constexpr int64_t kStepBytes = 1536;

TensorType type_of(const ValueInfo& info) { return {info.dtype, dims_of(info.shape)}; }

// Packings go into the plan; which operands of the node at hand were packed is noted.
class PlannedConstants final : public Constants {
 public:
  PlannedConstants(const Graph& graph, ConstantStore& store, Plan& plan) : graph_(graph), store_(store), plan_(plan) {}
  std::shared_ptr<const void> packed(const Node& node, size_t operand, const std::string& layout,
                                     const std::function<std::shared_ptr<const void>(const Tensor&)>& make) override {
    auto memory = store_.packed(graph_.info(node.in[operand]), layout, make, &plan_.constant_bytes);
    plan_.constants.push_back(memory);
    packed_.push_back(operand);
    return memory;
  }
  void next_node() { packed_.clear(); }
  bool was_packed(size_t operand) const { return std::find(packed_.begin(), packed_.end(), operand) != packed_.end(); }

 private:
  const Graph& graph_;
  ConstantStore& store_;
  Plan& plan_;
  std::vector<size_t> packed_;
};

class Planner {
 public:
  Planner(const Graph& graph, DeviceRuntime& device, ConstantStore& store, const PlanOptions& options)
      : graph_(graph),
        device_(device),
        store_(store),
        options_(options),
        plan_(std::make_shared<Plan>()),
        constants_(graph, store, *plan_) {}

  std::shared_ptr<const Plan> make() {
    name_roots();
    make_ports();
    for (const Node& node : graph_.nodes) {
      if (!traits_of(node.op).is_view) add_node(node);
    }
    finish_outputs();
    finish_states();
    lay_out();
    plan_->pending = graph_.pending;
    return std::move(plan_);
  }

 private:
  // One buffer: every value whose root it is lies there, once per place.
  struct Buffer {
    Slot slot{};
    int interval = -1;  // of the arena of its place, when slot.kind is an arena
    bool made = false;
  };

  bool apart() const { return !device_.shares_host_memory(); }
  int root(Value v) const { return roots_[static_cast<size_t>(v.id)]; }
  Place place_of(const Node& node) const { return apart() ? node.place : Place::device; }
  Buffer& buffer(int root, Place place) { return buffers_[static_cast<size_t>(root)][static_cast<size_t>(place)]; }
  std::vector<Interval>& intervals(Place place) { return intervals_[static_cast<size_t>(place)]; }

  void name_roots() {
    roots_.resize(graph_.values.size());
    for (size_t i = 0; i < roots_.size(); ++i) roots_[i] = static_cast<int>(i);
    for (const Node& node : graph_.nodes) {
      if (traits_of(node.op).is_view) roots_[static_cast<size_t>(node.out[0].id)] = root(node.in[0]);
    }
    buffers_.resize(graph_.values.size());
    last_reader_.assign(graph_.values.size(), -1);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (traits_of(graph_.nodes[i].op).is_view) continue;
      for (Value v : graph_.nodes[i].in) {
        if (v) last_reader_[static_cast<size_t>(root(v))] = static_cast<int>(i);
      }
    }
    pinned_.assign(graph_.values.size(), 0);  // roots read after the last node
    for (Value v : graph_.outputs) pinned_[static_cast<size_t>(root(v))] = 1;
    for (const State& state : graph_.states) pinned_[static_cast<size_t>(root(state.after))] = 1;
  }

  void make_ports() {
    for (size_t i = 0; i < graph_.inputs.size(); ++i) {
      const Value v = graph_.inputs[i];
      const Place place = apart() && only_on_host(v) ? Place::host : Place::device;
      plan_->inputs.push_back({type_of(graph_.info(v)), place, 0});
      buffer(v.id, place) = {.slot = {.kind = Slot::input, .index = static_cast<int>(i)}, .made = true};
    }
    for (size_t i = 0; i < graph_.states.size(); ++i) {
      const State& state = graph_.states[i];
      plan_->states.push_back({state.name, type_of(graph_.info(state.before))});
      buffer(state.before.id, Place::device) = {.slot = {.kind = Slot::state, .index = static_cast<int>(i)}, .made = true};
    }
    for (Value v : graph_.outputs) {
      const bool text = apart() && graph_.info(v).dtype == DType::string;
      plan_->outputs.push_back({type_of(graph_.info(v)), text ? Place::host : Place::device, 0});
    }
  }

  bool only_on_host(Value input) const {
    if (graph_.info(input).dtype == DType::string) return true;
    bool any = false;
    for (const Node& node : graph_.nodes) {
      for (Value v : node.in) {
        if (!v || root(v) != input.id || traits_of(node.op).is_view) continue;
        if (node.place == Place::device) return false;
        any = true;
      }
    }
    return any && std::none_of(graph_.outputs.begin(), graph_.outputs.end(), [&](Value v) { return root(v) == input.id; });
  }

  // The slot of an operand at a place, copied there when it lies elsewhere.
  Slot operand(Value v, Place place) {
    const int r = root(v);
    const ValueInfo& info = graph_.info({r});
    if (graph_.is_constant({r})) {
      int64_t* const made = &plan_->constant_bytes;
      const std::shared_ptr<const void> memory =
          place == Place::host && apart() ? store_.on_host(info, made) : store_.on_device(info, made);
      plan_->constants.push_back(memory);
      return {.kind = Slot::constant, .pointer = memory.get()};
    }
    Buffer& here = buffer(r, place);
    if (!here.made) {
      const Place other = place == Place::host ? Place::device : Place::host;
      const Slot from = read(r, other);
      here = fresh(bytes_of(info), place);
      plan_->steps.push_back({.kind = place == Place::host ? PlannedStep::to_host : PlannedStep::to_device,
                              .in = {from},
                              .out = {here.slot},
                              .bytes = bytes_of(info),
                              .text = place == Place::host ? "copy to the host" : "copy to the device"});
    }
    return read(r, place);
  }

  // Notes that a buffer is read by the step that comes next.
  Slot read(int r, Place place) {
    Buffer& b = buffer(r, place);
    if (!b.made) throw InternalError("a buffer is read before it is made");
    if (b.interval >= 0) intervals(place)[static_cast<size_t>(b.interval)].last = static_cast<int>(plan_->steps.size());
    return b.slot;
  }

  Buffer fresh(int64_t bytes, Place place) {
    const int now = static_cast<int>(plan_->steps.size());
    const int index = static_cast<int>(intervals(place).size());
    intervals(place).push_back({.first = now, .last = now, .bytes = bytes});
    plan_->buffer_bytes = checked_add(plan_->buffer_bytes, bytes);
    // Until the layout is known the offset is the interval's number.
    return {.slot = {.kind = place == Place::host ? Slot::host_arena : Slot::arena, .offset = index},
            .interval = index,
            .made = true};
  }

  // The buffer of a node's result: a graph output written in place, an operand's buffer reused, or a new one.
  Buffer result(const Node& node, size_t index, Place place, size_t node_index) {
    const Value v = node.out[index];
    if (pinned_[static_cast<size_t>(v.id)]) {
      for (size_t i = 0; i < graph_.outputs.size(); ++i) {
        if (root(graph_.outputs[i]) != v.id || plan_->outputs[i].place != place) continue;
        return {.slot = {.kind = Slot::output, .index = static_cast<int>(i)}, .made = true};
      }
    }
    for (size_t i = 0; index == 0 && place == Place::device && i < node.in.size(); ++i) {
      if (!node.in[i] || graph_.is_constant({root(node.in[i])})) continue;
      const int r = root(node.in[i]);
      Buffer& source = buffer(r, place);
      const bool dead = last_reader_[static_cast<size_t>(r)] == static_cast<int>(node_index) && !pinned_[static_cast<size_t>(r)];
      const bool once = std::count_if(node.in.begin(), node.in.end(), [&](Value o) { return o && root(o) == r; }) == 1;
      if (source.interval < 0 || !dead || !once || !may_overwrite({graph_, node}, i)) continue;
      return source;
    }
    return fresh(bytes_of(graph_.info(v)), place);
  }

  void add_node(const Node& node) {
    const Place place = place_of(node);
    const auto node_index = static_cast<size_t>(&node - graph_.nodes.data());
    PlannedStep step{.kind = PlannedStep::compute, .text = describe(node.op), .origin = node.origin};
    constants_.next_node();
    if (place == Place::host) {
      step.kernel = kernel_of(node.op);
      plan_->notes += node.origin + ": runs on the host (" + step.kernel->name() + " has no CUDA body)\n";
    } else {
      const Verdict verdict = device_.accepts(graph_, node);
      if (verdict.speed == Verdict::refused) {
        throw DeviceError("layer \"" + node.origin + "\": " + device_.name() + " cannot run " + step.text + ": " +
                          verdict.reason);
      }
      if (verdict.speed == Verdict::slow) plan_->notes += node.origin + ": " + verdict.reason + '\n';
      step.step = device_.prepare(graph_, node, constants_);
    }
    for (size_t i = 0; i < node.in.size(); ++i) {
      const Value v = node.in[i];
      step.in.push_back(v && !constants_.was_packed(i) ? operand(v, place) : Slot{});
      step.in_types.push_back(v ? type_of(graph_.info(v)) : TensorType{});
    }
    // Copies may have been added meanwhile; all operands are read by this step.
    for (Value v : node.in) {
      if (v && !graph_.is_constant({root(v)})) read(root(v), place);
    }
    for (size_t i = 0; i < node.out.size(); ++i) {
      Buffer made = result(node, i, place, node_index);
      if (made.interval >= 0) {
        Interval& interval = intervals(place)[static_cast<size_t>(made.interval)];
        interval.last = std::max(interval.last, static_cast<int>(plan_->steps.size()));
      }
      buffer(node.out[i].id, place) = made;
      step.out.push_back(made.slot);
      step.out_types.push_back(type_of(graph_.info(node.out[i])));
    }
    if (traits_of(node.op).may_fault) {
      step.error_word = plan_->error_words++;
      plan_->error_texts.push_back("layer \"" + node.origin + "\": " + fault_text(node.op, {graph_, node}));
    }
    plan_->steps.push_back(std::move(step));
  }

  // Outputs that no step writes itself: inputs and constants handed through, one value returned twice, text.
  void finish_outputs() {
    for (size_t i = 0; i < graph_.outputs.size(); ++i) {
      const int r = root(graph_.outputs[i]);
      const Place place = plan_->outputs[i].place;
      const Slot target{.kind = Slot::output, .index = static_cast<int>(i)};
      if (buffer(r, place).made && buffer(r, place).slot == target) continue;
      const Slot from = operand(graph_.outputs[i], place);
      plan_->steps.push_back({.kind = place == Place::host ? PlannedStep::copy_on_host : PlannedStep::copy,
                              .in = {from},
                              .out = {target},
                              .bytes = bytes_of(graph_.info({r})),
                              .text = "copy to output " + std::to_string(i)});
    }
  }

  void finish_states() {
    for (size_t i = 0; i < graph_.states.size(); ++i) {
      const Slot from = operand(graph_.states[i].after, Place::device);
      plan_->steps.push_back({.kind = PlannedStep::copy,
                              .in = {from},
                              .out = {{.kind = Slot::state, .index = static_cast<int>(i)}},
                              .bytes = bytes_of(graph_.info(graph_.states[i].after)),
                              .text = "keep state " + graph_.states[i].name});
    }
  }

  void lay_out() {
    const int64_t alignment = apart() ? 256 : 64;
    const MemoryOptions memory{.alignment = alignment, .gap = options_.gap};
    const auto rounded = [&](int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; };
    int64_t end = plan_memory(intervals(Place::device), memory);
    plan_->host_arena_bytes = plan_memory(intervals(Place::host), memory);
    const auto reserve = [&](int64_t bytes) {
      const int64_t offset = end;
      end += rounded(bytes) + options_.gap;
      return offset;
    };
    for (PlannedStep& step : plan_->steps) {
      for (std::vector<Slot>* slots : {&step.in, &step.out}) {
        for (Slot& slot : *slots) {
          if (slot.kind == Slot::arena) slot.offset = intervals(Place::device)[static_cast<size_t>(slot.offset)].offset;
          if (slot.kind == Slot::host_arena) slot.offset = intervals(Place::host)[static_cast<size_t>(slot.offset)].offset;
        }
      }
      if (step.step) plan_->workspace_bytes = std::max(plan_->workspace_bytes, step.step->workspace_bytes);
    }
    plan_->workspace_offset = reserve(plan_->workspace_bytes);
    plan_->errors_offset = reserve(plan_->error_words * static_cast<int64_t>(sizeof(ErrorWord)));
    for (std::vector<Port>* ports : {&plan_->inputs, &plan_->outputs}) {
      for (Port& port : *ports) {
        const int64_t bytes = port.type.dims.elements() * size_of(port.type.dtype);
        // On a device that shares the host's memory, staging serves misaligned pointers only: it costs address space, not pages.
        if (port.place == Place::device) port.staging = reserve(bytes);
      }
    }
    plan_->arena_bytes = end;
    if (options_.poison) add_poison(*plan_, intervals(Place::device), intervals(Place::host));
  }

  const Graph& graph_;
  DeviceRuntime& device_;
  ConstantStore& store_;
  const PlanOptions options_;
  std::shared_ptr<Plan> plan_;
  PlannedConstants constants_;
  std::vector<int> roots_, last_reader_;
  std::vector<char> pinned_;
  std::vector<std::array<Buffer, 2>> buffers_;
  std::array<std::vector<Interval>, 2> intervals_;
};

}  // namespace

int Plan::launches() const {
  int total = 0;
  for (const PlannedStep& step : steps) total += step.step ? step.step->launches : 0;
  return total;
}

int64_t Plan::bytes() const {
  const auto heap = [](const auto& list) { return static_cast<int64_t>(list.capacity() * sizeof(list[0])); };
  int64_t total = static_cast<int64_t>(sizeof(Plan)) + heap(steps) + heap(inputs) + heap(outputs) + heap(constants) + heap(notes);
  for (const PlannedStep& step : steps) {
    total += kStepBytes + heap(step.in) + heap(step.out) + heap(step.in_types) + heap(step.out_types) + heap(step.text) +
             heap(step.origin);
  }
  return total;
}

std::shared_ptr<const Plan> make_plan(const Graph& graph, DeviceRuntime& device, ConstantStore& store,
                                      const PlanOptions& options) {
  return Planner(graph, device, store, options).make();
}

}  // namespace keraunos::host
