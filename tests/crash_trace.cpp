// Says where a test program crashed on a machine without a debugger: addresses, for addr2line on a build that is not stripped.
// Which test it was says the output before it, which is written line by line for that.
#include <execinfo.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>

namespace {

void print_trace(int signal) {
  std::array<void*, 64> frames{};
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// For the first thread, should its own stack be spent.
alignas(16) std::array<char, 1 << 16> other_stack;

const bool installed = [] {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::array<void*, 1> frame{};
  backtrace(frame.data(), 1);  // loads what it needs now, not in the handler
  const stack_t stack{.ss_sp = other_stack.data(), .ss_flags = 0, .ss_size = other_stack.size()};
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = print_trace;
  action.sa_flags = SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT}) sigaction(signal, &action, nullptr);
  return true;
}();

}  // namespace
