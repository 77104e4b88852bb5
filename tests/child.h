// Work in a separate process with limits of memory and time, so that excesses are detected and do not affect the test program.
#pragma once

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

#include "sanitized.h"

namespace keraunos {

struct Limits {
  unsigned seconds = 10;  ///< of processor time; the limit of elapsed time is three times as long
  int64_t bytes =
      int64_t{1} << 30;  ///< of memory: of address space, except under a sanitizer, which needs terabytes; and of touched memory
};

struct Ending {
  bool sound = false;   ///< it finished within the limits
  std::string trouble;  ///< "ended by signal 11 (Segmentation fault)", "took more than 10 s"
  std::string text;     ///< its output, even when it ended badly
};

/// The child's output reaches the parent through this page, which outlives the child.
class Report {
 public:
  Report() : page_(static_cast<char*>(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~Report() { ::munmap(page_, kBytes); }
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  void say(const std::string& text) {
    const size_t size = text.size() < kBytes - 1 ? text.size() : kBytes - 1;
    std::memcpy(page_, text.data(), size);
    page_[size] = '\0';
  }
  std::string text() const { return page_; }

 private:
  static constexpr size_t kBytes = 1 << 16;
  char* page_;
};

inline void limit(int resource, uint64_t most) {
  const rlimit both{most, most};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

inline std::string trouble_of(int status, const rusage& usage, const Limits& limits) {
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGKILL)) {
    return "took more than " + std::to_string(limits.seconds) + " s";
  }
  if (WIFSIGNALED(status))
    return "ended by signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")";
  if (WEXITSTATUS(status) != 0) return "ended with status " + std::to_string(WEXITSTATUS(status));
  const int64_t touched = int64_t{usage.ru_maxrss} * 1024;
  if (touched > (kSanitized ? 3 : 1) * limits.bytes) return "used " + std::to_string(touched >> 20) + " MiB";
  return {};
}

/// The parent must have no other threads. An exception that leaves `work` ends the child.
inline Ending in_child(const Limits& limits, const std::function<void(Report&)>& work) {
  Report report;
  const pid_t child = ::fork();
  if (child == 0) {
    limit(RLIMIT_CPU, limits.seconds);
    limit(RLIMIT_CORE, 0);
    if (!kSanitized) limit(RLIMIT_AS, static_cast<uint64_t>(limits.bytes));
    ::alarm(3 * limits.seconds);
    work(report);
    ::_exit(0);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  const std::string trouble = trouble_of(status, usage, limits);
  return {trouble.empty(), trouble, report.text()};
}

}  // namespace keraunos
