// Copies constants to a device with its own memory: all on one stream, through two pinned buffers used alternately, so that
// filling one overlaps with copying the other.
#pragma once

#include <array>
#include <memory>
#include <mutex>

#include "host/run/device.h"

namespace keraunos::host {

class Uploader {
 public:
  explicit Uploader(std::shared_ptr<DeviceRuntime> device) : device_(std::move(device)) {}

  /// Returns when `device` holds a copy of `host`; one upload at a time.
  void upload(void* device, const void* host, int64_t bytes);
  /// Frees the stream and the buffers until the next upload.
  void trim();
  /// Bytes of pinned memory in use.
  int64_t bytes() const;

 private:
  struct Buffer {
    std::shared_ptr<void> memory{};
    std::unique_ptr<Mark> copied{};
    bool in_use = false;
  };
  void make_buffers(int64_t bytes);

  const std::shared_ptr<DeviceRuntime> device_;
  mutable std::mutex mutex_;
  std::unique_ptr<Stream> stream_;
  std::array<Buffer, 2> buffers_;
  int64_t buffer_bytes_ = 0;
};

}  // namespace keraunos::host
