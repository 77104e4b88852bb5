#include "host/run/instance.h"

#include <algorithm>
#include <cstring>

#include "host/run/convert.h"
#include "host/run/in_layer.h"
#include "host/run/scratch.h"
#include "host/run/stage.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

bool aligned(const void* pointer, DType type) {
  const auto size =
      static_cast<uintptr_t>(type == DType::string ? alignof(std::string_view) : static_cast<size_t>(size_of(type)));
  return reinterpret_cast<uintptr_t>(pointer) % size == 0;
}

bool runs_on_host(const PlannedStep& step) {
  return step.kernel != nullptr || step.kind == PlannedStep::poison_on_host || step.kind == PlannedStep::copy_on_host;
}

constexpr int64_t kRecordedLaunch = 2048;  // of a CUDA graph, on the host and on the device

int64_t rounded(int64_t bytes) { return (bytes + 255) / 256 * 256; }

}  // namespace

int64_t bytes_of(const TensorType& type) { return type.dims.elements() * size_of(type.dtype); }

void Arena::reserve(int64_t device_bytes, int64_t host_bytes) {
  if (has_room(device_bytes, host_bytes)) return;
  if (device_bytes > held_.device()) {
    memory_.reset();  // freed first: two arenas at once may not fit
    held_.set(0, held_.host());
    memory_ = device_->allocate(device_bytes);
    held_.set(device_bytes, held_.host());
  }
  if (host_bytes > held_.host()) {
    host_memory_.reset();
    held_.set(held_.device(), 0);
    host_memory_ = device_->allocate_staging(host_bytes);
    held_.set(held_.device(), host_bytes);
  }
  ++generation_;
}

Instance::Instance(std::shared_ptr<const Plan> plan, std::shared_ptr<DeviceRuntime> device,
                   std::shared_ptr<DeviceRuntime> threads, std::vector<void*> states, const std::shared_ptr<Held>& held)
    : plan_(std::move(plan)),
      device_(std::move(device)),
      threads_(std::move(threads)),
      states_(std::move(states)),
      works_on_host_(std::any_of(plan_->steps.begin(), plan_->steps.end(), runs_on_host)),
      inputs_(plan_->inputs.size()),
      outputs_(plan_->outputs.size()),
      held_(held) {}

int64_t Instance::bytes(const Plan& plan, const DeviceRuntime& device) {
  int64_t total = static_cast<int64_t>(sizeof(Instance)) + plan.bytes() + plan.constant_bytes;
  for (const PlannedStep& step : plan.steps)
    total += static_cast<int64_t>(sizeof(Bound) + (step.in.size() + step.out.size()) * (sizeof(void*) + sizeof(Patch)));
  if (device.shares_host_memory()) return total;
  for (const std::vector<Port>* ports : {&plan.inputs, &plan.outputs}) {
    for (const Port& port : *ports) total += rounded(bytes_of(port.type));
  }
  return total + kRecordedLaunch * plan.launches();
}

void Instance::make_staging(int64_t bytes) {
  staging_ = device_->allocate_staging(bytes);
  held_.set(0, bytes);
}

void* Instance::resolve(const Slot& slot, Arena& arena) const {
  switch (slot.kind) {
    case Slot::absent: return nullptr;
    case Slot::arena: return arena.device() + slot.offset;
    case Slot::host_arena: return arena.host() + slot.offset;
    case Slot::state: return states_[static_cast<size_t>(slot.index)];
    case Slot::constant: return const_cast<void*>(slot.pointer);
    case Slot::input: return arena.device() + plan_->inputs[static_cast<size_t>(slot.index)].staging;
    case Slot::output: return arena.device() + plan_->outputs[static_cast<size_t>(slot.index)].staging;
  }
  return nullptr;
}

void Instance::bind(Arena& arena) {
  arena.reserve(std::max<int64_t>(plan_->arena_bytes, 1), plan_->host_arena_bytes);
  if (generation_ == arena.generation()) return;
  generation_ = arena.generation();
  recording_.reset();
  pointers_.clear(), bound_.clear(), patches_.clear();
  const auto push = [&](const std::vector<Slot>& slots) {
    for (const Slot& slot : slots) {
      if (slot.kind == Slot::input || slot.kind == Slot::output)
        patches_.push_back({pointers_.size(), slot.index, slot.kind == Slot::output});
      pointers_.push_back(resolve(slot, arena));
    }
  };
  for (const PlannedStep& step : plan_->steps) {
    Bound bound{.in = pointers_.size(), .in_count = step.in.size()};
    push(step.in);
    bound.out = pointers_.size(), bound.out_count = step.out.size();
    push(step.out);
    bound_.push_back(bound);
  }
}

