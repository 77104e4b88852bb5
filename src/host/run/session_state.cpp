#include "host/run/session_state.h"

#include <algorithm>
#include <limits>

#include "host/graph/hash.h"
#include "host/graph/loop_turns.h"
#include "host/run/convert.h"
#include "host/run/in_layer.h"
#include "host/run/step_clock.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

// A model's inputs have the model's dtypes, whatever the caller passes; types of data-dependent results are in `known`.
bool matches(const std::vector<TensorType>& types, std::span<const TensorView> views) {
  return std::equal(types.begin(), types.end(), views.begin(), views.end(),
                    [](const TensorType& t, const TensorView& v) { return t.dims == v.dims; });
}

uint64_t hash_of_dims(std::span<const TensorView> views) {
  Hash hash;
  for (const TensorView& view : views) hash.range(view.dims.span());
  return hash.value();
}

}  // namespace

SessionState::SessionState(const ModelState& model, std::shared_ptr<const ModelState> keep)
    : model_(model),
      keep_(std::move(keep)),
      device_(model.device()),
      stream_(device_->make_stream()),
      arena_(device_, model.held()),
      instances_(model.budget_of_plans()),
      held_by_states_(model.held()) {}

SessionState::~SessionState() {
  try {
    wait_for_enqueued();
  } catch (...) {  // the GPU is lost, and all its work with it
  }
}

void SessionState::wait_for_enqueued() {
  if (!under_way_) return;
  last_enqueued_->wait();
  under_way_ = false;
}

void SessionState::make_room(const Plan& plan) {
  const int64_t device_bytes = std::max<int64_t>(plan.arena_bytes, 1);
  if (arena_.has_room(device_bytes, plan.host_arena_bytes)) return;
  wait_for_enqueued();
  arena_.reserve(device_bytes, plan.host_arena_bytes);
}

// Checks that the caller's memory fits the plan's outputs. `exact` false: a padded batch computes more rows than the caller asked
// for.
void SessionState::check_outputs(const Plan& plan, std::span<const MutableView> out, bool exact) const {
  for (size_t i = 0; i < out.size(); ++i) {
    const TensorType& computed = plan.outputs[i].type;
    const bool fits = exact ? out[i].dims == computed.dims
                            : out[i].dims.rank() == computed.dims.rank() && out[i].dims.elements() <= computed.dims.elements();
    if (fits && out[i].dtype == computed.dtype) continue;
    throw UsageError("output \"" + model_.source().outputs()[i].name + "\" is " + computed.dims.to_string() + ' ' +
                     std::string(name_of(computed.dtype)) + ", but memory was given for " + out[i].dims.to_string() + ' ' +
                     std::string(name_of(out[i].dtype)));
  }
}

Instance& SessionState::instance_for(std::span<const TensorView> in, std::span<const std::vector<TensorType>> known) {
  const auto same = [&](const Entry& entry) { return matches(entry.inputs, in) && std::ranges::equal(entry.known, known); };
  if (Entry* const entry = instances_.find(same, [&] { return hash_of_dims(in); })) {
    entry->instance->max_turns = max_turns_;
    return *entry->instance;
  }
  std::vector<TensorType> types = types_of(in);
  const std::shared_ptr<const Plan> plan = model_.plan_for(std::span(types).first(model_.source().inputs().size()), known);
  if (!plan->states.empty()) check_batch(types[0]);
  auto instance = std::make_unique<Instance>(plan, device_, model_.evaluator(), states_of(*plan), model_.held());
  instance->max_turns = max_turns_;
  const int64_t bytes = Instance::bytes(*plan, *device_);
  if (!instances_.has_room(bytes)) {  // some are removed, with addresses that enqueued work may still read
    wait_for_enqueued();
    stream_->synchronize();
  }
  const auto removed =
      instances_.add(hash_of_dims(in), bytes, {std::move(types), {known.begin(), known.end()}, std::move(instance)});
  for (const auto& item : removed) {
    if (item.entry.instance.get() == current_) current_ = nullptr;
  }
  return *instances_.newest().instance;
}

