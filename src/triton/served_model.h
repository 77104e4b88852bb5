// A model of the repository; it is loaded once for each device of its instances.
#pragma once

#include <filesystem>
#include <mutex>
#include <utility>
#include <vector>

#include "triton/settings.h"

namespace keraunos::triton {

class ServedModel {
 public:
  /// Loads the model for Settings::device, or for Device::automatic().
  ServedModel(std::filesystem::path file, Settings settings);

  const Described& described() const noexcept { return described_; }
  /// True if the first axis of requests is a batch that Triton counts.
  bool batched() const noexcept { return batched_; }
  void set_batched(bool batched) noexcept { batched_ = batched; }
  /// May be called from any thread; instances of one device share the weights.
  Model on(Device device);

 private:
  std::filesystem::path file_;
  LoadOptions options_;
  std::mutex mutex_;
  std::vector<std::pair<Device, Model>> loaded_;
  Described described_;
  bool batched_ = false;
};

}  // namespace keraunos::triton
