#include "host/run/instance.h"

#include <algorithm>

#include "host/run/convert.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

bool is_aligned_for(const void* pointer, DType type) {
  const auto size =
      static_cast<uintptr_t>(type == DType::string ? alignof(std::string_view) : static_cast<size_t>(size_of(type)));
  return reinterpret_cast<uintptr_t>(pointer) % size == 0;
}

bool runs_on_host(const PlannedStep& step) {
  return step.kernel != nullptr || step.kind == PlannedStep::poison_on_host || step.kind == PlannedStep::copy_on_host;
}

bool is_recorded(const Plan& plan, const DeviceRuntime& device) {
  return !plan.waits && plan.nested_launches() <= device.costs().recording.most_nested_launches;
}

// True when the device's steps can use the caller's memory in place.
bool is_reachable(const Port& port, const DeviceRuntime& device, const Device& where) {
  return port.place == Place::host || device.shares_host_memory() || where.kind != Device::cpu;
}

}  // namespace

Instance::Instance(std::shared_ptr<const Plan> plan, std::shared_ptr<DeviceRuntime> device,
                   std::shared_ptr<DeviceRuntime> threads, std::vector<void*> states, const std::shared_ptr<Held>& held)
    : plan_(std::move(plan)),
      device_(std::move(device)),
      states_(std::move(states)),
      works_on_host_(std::any_of(plan_->steps.begin(), plan_->steps.end(), runs_on_host)),
      bound_(*plan_),
      inputs_(plan_->inputs.size()),
      outputs_(plan_->outputs.size()),
      staged_(*plan_, device_, std::move(threads), held) {
  if (plan_->waits) read_back_ = std::static_pointer_cast<bool>(device_->allocate_staging(1));
}

int64_t Instance::bytes(const Plan& plan, const DeviceRuntime& device) {
  const int64_t total = static_cast<int64_t>(sizeof(Instance)) + plan.bytes() + plan.constant_bytes + BoundPlan::bytes(plan);
  if (device.shares_host_memory()) return total;
  const int64_t recorded = is_recorded(plan, device) ? device.costs().recording.launch_bytes * plan.launches() : 0;
  return total + StagedPorts::bytes(plan) + recorded;
}

void Instance::bind(Arena& arena) {
  arena.reserve(std::max<int64_t>(plan_->arena_bytes, 1), plan_->host_arena_bytes);
  if (generation_ == arena.generation()) return;
  generation_ = arena.generation();
  recording_.reset();
  bound_.bind({.device = arena.device(), .host = arena.host(), .states = states_});
}

// The caller's memory where the device can use it unchanged, else a copy in the arena.
const void* Instance::readable(const TensorView& view, size_t index, Arena& arena, Stream& stream) {
  const Port& port = plan_->inputs[index];
  const bool as_it_is = view.dtype == port.type.dtype;
  if (is_reachable(port, *device_, view.where) && as_it_is && is_aligned_for(view.data, view.dtype)) return view.data;
  void* copy = arena.device() + port.staging;
  if (!as_it_is) {  // on a device with its own memory only staging converts
    if (!device_->shares_host_memory()) throw InternalError("an input of another dtype was not staged");
    convert(view.data, view.dtype, copy, port.type.dtype, view.dims.elements());
    return copy;
  }
  stream.copy_in(copy, view.data, view.bytes());
  return copy;
}

void* Instance::writable(const MutableView& view, size_t index, Arena& arena) const {
  const Port& port = plan_->outputs[index];
  const bool in_place = is_reachable(port, *device_, view.where) && is_aligned_for(view.data, view.dtype);
  return in_place ? view.data : arena.device() + port.staging;
}

void Instance::enqueue(std::span<const TensorView> in, std::span<const MutableView> out, Arena& arena, Stream& stream,
                       StepClock* clock) {
  bind(arena);
  for (size_t i = 0; i < in.size(); ++i) inputs_[i] = readable(in[i], i, arena, stream);
  for (size_t i = 0; i < out.size(); ++i) outputs_[i] = writable(out[i], i, arena);
  bound_.set_ports(inputs_, outputs_);
  bound_.run_steps(stream, read_back_.get(), clock, max_turns);
  for (size_t i = 0; i < out.size(); ++i) {
    if (outputs_[i] != out[i].data) stream.copy_out(out[i].data, outputs_[i], out[i].bytes());
  }
  words_ = bound_.error_words();
  if (device_->shares_host_memory() || plan_->error_words == 0) return;
  staged_.reserve_words();
  staged_.copy_words(arena.device(), stream);
  words_ = staged_.error_words();
}

void Instance::enqueue_staged(std::span<const TensorView> in, int64_t rows, Arena& arena, Stream& stream, StepClock* clock) {
  bind(arena);
  staged_.reserve_all();
  staged_.stage_inputs(in, rows, arena.device(), stream);
  words_ = staged_.error_words();
  // Also before a replay: its host functions read the addresses here, and a call on another stream may have changed them.
  for (size_t i = 0; i < inputs_.size(); ++i) inputs_[i] = staged_.input_of_steps(i, arena.device());
  for (size_t i = 0; i < outputs_.size(); ++i) outputs_[i] = staged_.output_of_steps(i, arena.device());
  bound_.set_ports(inputs_, outputs_);
  run_recorded(arena, stream, clock);
}

void Instance::run_recorded(Arena& arena, Stream& stream, StepClock* clock) {
  const auto work = [&] {
    staged_.copy_inputs(arena.device(), stream);
    bound_.run_steps(stream, read_back_.get(), clock, max_turns);
    staged_.copy_outputs(arena.device(), stream);
  };
  if (clock != nullptr) return work();
  if (recording_ == nullptr && is_recorded(*plan_, *device_) && ++staged_runs_ > 1) recording_ = stream.record(work);
  if (recording_ != nullptr)
    recording_->launch(stream);
  else
    work();
}

void Instance::finish_staged(std::span<const MutableView> out) {
  check();
  staged_.finish(out);
}

void Instance::check() const {
  for (int i = 0; words_ != nullptr && i < plan_->error_words; ++i) {
    const ErrorWord& word = words_[i];
    if (word.raised != 0) throw DataError(plan_->error_texts[static_cast<size_t>(i)] + std::to_string(word.found));
  }
}

}  // namespace keraunos::host