std::vector<TensorType> SessionState::types_of(std::span<const TensorView> in) const {
  const auto& specs = model_.source().inputs();
  std::vector<TensorType> types;
  for (size_t i = 0; i < in.size(); ++i) types.push_back({i < specs.size() ? specs[i].dtype : in[i].dtype, in[i].dims});
  return types;
}

void SessionState::check_batch(const TensorType& input) const {
  const std::optional<int64_t> rows = fixed_batch(model_.source().inputs());
  if (!rows || input.dims.rank() == 0 || input.dims[0] == *rows) return;
  throw UsageError("the model is stateful and keeps a state for each row of a batch of " + std::to_string(*rows) +
                   ", which its file fixes; this call has " + std::to_string(input.dims[0]) + " rows");
}

// In the plan's order. A segment that ends in a data-dependent kernel reads only some of the states.
std::vector<void*> SessionState::states_of(const Plan& plan) {
  std::vector<void*> memories;
  for (const Plan::StateBuffer& wanted : plan.states) {
    auto state = std::find_if(states_.begin(), states_.end(), [&](const StateMemory& s) { return s.name == wanted.name; });
    if (state == states_.end()) {
      const int64_t bytes = bytes_of(wanted.type);
      states_.push_back({wanted.name, wanted.type, device_->allocate(std::max<int64_t>(bytes, 1))});
      state = std::prev(states_.end());
      stream_->fill_zero(state->memory.get(), bytes);
      stream_->synchronize();
      held_by_states_.set(held_by_states_.device() + bytes, 0);
    }
    if (!(state->type == wanted.type))
      throw UsageError("the state \"" + state->name + "\" has shape " + state->type.dims.to_string() + ", but this call needs " +
                       wanted.type.dims.to_string() + ": a stateful model keeps one batch size; use another Session");
    memories.push_back(state->memory.get());
  }
  return memories;
}

std::vector<TensorType> SessionState::prepare(const std::vector<TensorType>& inputs) {
  std::vector<TensorView> views;
  for (const TensorType& type : inputs) views.emplace_back(nullptr, type.dtype, type.dims);
  const Plan& plan = instance_for(views, {}).plan();
  if (plan.pending)
    throw UsageError("the shapes of this model's results depend on its data, not on the shapes of its inputs alone");
  make_room(plan);
  std::vector<TensorType> outputs;
  for (const Port& port : plan.outputs) outputs.push_back(port.type);
  return outputs;
}

void SessionState::warm(std::span<const TensorView> in) {
  Instance& instance = instance_for(in, {});
  make_room(instance.plan());
  instance.bind(arena_);
}

// Segments read inputs in place, which requires the model's dtypes.
void SessionState::convert_inputs() {
  const auto& specs = model_.source().inputs();
  for (size_t i = 0; i < specs.size(); ++i) {
    if (inputs_[i].dtype == specs[i].dtype) continue;
    Tensor& converted = dynamic_.emplace_back(specs[i].dtype, inputs_[i].dims);
    convert(inputs_[i].data, inputs_[i].dtype, converted.data(), specs[i].dtype, inputs_[i].dims.elements());
    inputs_[i] = converted;
  }
}

// Results are the last of the inputs, in the order of `known_`.
void SessionState::forget_known(size_t first) {
  for (; known_.size() > first; known_.pop_back()) {
    const size_t results = known_.back().size();
    inputs_.erase(inputs_.end() - static_cast<int64_t>(results), inputs_.end());
    dynamic_.erase(dynamic_.end() - static_cast<int64_t>(results), dynamic_.end());
  }
}

