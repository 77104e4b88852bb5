// Runs of a session that read and write memory of a device: on the caller's stream, or on the session's own.
#include "host/run/session_state.h"
#include "keraunos/error.h"

namespace keraunos::host {

void SessionState::enqueue(std::span<const TensorView> in, std::span<const MutableView> out, CUstream_st* stream) {
  if (foreign_ == nullptr || foreign_handle_ != stream) {
    wait_for_enqueued();  // nothing orders the work of two streams that share the arena
    foreign_ = device_->wrap_stream(stream);
  }
  foreign_handle_ = stream;
  current_ = &instance_for(in, {});
  if (current_->plan().pending)
    throw UsageError("this model's shapes depend on its data, so it cannot be enqueued without waiting; use run()");
  if (current_->plan().waits)
    throw UsageError("a condition of this model is read back while it runs, so it cannot be enqueued without waiting; use run()");
  check_outputs(current_->plan(), out, true);
  for (size_t i = 0; i < in.size(); ++i) {
    if (current_->plan().inputs[i].place == Place::host && in[i].where.kind != keraunos::Device::cpu)
      throw UsageError("input \"" + model_.source().inputs()[i].name + "\" is read by a step on the host, but lies on " +
                       in[i].where.to_string() + ": pass it in memory of the CPU");
  }
  make_room(current_->plan());
  if (current_->works_on_host()) wait_for_enqueued();
  if (last_enqueued_ == nullptr) last_enqueued_ = device_->make_mark();
  try {
    current_->enqueue(in, out, arena_, *foreign_);
  } catch (...) {
    mark();
    throw;
  }
  mark();
}

void SessionState::mark() {
  last_enqueued_->set(*foreign_);
  under_way_ = true;
}

void SessionState::check() {
  if (foreign_ != nullptr) foreign_->rethrow();
  if (current_ != nullptr) current_->check();
}

void SessionState::fetch_inputs(const Plan& plan) {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (plan.inputs[i].place != Place::host || inputs_[i].where.kind == keraunos::Device::cpu) continue;
    Tensor& copy = dynamic_.emplace_back(inputs_[i].dtype, inputs_[i].dims);
    stream_->copy_out(copy.data(), inputs_[i].data, inputs_[i].bytes());
    inputs_[i] = copy;
  }
  if (!dynamic_.empty()) stream_->synchronize();
}

void SessionState::run_in_place(std::span<const TensorView> in, std::span<const MutableView> out) {
  wait_for_enqueued();
  current_ = &instance_for(in, {});
  const Plan& plan = current_->plan();
  if (plan.pending)
    throw UsageError("the shapes of this model's results depend on its data; pass inputs in memory of the CPU to predict()");
  check_outputs(plan, out, true);
  inputs_.assign(in.begin(), in.end());
  dynamic_.clear();
  known_.clear();
  try {
    fetch_inputs(plan);
    current_->enqueue(inputs_, out, arena_, *stream_);
    stream_->synchronize();
  } catch (...) {
    abandon();
    throw;
  }
  current_->check();
}

}  // namespace keraunos::host
