// Says where a test program crashed on a machine without a debugger: addresses, for addr2line on a build that is not stripped.
#include <execinfo.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace {

void print_trace(int signal) {
  std::array<void*, 64> frames{};
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

const bool installed = [] {
  std::array<void*, 1> frame{};
  backtrace(frame.data(), 1);  // loads what it needs now, not in the handler
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT}) std::signal(signal, print_trace);
  return true;
}();

}  // namespace
