// The threads of a CPU device. OpenMP's teams do not suit a library that runs steps of microseconds: every calling thread gets
// its own team, which oversubscribes the machine, and each region ends in a barrier of all threads, so that one unscheduled
// thread stops all others (a 100 µs step took 30 ms on a busy machine). Here a job consists of shares, divided into as many parts
// as there are threads. A thread runs the shares of its own part, then those that others have not begun: so each of two threads
// mostly gets rows that are still in its caches (with more threads, parts are assigned by order of arrival). The caller works
// too, and waits only for workers that have begun a share: a worker that wakes too late finds the job closed. All models of a
// process share the workers: several callers may have jobs at once, each asks for as many workers as are free, and when none is,
// the job runs on its caller's thread. Nothing allocates or locks.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "keraunos/executor.h"

namespace keraunos::cpu {

class Workers {
 public:
  /// `threads` − 1 workers; they sleep after one or two milliseconds without a job.
  explicit Workers(int threads);
  /// Without own threads: jobs run on those of the caller's executor.
  explicit Workers(Executor executor);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Calls run(context, share, thread) for every share, on at most `threads` threads; `thread` is below that number and no two
  /// calls with one number overlap. Returns false without running anything when the workers are busy.
  bool run(int threads, int64_t shares, void (*work)(const void* context, int64_t share, int thread), const void* context);

  /// The number of threads, the caller's included.
  int threads() const noexcept { return static_cast<int>(threads_.size()) + 1; }

 private:
  // One word holds all of it: bits 0–7 workers inside, 8–15 workers allowed, 16 open, 17–31 number of the job.
  static constexpr uint32_t kInside = 0xff, kAllowedShift = 8, kOpen = 1u << 16, kJob = 1u << 17;
  static constexpr size_t kJobs = 8;  // number of jobs at once; further callers run their shares alone

  /// Shares of a job that one thread runs first. One cache line each.
  struct alignas(64) Part {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };
  struct alignas(64) Job {
    std::atomic<uint32_t> state{0};
    std::atomic<bool> taken{false};
    std::vector<Part> parts{};
    int64_t used_parts = 0;
    void (*work)(const void*, int64_t, int) = nullptr;
    const void* context = nullptr;
  };

  void loop();
  Job* take_job();
  void run_job(Job& job, uint32_t allowed, int64_t shares);
  void run_by_executor(int threads, int64_t shares, void (*work)(const void*, int64_t, int), const void* context);
  /// True if the worker, whose last job in this place was `done`, joined the job and worked on it.
  bool joined(Job& job, uint32_t& done);
  static void take_shares(Job& job, int thread);

  std::array<Job, kJobs> jobs_;
  std::atomic<uint32_t> posted_{0};  // number of jobs so far; workers sleep on it
  std::atomic<int32_t> free_{0};     // workers that are in no job
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
  const Executor executor_{};
};

/// The process's workers, at least for this number of threads; they are destroyed with the last device that holds them. A request
/// for more threads than before makes a larger set, which later requests share.
std::shared_ptr<Workers> shared_workers(int threads);

/// Number of processors that this process may use.
int available_processors();

}  // namespace keraunos::cpu
