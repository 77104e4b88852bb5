// The threads of a CPU device. OpenMP's teams do not suit a library that runs steps of microseconds: every calling thread gets
// a team of its own, which oversubscribes the machine, and each region ends in a barrier of all threads, so that one that is
// not scheduled stops everybody (a 100 µs step took 30 ms on a busy machine). Here a job is a row of chunks, cut in as many
// parts as there are threads. A thread takes its own part's chunks one by one, then those that others have not come to: so of
// two threads each mostly meets the rows again that lie in its caches (among more, parts go by order of arrival). The caller
// works too, and waits only for workers that have taken a chunk: one that wakes too late finds the job closed. When another
// caller already uses the workers, the job simply runs on its own thread. Nothing allocates or locks.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace keraunos::cpu {

class Workers {
 public:
  /// `threads` − 1 workers; they sleep when there has been nothing to do for a millisecond or two.
  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Calls run(context, chunk, thread) for every chunk, on at most `threads` threads; `thread` is below that number and no two
  /// calls with one number overlap. False, and nothing done, when the workers are busy.
  bool run(int threads, int64_t chunks, void (*work)(const void* context, int64_t chunk, int thread), const void* context);

 private:
  void loop();
  void take_chunks(int thread);

  // One word says all: bits 0–7 workers inside, 8–15 workers allowed, 16 open, 17–31 number of the job.
  static constexpr uint32_t kInside = 0xff, kAllowedShift = 8, kOpen = 1u << 16, kJob = 1u << 17;

  /// Chunks of a job that one thread takes first. A cache line each.
  struct alignas(64) Part {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };

  std::atomic<uint32_t> state_{0};
  std::atomic<bool> busy_{false}, stop_{false};
  std::vector<Part> parts_;
  int64_t used_parts_ = 0;
  void (*work_)(const void*, int64_t, int) = nullptr;
  const void* context_ = nullptr;
  std::vector<std::thread> threads_;
};

/// Processors that this process may use.
int available_processors();

}  // namespace keraunos::cpu
