#include "standin/runtime/fault.h"

#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "standin/runtime/state.h"

namespace standin {
namespace {

const void* touched = nullptr;

// Runs on the stack of the faulty fiber, from its top: its contents are no longer needed.
[[noreturn]] void end_kernel() {
  Runtime& r = runtime();
  const bool overflow = overflows_stack(touched);
  abandon_grid({overflow ? cudaErrorLaunchFailure : cudaErrorIllegalAddress,
                overflow ? "the stack of a CUDA thread overflows in " + running_thread()
                         : "an access to " + r.memory.describe(touched) + " in " + running_thread()});
}

void say(const std::string& text) {
  const std::string line = "stand-in: " + text + "\n";
  static_cast<void>(!write(STDERR_FILENO, line.data(), line.size()));
}

void on_stray_access(int number, siginfo_t* info, void* context) {
  auto* const machine = static_cast<ucontext_t*>(context);
  const bool ours = runtime().memory.in_region(info->si_addr);
  const Fiber* const fiber = lock_is_mine() ? running_fiber() : nullptr;
  if (fiber != nullptr) {
    touched = info->si_addr;
    const auto top = reinterpret_cast<uintptr_t>(fiber->context.stack_bottom) + fiber->context.stack_bytes;
    machine->uc_mcontext.gregs[REG_RSP] = static_cast<greg_t>(top - 64 - 8);
    machine->uc_mcontext.gregs[REG_RIP] = static_cast<greg_t>(reinterpret_cast<uintptr_t>(&end_kernel));
    return;
  }
  if (ours) {
    say((lock_is_mine() ? "an operation touches " : "host code touches device memory: ") +
        runtime().memory.describe(info->si_addr));
  }
  signal(number, SIG_DFL);  // the access is repeated, and is fatal
}

}  // namespace

void catch_stray_accesses() {
  if (kAddressSanitizer || kThreadSanitizer) return;
  struct sigaction action {};
  action.sa_sigaction = on_stray_access;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigaction(SIGSEGV, &action, nullptr);
}

void use_signal_stack() {
  if (kAddressSanitizer || kThreadSanitizer) return;
  thread_local std::array<std::byte, 32768> stack;
  thread_local bool given = false;
  if (std::exchange(given, true)) return;
  stack_t description{};
  description.ss_sp = stack.data();
  description.ss_size = stack.size();
  sigaltstack(&description, nullptr);
}

}  // namespace standin
