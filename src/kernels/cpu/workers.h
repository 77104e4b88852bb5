// The threads of a CPU device. OpenMP's teams do not suit a library that runs steps of microseconds: every calling thread gets
// a team of its own, which oversubscribes the machine, and each region ends in a barrier of all threads, so that one that is
// not scheduled stops everybody (a 100 µs step took 30 ms on a busy machine). Here a job is a row of chunks, cut in as many
// parts as there are threads. A thread takes its own part's chunks one by one, then those that others have not come to: so of
// two threads each mostly meets the rows again that lie in its caches (among more, parts go by order of arrival). The caller
// works too, and waits only for workers that have taken a chunk: one that wakes too late finds the job closed. All models of a
// process share the workers: several callers have jobs at once, each asks only for as many workers as are free, and when none
// is, the job simply runs on its caller's thread. Nothing allocates or locks.
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
  /// `threads` − 1 workers; they sleep when there has been nothing to do for a millisecond or two.
  explicit Workers(int threads);
  /// No threads of its own: jobs run on those of the caller's executor.
  explicit Workers(Executor executor);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Calls run(context, chunk, thread) for every chunk, on at most `threads` threads; `thread` is below that number and no two
  /// calls with one number overlap. False, and nothing done, when the workers are busy.
  bool run(int threads, int64_t chunks, void (*work)(const void* context, int64_t chunk, int thread), const void* context);

  /// The threads that it was made for, the caller's included.
  int threads() const noexcept { return static_cast<int>(threads_.size()) + 1; }

 private:
  // One word says all: bits 0–7 workers inside, 8–15 workers allowed, 16 open, 17–31 number of the job.
  static constexpr uint32_t kInside = 0xff, kAllowedShift = 8, kOpen = 1u << 16, kJob = 1u << 17;
  static constexpr size_t kJobs = 8;  // at once; further callers run theirs alone

  /// Chunks of a job that one thread takes first. A cache line each.
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
  void run_job(Job& job, uint32_t allowed, int64_t chunks);
  void run_by_executor(int threads, int64_t chunks, void (*work)(const void*, int64_t, int), const void* context);
  /// Whether a worker, which left job `done` last in this place, worked on it.
  bool joined(Job& job, uint32_t& done);
  static void take_chunks(Job& job, int thread);

  std::array<Job, kJobs> jobs_;
  std::atomic<uint32_t> posted_{0};  // counts jobs; workers sleep on it
  std::atomic<int32_t> free_{0};     // workers that are in no job
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
  const Executor executor_{};
};

/// The process's workers, for at least so many threads; they end with the last device that holds them. Who asks for more threads
/// than anyone before gets larger ones, which those who come later share.
std::shared_ptr<Workers> shared_workers(int threads);

/// Processors that this process may use.
int available_processors();

}  // namespace keraunos::cpu
