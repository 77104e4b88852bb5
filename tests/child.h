// A piece of work in a process of its own, with limits, so that what it does to its memory or time is found out and harms nobody.
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
  unsigned seconds = 10;  ///< of processor time; three times as many of the clock's
  int64_t bytes =
      int64_t{1} << 30;  ///< of memory: by addresses, but under a sanitizer, which needs terabytes; and by what was touched
};

struct Ending {
  bool sound = false;   ///< it came to its end within the limits
  std::string trouble;  ///< "ended by signal 11 (Segmentation fault)", "took more than 10 s"
  std::string text;     ///< what it said, also when it ended badly
};

/// What the child says reaches the parent through this page, which survives the child's death.
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

/// The parent must have no other threads. `work` may throw only what it means to die of.
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
