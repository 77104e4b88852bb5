// Ownership of every C handle of the CUDA libraries.
#pragma once

#include <utility>

namespace keraunos::cuda {

/// Owns one handle of a C library and destroys it with `Destroy`. Move-only. T is a pointer type; null is the empty state.
template <class T, auto Destroy>
class Handle {
 public:
  Handle() = default;
  explicit Handle(T raw) noexcept : raw_(raw) {}
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      raw_ = std::exchange(other.raw_, nullptr);
    }
    return *this;
  }
  ~Handle() { reset(); }

  T get() const noexcept { return raw_; }
  explicit operator bool() const noexcept { return raw_ != nullptr; }
  /// The address for a create call; destroys the current handle.
  T* receive() noexcept {
    reset();
    return &raw_;
  }
  /// Releases the handle without destroying it.
  T release() noexcept { return std::exchange(raw_, nullptr); }
  void reset() noexcept {
    if (raw_ != nullptr) static_cast<void>(Destroy(std::exchange(raw_, nullptr)));
  }

 private:
  T raw_ = nullptr;
};

}  // namespace keraunos::cuda
