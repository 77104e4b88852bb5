// Pinned memory for the inputs, outputs and error words of one plan, on a device with its own memory.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "host/plan/plan.h"
#include "host/run/held.h"

namespace keraunos::host {

class StagedPorts {
 public:
  StagedPorts(const Plan& plan, std::shared_ptr<DeviceRuntime> device, std::shared_ptr<DeviceRuntime> threads,
              const std::shared_ptr<Held>& held)
      : plan_(plan), device_(std::move(device)), threads_(std::move(threads)), held_(held) {}

  /// Estimated bytes for this plan.
  static int64_t bytes(const Plan& plan);
  /// Allocates memory for error words alone, or for all ports; once.
  void reserve_words();
  void reserve_all();

  /// The addresses of inputs and outputs for steps: here for steps on the host, else in the arena.
  void* input_of_steps(size_t index, std::byte* arena) const;
  void* output_of_steps(size_t index, std::byte* arena) const;

  /// Converts and copies the caller's rows. Large inputs are transferred to the device in slices.
  void stage_inputs(std::span<const TensorView> in, int64_t rows, std::byte* arena, Stream& stream);
  /// Copies inputs to the device, except those transferred in slices. May be recorded.
  void copy_inputs(std::byte* arena, Stream& stream) const;
  /// Copies outputs and error words to this memory. May be recorded.
  void copy_outputs(const std::byte* arena, Stream& stream) const;
  void copy_words(const std::byte* arena, Stream& stream) const;
  /// Call after the stream was synchronised.
  void finish(std::span<const MutableView> out) const;
  const ErrorWord* error_words() const { return reinterpret_cast<const ErrorWord*>(memory()); }

 private:
  std::byte* memory() const { return static_cast<std::byte*>(memory_.get()); }
  void allocate(int64_t bytes);
  /// True for an input that is transferred in slices, outside of the recording.
  bool is_sliced(const Port& port) const;

  const Plan& plan_;
  std::shared_ptr<DeviceRuntime> device_, threads_;
  std::shared_ptr<void> memory_;
  HeldBytes held_;
  std::vector<int64_t> in_, out_;  // offsets, after the error words
};

}  // namespace keraunos::host
