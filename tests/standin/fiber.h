// Fibers: separate stacks between which one host thread switches. A CUDA thread that waits at a barrier is a suspended fiber. A
// switch saves the six callee-saved registers, and informs the sanitizers.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "standin/policy.h"

namespace standin {

class Fiber;

/// A target of a switch: a fiber, or the host thread that drives fibers.
struct Context {
  Fiber* fiber = nullptr;
  void* stack_pointer = nullptr;
  const void* stack_bottom = nullptr;
  size_t stack_bytes = 0;
  void* fake_stack = nullptr;       // ASan's
  void* observed_thread = nullptr;  // TSan's
};

void switch_context(Context& from, Context& to);

class Fiber {
 public:
  /// `body` must never return.
  Fiber(void (*body)(Fiber&));
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  Context context{};
  unsigned assigned = 0;  ///< the CUDA thread to run next
  bool contains(const void* address) const;
  bool guards(const void* address) const;  ///< true if the address is in the guard page: the stack overflowed

 private:
  static void enter();
  void* mapping_;
  void (*body_)(Fiber&);
};

/// Idle fibers. Under TSan each queue of a stream has its own pool and blocks take fibers at random; otherwise races would look
/// like program order.
class FiberPool {
 public:
  std::unique_ptr<Fiber> draw(void (*body)(Fiber&), Random& random);
  void give_back(std::unique_ptr<Fiber> fiber) { idle_.push_back(std::move(fiber)); }

 private:
  std::vector<std::unique_ptr<Fiber>> idle_;
};

}  // namespace standin
