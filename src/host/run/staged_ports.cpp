#include "host/run/staged_ports.h"

#include <algorithm>

#include "host/run/stage.h"

namespace keraunos::host {
namespace {

int64_t aligned_bytes(int64_t bytes) { return (bytes + 255) / 256 * 256; }

int64_t bytes_of_words(const Plan& plan) { return plan.error_words * static_cast<int64_t>(sizeof(ErrorWord)); }

}  // namespace

bool StagedPorts::is_sliced(const Port& port) const {
  return port.place == Place::device && is_shared_copy(bytes_of(port.type), *threads_);
}

int64_t StagedPorts::bytes(const Plan& plan) {
  int64_t total = 0;
  for (const std::vector<Port>* ports : {&plan.inputs, &plan.outputs}) {
    for (const Port& port : *ports) total += aligned_bytes(bytes_of(port.type));
  }
  return total;
}

void StagedPorts::allocate(int64_t bytes) {
  memory_ = device_->allocate_staging(bytes);
  held_.set(0, bytes);
}

void StagedPorts::reserve_words() {
  if (memory_ == nullptr) allocate(bytes_of_words(plan_));
}

void StagedPorts::reserve_all() {
  if (!in_.empty() || !out_.empty()) return;
  int64_t total = aligned_bytes(bytes_of_words(plan_));
  const auto place = [&](const std::vector<Port>& ports, std::vector<int64_t>& offsets) {
    for (const Port& port : ports) {
      offsets.push_back(total);
      total += aligned_bytes(bytes_of(port.type));
    }
  };
  place(plan_.inputs, in_);
  place(plan_.outputs, out_);
  allocate(std::max<int64_t>(total, 1));
}

void* StagedPorts::input_of_steps(size_t index, std::byte* arena) const {
  const Port& port = plan_.inputs[index];
  return port.place == Place::host ? memory() + in_[index] : arena + port.staging;
}

void* StagedPorts::output_of_steps(size_t index, std::byte* arena) const {
  const Port& port = plan_.outputs[index];
  return port.place == Place::host ? memory() + out_[index] : arena + port.staging;
}

void StagedPorts::stage_inputs(std::span<const TensorView> in, int64_t rows, std::byte* arena, Stream& stream) {
  for (size_t i = 0; i < in.size(); ++i) {
    const Port& port = plan_.inputs[i];
    std::byte* const to = memory() + in_[i];
    Staging staging(in[i], rows, port.type.dtype, to);
    if (!is_sliced(port)) {
      staging.finish(*threads_);
      continue;
    }
    for (auto slice = staging.next(*threads_); !slice.empty(); slice = staging.next(*threads_))
      stream.copy_in(arena + port.staging + slice.begin, to + slice.begin, slice.end - slice.begin);
  }
}

void StagedPorts::copy_inputs(std::byte* arena, Stream& stream) const {
  for (size_t i = 0; i < plan_.inputs.size(); ++i) {
    const Port& port = plan_.inputs[i];
    if (port.place == Place::device && !is_sliced(port))
      stream.copy_in(arena + port.staging, memory() + in_[i], bytes_of(port.type));
  }
}

void StagedPorts::copy_outputs(const std::byte* arena, Stream& stream) const {
  for (size_t i = 0; i < plan_.outputs.size(); ++i) {
    const Port& port = plan_.outputs[i];
    if (port.place == Place::device) stream.copy_out(memory() + out_[i], arena + port.staging, bytes_of(port.type));
  }
  copy_words(arena, stream);
}

void StagedPorts::copy_words(const std::byte* arena, Stream& stream) const {
  if (plan_.error_words > 0) stream.copy_out(memory(), arena + plan_.errors_offset, bytes_of_words(plan_));
}

void StagedPorts::finish(std::span<const MutableView> out) const {
  for (size_t i = 0; i < out.size(); ++i) copy_by_threads(out[i].data, memory() + out_[i], out[i].bytes(), *threads_);
}

}  // namespace keraunos::host