Instance& SessionState::run_segments() {
  for (;;) {
    Instance& segment = instance_for(inputs_, known_);
    const auto& pending = segment.plan().pending;
    if (!pending) return segment;
    if (known_.empty() && dynamic_.empty()) convert_inputs();
    std::vector<Tensor> operands;
    std::vector<MutableView> targets;
    std::vector<TensorView> views;
    for (const Port& port : segment.plan().outputs) {
      operands.emplace_back(port.type.dtype, port.type.dims);
      targets.push_back(operands.back().mutable_view());
    }
    segment.enqueue(inputs_, targets, arena_, *stream_);
    stream_->synchronize();
    segment.check();
    for (const Tensor& tensor : operands) views.push_back(tensor);
    std::vector<TensorType> types;
    std::vector<Tensor> results = in_layer(pending->origin, [&] { return pending->kernel->run_dynamic(views); });
    if (pending->replaces) {
      if (results[0].dims()[0] > max_turns_) in_layer(pending->origin, [&] { throw_endless(max_turns_); });
      forget_known(*pending->replaces);
    }
    for (Tensor& result : results) {
      types.push_back({result.dtype(), result.dims()});
      dynamic_.push_back(std::move(result));
      inputs_.push_back(dynamic_.back());
    }
    known_.push_back(std::move(types));
  }
}

void SessionState::run(std::span<const TensorView> in, std::span<const MutableView> out) {
  if (device_->shares_host_memory()) {
    current_ = &instance_for(in, {});
    if (!current_->plan().pending) {
      check_outputs(current_->plan(), out, true);
      current_->enqueue(in, out, arena_, *stream_);
      current_->check();
      return;
    }
  }
  start(in);
  try {
    check_outputs(current_->plan(), out, true);  // only now are shapes known that depend on data
  } catch (...) {
    abandon();
    throw;
  }
  finish(out);
}

void SessionState::run_timed(std::span<const TensorView> in, std::span<const MutableView> out, StepClock& clock) {
  wait_for_enqueued();
  current_ = &instance_for(in, {});
  check_outputs(current_->plan(), out, true);
  clock.begin_run(current_->plan(), *stream_);
  if (device_->shares_host_memory()) {
    current_->enqueue(in, out, arena_, *stream_, &clock);
    current_->check();
  } else {
    try {
      current_->enqueue_staged(in, std::numeric_limits<int64_t>::max(), arena_, *stream_, &clock);
    } catch (...) {
      abandon();
      throw;
    }
    finish(out);
  }
  clock.end_run();
}

void SessionState::start(std::span<const TensorView> in, int64_t rows) {
  wait_for_enqueued();
  inputs_.assign(in.begin(), in.end());
  dynamic_.clear();
  known_.clear();
  try {
    current_ = &run_segments();
    current_->enqueue_staged(inputs_, rows, arena_, *stream_);
  } catch (...) {
    abandon();  // errors of this run must not appear in the next one
    throw;
  }
}

void SessionState::start(std::span<const TensorView> in) { start(in, std::numeric_limits<int64_t>::max()); }

void SessionState::abandon() noexcept {
  try {
    stream_->synchronize();
  } catch (...) {  // its errors are of no interest any more
  }
}

void SessionState::finish(std::span<const MutableView> out) {
  stream_->synchronize();
  check_outputs(current_->plan(), out, false);
  current_->finish_staged(out);
}

void SessionState::reset_states() {
  wait_for_enqueued();
  for (StateMemory& state : states_) stream_->fill_zero(state.memory.get(), bytes_of(state.type));
  stream_->synchronize();
}

Named SessionState::states() {
  wait_for_enqueued();
  Named result;
  for (const StateMemory& state : states_) {
    Tensor copy(state.type.dtype, state.type.dims);
    stream_->copy_out(copy.data(), state.memory.get(), bytes_of(state.type));
    stream_->synchronize();
    result.emplace_back(state.name, std::move(copy));
  }
  return result;
}

void SessionState::set_states(const NamedViews& states) {
  wait_for_enqueued();
  for (const auto& [name, view] : states) {
    const auto found = std::find_if(states_.begin(), states_.end(), [&](const StateMemory& s) { return s.name == name; });
    if (found == states_.end()) throw UsageError("there is no state \"" + name + "\"; run the session once, then see states()");
    if (!(found->type.dims == view.dims) || found->type.dtype != view.dtype) {
      throw UsageError("state \"" + name + "\" is " + found->type.dims.to_string() + ' ' +
                       std::string(name_of(found->type.dtype)) + ", found " + view.dims.to_string() + ' ' +
                       std::string(name_of(view.dtype)));
    }
    stream_->copy_in(found->memory.get(), view.data, view.bytes());
  }
  stream_->synchronize();
}

}  // namespace keraunos::host
