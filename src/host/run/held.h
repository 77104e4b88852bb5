// Counts the bytes that a model's sessions hold, where they are allocated: Model::memory() reads the count while sessions run in
// other threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace keraunos::host {

struct Held {
  std::atomic<int64_t> device{0}, host{0};
};

/// The bytes that one owner holds; its destructor subtracts them.
class HeldBytes {
 public:
  explicit HeldBytes(std::shared_ptr<Held> all) : all_(std::move(all)) {}
  ~HeldBytes() { set(0, 0); }
  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;

  void set(int64_t device, int64_t host) noexcept {
    all_->device.fetch_add(device - device_, std::memory_order_relaxed);
    all_->host.fetch_add(host - host_, std::memory_order_relaxed);
    device_ = device, host_ = host;
  }
  int64_t device() const noexcept { return device_; }
  int64_t host() const noexcept { return host_; }

 private:
  const std::shared_ptr<Held> all_;
  int64_t device_ = 0, host_ = 0;
};

}  // namespace keraunos::host
