#include "kernels/cpu/workers.h"

#include <algorithm>
#include <mutex>
#include <utility>

#if defined(__linux__)
#include <sched.h>
#endif

namespace keraunos::cpu {
namespace {

// How long a thread waits before it sleeps: about 20 µs of busy waiting, the gap between two small steps; then one or two
// milliseconds of yielding the core, as long as the last share of a large step takes. Only then does it sleep: on virtual
// machines waking a sleeping core takes a large part of a step's time, and a plan has dozens of steps.
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

bool Workers::run(int threads, int64_t shares, void (*work)(const void*, int64_t, int), const void* context) {
  if (executor_) {
    run_by_executor(threads, shares, work, context);
    return true;
  }
  const int32_t free = free_.load(std::memory_order_relaxed);
  Job* const job = free > 0 ? take_job() : nullptr;
  if (job == nullptr) return false;
  job->work = work, job->context = context;
  run_job(*job, static_cast<uint32_t>(std::clamp<int32_t>(threads - 1, 1, free)), shares);
  return true;
}

Workers::Job* Workers::take_job() {
  for (Job& job : jobs_) {
    if (!job.taken.load(std::memory_order_relaxed) && !job.taken.exchange(true, std::memory_order_acquire)) return &job;
  }
  return nullptr;
}

void Workers::run_job(Job& job, uint32_t allowed, int64_t shares) {
  job.used_parts = allowed + 1;
  for (int64_t i = 0; i < job.used_parts; ++i) {
    Part& part = job.parts[static_cast<size_t>(i)];
    part.next.store(shares * i / job.used_parts, std::memory_order_relaxed);
    part.end = shares * (i + 1) / job.used_parts;
  }
  const uint32_t number = (job.state.load(std::memory_order_relaxed) & ~(kJob - 1)) + kJob;
  job.state.store(number | kOpen | allowed << kAllowedShift, std::memory_order_release);
  posted_.fetch_add(1, std::memory_order_release);
  if (allowed + 1 >= threads_.size()) {
    posted_.notify_all();
  } else {
    for (uint32_t i = 0; i < allowed; ++i) posted_.notify_one();
  }
  take_shares(job, 0);
  uint32_t now = job.state.fetch_and(~kOpen, std::memory_order_acq_rel) & ~kOpen;
  for (Patience patience; (now & kInside) != 0; now = job.state.load(std::memory_order_acquire)) {
    if (!patience.wait()) job.state.wait(now, std::memory_order_acquire);
  }
  job.taken.store(false, std::memory_order_release);
}

// Shares that the executor leaves out run here, so that an executor that runs nothing costs only time.
void Workers::run_by_executor(int threads, int64_t shares, void (*work)(const void*, int64_t, int), const void* context) {
  struct Shared {
    int64_t shares, tasks;
    void (*work)(const void*, int64_t, int);
    const void* context;
    std::atomic<int64_t> next{0};
    void take(int64_t task) {
      if (task < 0 || task >= tasks) return;
      for (int64_t share = next.fetch_add(1); share < shares; share = next.fetch_add(1))
        work(context, share, static_cast<int>(task));
    }
  } shared{shares, std::clamp<int64_t>(shares, 1, threads), work, context};
  executor_(shared.tasks, [&shared](int64_t task) { shared.take(task); });
  shared.take(0);
}

void Workers::take_shares(Job& job, int thread) {
  for (int64_t i = 0; i < job.used_parts; ++i) {
    Part& part = job.parts[static_cast<size_t>((thread + i) % job.used_parts)];
    for (int64_t share = part.next.fetch_add(1, std::memory_order_relaxed); share < part.end;
         share = part.next.fetch_add(1, std::memory_order_relaxed)) {
      job.work(job.context, share, thread);
    }
  }
}

bool Workers::joined(Job& job, uint32_t& done) {
  for (uint32_t now = job.state.load(std::memory_order_acquire);;) {
    const uint32_t inside = now & kInside, allowed = now >> kAllowedShift & 0xff;
    if ((now & kOpen) == 0 || (now & ~(kJob - 1)) == done || inside >= allowed) return false;
    // The job's fields do not change while this thread is counted as inside.
    if (!job.state.compare_exchange_weak(now, now + 1, std::memory_order_acq_rel)) continue;
    free_.fetch_sub(1, std::memory_order_relaxed);
    take_shares(job, static_cast<int>(inside) + 1);
    done = now & ~(kJob - 1);
    free_.fetch_add(1, std::memory_order_relaxed);
    if ((job.state.fetch_sub(1, std::memory_order_acq_rel) & (kOpen | kInside)) == 1) job.state.notify_all();
    return true;
  }
}

void Workers::loop() {
  std::array<uint32_t, kJobs> done{};  // by place: the job that this worker left last
  uint32_t seen = 0;                   // value of posted_ when this worker last found no job
  Patience patience;
  for (;;) {
    const uint32_t posted = posted_.load(std::memory_order_acquire);
    // Read after posted_, which the destructor changes after stop_, so that no worker waits for ever.
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
  std::shared_ptr<Workers> smaller;  // destroyed after the lock is released, with its threads
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
