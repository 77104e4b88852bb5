#include "kernels/cpu/workers.h"

#include <algorithm>
#include <mutex>
#include <utility>

#if defined(__linux__)
#include <sched.h>
#endif

namespace keraunos::cpu {
namespace {

// How long a thread waits awake: some 20 µs at full speed, the gap between two small steps; then, for a millisecond or two, as
// long as the last chunk of a large step takes, giving its core to whoever wants it. Only then does it sleep: on virtual
// machines waking a core that has gone to sleep costs a good part of a step, and a plan has dozens of steps.
class Patience {
 public:
  /// False when it is time to sleep.
  bool wait() noexcept {
    if (++waited_ > kSpins + kYields) return false;
    if (waited_ > kSpins) {
      std::this_thread::yield();
      return true;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
    return true;
  }
  void renew() noexcept { waited_ = 0; }

 private:
  static constexpr int kSpins = 600, kYields = 4000;
  int waited_ = 0;
};

}  // namespace

Workers::Workers(int threads) : free_(std::clamp(threads, 1, 256) - 1) {
  const int count = std::clamp(threads, 1, 256);
  for (Job& job : jobs_) job.parts = std::vector<Part>(static_cast<size_t>(count));
  for (int i = 1; i < count; ++i) threads_.emplace_back([this] { loop(); });
}

Workers::Workers(Executor executor) : executor_(std::move(executor)) {}

Workers::~Workers() {
  stop_.store(true);
  posted_.fetch_add(1);
  posted_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Workers::run(int threads, int64_t chunks, void (*work)(const void*, int64_t, int), const void* context) {
  if (executor_) {
    run_by_executor(threads, chunks, work, context);
    return true;
  }
  const int32_t free = free_.load(std::memory_order_relaxed);
  Job* const job = free > 0 ? take_job() : nullptr;
  if (job == nullptr) return false;
  job->work = work, job->context = context;
  run_job(*job, static_cast<uint32_t>(std::clamp<int32_t>(threads - 1, 1, free)), chunks);
  return true;
}

Workers::Job* Workers::take_job() {
  for (Job& job : jobs_) {
    if (!job.taken.load(std::memory_order_relaxed) && !job.taken.exchange(true, std::memory_order_acquire)) return &job;
  }
  return nullptr;
}

void Workers::run_job(Job& job, uint32_t allowed, int64_t chunks) {
  job.used_parts = allowed + 1;
  for (int64_t i = 0; i < job.used_parts; ++i) {
    Part& part = job.parts[static_cast<size_t>(i)];
    part.next.store(chunks * i / job.used_parts, std::memory_order_relaxed);
    part.end = chunks * (i + 1) / job.used_parts;
  }
  const uint32_t number = (job.state.load(std::memory_order_relaxed) & ~(kJob - 1)) + kJob;
  job.state.store(number | kOpen | allowed << kAllowedShift, std::memory_order_release);
  posted_.fetch_add(1, std::memory_order_release);
  if (allowed + 1 >= threads_.size()) {
    posted_.notify_all();
  } else {
    for (uint32_t i = 0; i < allowed; ++i) posted_.notify_one();
  }
  take_chunks(job, 0);
  uint32_t now = job.state.fetch_and(~kOpen, std::memory_order_acq_rel) & ~kOpen;
  for (Patience patience; (now & kInside) != 0; now = job.state.load(std::memory_order_acquire)) {
    if (!patience.wait()) job.state.wait(now, std::memory_order_acquire);
  }
  job.taken.store(false, std::memory_order_release);
}

// Whatever the executor leaves undone is done here, so that one that runs nothing costs time only.
void Workers::run_by_executor(int threads, int64_t chunks, void (*work)(const void*, int64_t, int), const void* context) {
  struct Shared {
    int64_t chunks, tasks;
    void (*work)(const void*, int64_t, int);
    const void* context;
    std::atomic<int64_t> next{0};
    void take(int64_t task) {
      if (task < 0 || task >= tasks) return;
      for (int64_t chunk = next.fetch_add(1); chunk < chunks; chunk = next.fetch_add(1))
        work(context, chunk, static_cast<int>(task));
    }
  } shared{chunks, std::clamp<int64_t>(chunks, 1, threads), work, context};
  executor_(shared.tasks, [&shared](int64_t task) { shared.take(task); });
  shared.take(0);
}

void Workers::take_chunks(Job& job, int thread) {
  for (int64_t i = 0; i < job.used_parts; ++i) {
    Part& part = job.parts[static_cast<size_t>((thread + i) % job.used_parts)];
    for (int64_t chunk = part.next.fetch_add(1, std::memory_order_relaxed); chunk < part.end;
         chunk = part.next.fetch_add(1, std::memory_order_relaxed)) {
      job.work(job.context, chunk, thread);
    }
  }
}

bool Workers::joined(Job& job, uint32_t& done) {
  for (uint32_t now = job.state.load(std::memory_order_acquire);;) {
    const uint32_t inside = now & kInside, allowed = now >> kAllowedShift & 0xff;
    if ((now & kOpen) == 0 || (now & ~(kJob - 1)) == done || inside >= allowed) return false;
    // Being counted inside keeps the job's fields as they are.
    if (!job.state.compare_exchange_weak(now, now + 1, std::memory_order_acq_rel)) continue;
    free_.fetch_sub(1, std::memory_order_relaxed);
    take_chunks(job, static_cast<int>(inside) + 1);
    done = now & ~(kJob - 1);
    free_.fetch_add(1, std::memory_order_relaxed);
    if ((job.state.fetch_sub(1, std::memory_order_acq_rel) & (kOpen | kInside)) == 1) job.state.notify_all();
    return true;
  }
}

void Workers::loop() {
  std::array<uint32_t, kJobs> done{};  // in each place, the job this worker has left
  uint32_t seen = 0;                   // posted when this worker last looked for a job and found none
  Patience patience;
  for (;;) {
    const uint32_t posted = posted_.load(std::memory_order_acquire);
    // Asked after the count, which the destructor changes last: nobody waits for that in vain.
    if (stop_.load(std::memory_order_relaxed)) return;
    bool worked = false;
    for (size_t i = 0; posted != seen && i < kJobs; ++i) worked = joined(jobs_[i], done[i]) || worked;
    if (worked) {
      patience.renew();
      continue;
    }
    seen = posted;
    if (!patience.wait()) posted_.wait(posted, std::memory_order_acquire);
  }
}

std::shared_ptr<Workers> shared_workers(int threads) {
  static std::mutex mutex;
  static std::weak_ptr<Workers> current;
  std::shared_ptr<Workers> smaller;  // dies after the lock, with its threads
  const std::lock_guard lock(mutex);
  smaller = current.lock();
  if (smaller != nullptr && smaller->threads() >= std::min(threads, 256)) return smaller;
  auto larger = std::make_shared<Workers>(threads);
  current = larger;
  return larger;
}

int available_processors() {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(CPU_COUNT(&set), 1);
#endif
  return std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
}

}  // namespace keraunos::cpu
