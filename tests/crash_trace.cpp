// Reports where a test program crashed on a machine without a debugger: addresses, for addr2line on an unstripped build. The
// output before it, which is written line by line, shows the test.
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

// For the main thread, in case its own stack is exhausted.
alignas(16) std::array<char, 1 << 16> other_stack;

const bool installed = [] {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::array<void*, 1> frame{};
  backtrace(frame.data(), 1);  // loads its library now, not in the handler
  const stack_t stack{.ss_sp = other_stack.data(), .ss_flags = 0, .ss_size = other_stack.size()};
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = print_trace;
  action.sa_flags = SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT}) sigaction(signal, &action, nullptr);
  return true;
}();

}  // namespace
