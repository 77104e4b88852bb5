#include "standin/fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

#include "standin/sanitizer.h"

#if !defined(__x86_64__)
#error "the stand-in's fibers switch stacks on x86-64 only"
#endif

// standin_switch(save, load): pushes the callee-saved registers, stores the stack pointer in *save and continues with `load`.
asm(R"(
.text
.p2align 4
.type standin_switch,@function
standin_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size standin_switch,.-standin_switch
)");
extern "C" void standin_switch(void** save, void* load);

namespace standin {
namespace {

constexpr size_t kStackBytes = size_t{256} << 10, kGuardBytes = 4096;

// Only one host thread at a time drives fibers, under the stand-in's lock.
Context* switched_from = nullptr;  // the context that was switched away from last
Fiber* entered = nullptr;          // the fiber that was switched to last

void arrive([[maybe_unused]] Context& here) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(here.fake_stack, &switched_from->stack_bottom, &switched_from->stack_bytes);
#endif
}

}  // namespace

void switch_context(Context& from, Context& to) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&from.fake_stack, to.stack_bottom, to.stack_bytes);
#endif
  observe(to.observed_thread);
  switched_from = &from;
  entered = to.fiber;
  standin_switch(&from.stack_pointer, to.stack_pointer);
  arrive(from);
}

Fiber::Fiber(void (*body)(Fiber&)) : body_(body) {
  mapping_ = mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping_ == MAP_FAILED) throw std::bad_alloc();
  mprotect(mapping_, kGuardBytes, PROT_NONE);
  std::byte* const bottom = static_cast<std::byte*>(mapping_) + kGuardBytes;
  // The stack as standin_switch leaves it: six registers, then the return address; at a function's entry the stack pointer is 8
  // bytes off a multiple of 16.
  auto* const top = reinterpret_cast<uintptr_t*>(bottom + kStackBytes) - 8;
  top[6] = reinterpret_cast<uintptr_t>(&Fiber::enter);
  context.fiber = this;
  context.stack_pointer = top;
  context.stack_bottom = bottom;
  context.stack_bytes = kStackBytes;
  context.observed_thread = new_observed_thread();
}

Fiber::~Fiber() {
  unpoison(mapping_, kGuardBytes + kStackBytes);  // an abandoned kernel leaves poisoned memory there
  munmap(mapping_, kGuardBytes + kStackBytes);
}

bool Fiber::contains(const void* address) const {
  const auto* const a = static_cast<const std::byte*>(address);
  const auto* const begin = static_cast<const std::byte*>(mapping_);
  return a >= begin && a < begin + kGuardBytes + kStackBytes;
}

bool Fiber::guards(const void* address) const {
  return contains(address) && static_cast<const std::byte*>(address) < static_cast<const std::byte*>(mapping_) + kGuardBytes;
}

void Fiber::enter() {
  Fiber* const self = entered;
  arrive(self->context);
  self->body_(*self);
  std::abort();
}

std::unique_ptr<Fiber> FiberPool::draw(void (*body)(Fiber&), Random& random) {
  if (idle_.empty()) return std::make_unique<Fiber>(body);
  if constexpr (kThreadSanitizer) std::swap(idle_[random.below(idle_.size())], idle_.back());
  auto fiber = std::move(idle_.back());
  idle_.pop_back();
  return fiber;
}

}  // namespace standin