void Instance::run_step(size_t index, Arena& arena, Stream& stream) {
  const PlannedStep& step = plan_->steps[index];
  const Bound& bound = bound_[index];
  void* const* in = pointers_.data() + bound.in;
  void* const* out = pointers_.data() + bound.out;
  switch (step.kind) {
    case PlannedStep::to_device: stream.copy_in(out[0], in[0], step.bytes); return;
    case PlannedStep::to_host: stream.copy_out(out[0], in[0], step.bytes); return;
    case PlannedStep::copy: stream.copy(out[0], in[0], step.bytes); return;
    case PlannedStep::poison: stream.fill_invalid(out[0], step.bytes); return;
    case PlannedStep::poison_on_host:
    case PlannedStep::copy_on_host: stream.host([this, index] { run_on_host(index); }); return;
    case PlannedStep::compute: break;
  }
  if (step.kernel != nullptr) {
    stream.host([this, index] { run_on_host(index); });  // small enough to lie inside the std::function
    return;
  }
  auto* words = reinterpret_cast<ErrorWord*>(arena.device() + plan_->errors_offset);
  step.step->enqueue({.in = {const_cast<const void* const*>(in), bound.in_count},
                      .out = {pointers_.data() + bound.out, bound.out_count},
                      .workspace = arena.device() + plan_->workspace_offset,
                      .error = step.error_word < 0 ? nullptr : words + step.error_word,
                      .stream = &stream});
}

void Instance::run_on_host(size_t index) {
  const PlannedStep& step = plan_->steps[index];
  void* const* in = pointers_.data() + bound_[index].in;
  void* const* out = pointers_.data() + bound_[index].out;
  if (step.kind == PlannedStep::poison_on_host) {
    std::memset(out[0], 0xFF, static_cast<size_t>(step.bytes));
    return;
  }
  if (step.kind == PlannedStep::copy_on_host) {
    if (step.bytes > 0) std::memcpy(out[0], in[0], static_cast<size_t>(step.bytes));
    return;
  }
  Scratch scratch;
  auto reads = scratch.list<TensorView>(step.in_types.size());
  auto writes = scratch.list<MutableView>(step.out_types.size());
  for (size_t i = 0; i < step.in_types.size(); ++i) reads.emplace_back(in[i], step.in_types[i].dtype, step.in_types[i].dims);
  for (size_t i = 0; i < step.out_types.size(); ++i)
    writes.push_back({out[i], step.out_types[i].dtype, step.out_types[i].dims, {}});
  in_layer(step.origin, [&] { step.kernel->run(reads, writes); });
}

void Instance::run_steps(Arena& arena, Stream& stream) {
  if (plan_->error_words > 0) {
    stream.fill_zero(arena.device() + plan_->errors_offset, plan_->error_words * static_cast<int64_t>(sizeof(ErrorWord)));
  }
  for (size_t i = 0; i < plan_->steps.size(); ++i) run_step(i, arena, stream);
}

// The caller's own memory where the device can use it as it is, else a copy in the arena.
const void* Instance::readable(const TensorView& view, size_t index, Arena& arena, Stream& stream) {
  const Port& port = plan_->inputs[index];
  const bool reachable = port.place == Place::host || device_->shares_host_memory() || view.where.kind != Device::cpu;
  const bool as_it_is = view.dtype == port.type.dtype;
  if (reachable && as_it_is && aligned(view.data, view.dtype)) return view.data;
  void* copy = arena.device() + port.staging;
  if (!as_it_is) {  // on a device with memory of its own only staging converts
    if (!device_->shares_host_memory()) throw InternalError("an input of another dtype was not staged");
    convert(view.data, view.dtype, copy, port.type.dtype, view.dims.elements());
    return copy;
  }
  stream.copy_in(copy, view.data, view.bytes());
  return copy;
}

