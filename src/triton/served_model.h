// A model of the repository, loaded once for each device that its instances run on.
#pragma once

#include <filesystem>
#include <mutex>
#include <utility>
#include <vector>

#include "triton/settings.h"

namespace keraunos::triton {

class ServedModel {
 public:
  /// Loads it for Settings::device, or Device::automatic().
  ServedModel(std::filesystem::path file, Settings settings);

  const Described& described() const noexcept { return described_; }
  /// Requests have rows, which Triton counts.
  bool batched() const noexcept { return batched_; }
  void set_batched(bool batched) noexcept { batched_ = batched; }
  /// From any thread; instances of one device share the weights.
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