void Instance::enqueue(std::span<const TensorView> in, std::span<const MutableView> out, Arena& arena, Stream& stream) {
  bind(arena);
  for (size_t i = 0; i < in.size(); ++i) inputs_[i] = readable(in[i], i, arena, stream);
  for (size_t i = 0; i < out.size(); ++i) {
    const Port& port = plan_->outputs[i];
    const bool reachable = port.place == Place::host || device_->shares_host_memory() || out[i].where.kind != Device::cpu;
    outputs_[i] = reachable && aligned(out[i].data, out[i].dtype) ? out[i].data : arena.device() + port.staging;
  }
  for (const Patch& patch : patches_) {
    const auto index = static_cast<size_t>(patch.index);
    pointers_[patch.position] = patch.output ? outputs_[index] : const_cast<void*>(inputs_[index]);
  }
  run_steps(arena, stream);
  for (size_t i = 0; i < out.size(); ++i) {
    if (outputs_[i] != out[i].data) stream.copy_out(out[i].data, outputs_[i], out[i].bytes());
  }
  const auto* words = reinterpret_cast<const ErrorWord*>(arena.device() + plan_->errors_offset);
  if (!device_->shares_host_memory() && plan_->error_words > 0) {
    const int64_t bytes = plan_->error_words * static_cast<int64_t>(sizeof(ErrorWord));
    if (staging_ == nullptr) make_staging(bytes);
    stream.copy_out(staging_.get(), words, bytes);
    words = static_cast<const ErrorWord*>(staging_.get());
  }
  words_ = words;
}

bool Instance::is_sliced(const Port& port) const { return port.place == Place::device && bytes_of(port.type) >= kManyBytes; }

void Instance::stage_inputs(std::span<const TensorView> in, int64_t rows, Arena& arena, Stream& stream) {
  for (size_t i = 0; i < in.size(); ++i) {
    const Port& port = plan_->inputs[i];
    auto* const to = static_cast<std::byte*>(staging_.get()) + staged_in_[i];
    Staging staging(in[i], rows, port.type.dtype, to);
    if (!is_sliced(port)) {
      staging.finish(*threads_);
      continue;
    }
    for (auto slice = staging.next(*threads_); !slice.empty(); slice = staging.next(*threads_)) {
      stream.copy_in(arena.device() + port.staging + slice.begin, to + slice.begin, slice.end - slice.begin);
    }
  }
}

void Instance::enqueue_staged(std::span<const TensorView> in, int64_t rows, Arena& arena, Stream& stream) {
  bind(arena);
  const int64_t word_bytes = plan_->error_words * static_cast<int64_t>(sizeof(ErrorWord));
  if (staged_in_.empty() && staged_out_.empty()) {
    int64_t total = rounded(word_bytes);
    const auto place = [&](const std::vector<Port>& ports, std::vector<int64_t>& offsets) {
      for (const Port& port : ports) {
        offsets.push_back(total);
        total += rounded(bytes_of(port.type));
      }
    };
    place(plan_->inputs, staged_in_);
    place(plan_->outputs, staged_out_);
    make_staging(std::max<int64_t>(total, 1));
  }
  auto* staging = static_cast<std::byte*>(staging_.get());
  stage_inputs(in, rows, arena, stream);
  words_ = reinterpret_cast<const ErrorWord*>(staging);
  // Also before a replay: its host functions read addresses here, where a call on another stream may have put its own.
  for (const Patch& patch : patches_) {
    const auto index = static_cast<size_t>(patch.index);
    const Port& port = patch.output ? plan_->outputs[index] : plan_->inputs[index];
    const int64_t offset = patch.output ? staged_out_[index] : staged_in_[index];
    pointers_[patch.position] = port.place == Place::host ? staging + offset : arena.device() + port.staging;
  }
  const auto work = [&] {
    for (size_t i = 0; i < plan_->inputs.size(); ++i) {
      const Port& port = plan_->inputs[i];
      if (port.place != Place::device || is_sliced(port)) continue;
      stream.copy_in(arena.device() + port.staging, staging + staged_in_[i], bytes_of(port.type));
    }
    run_steps(arena, stream);
    for (size_t i = 0; i < plan_->outputs.size(); ++i) {
      const Port& port = plan_->outputs[i];
      if (port.place == Place::device)
        stream.copy_out(staging + staged_out_[i], arena.device() + port.staging, bytes_of(port.type));
    }
    if (word_bytes > 0) stream.copy_out(staging, arena.device() + plan_->errors_offset, word_bytes);
  };
  if (recording_ == nullptr && ++staged_runs_ > 1) recording_ = stream.record(work);
  if (recording_ != nullptr)
    recording_->launch(stream);
  else
    work();
}

void Instance::finish_staged(std::span<const MutableView> out) {
  check();
  for (size_t i = 0; i < out.size(); ++i) {
    const auto* from = static_cast<const std::byte*>(staging_.get()) + staged_out_[i];
    copy_on_host(out[i].data, from, out[i].bytes(), *threads_);
  }
}

void Instance::check() const {
  for (int i = 0; words_ != nullptr && i < plan_->error_words; ++i) {
    const ErrorWord& word = words_[i];
    if (word.raised != 0) throw DataError(plan_->error_texts[static_cast<size_t>(i)] + std::to_string(word.found));
  }
}

}  // namespace keraunos::host
