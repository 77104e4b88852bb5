#include "kernels/cpu/workers.h"

#include <algorithm>

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

Workers::Workers(int threads) : parts_(static_cast<size_t>(std::clamp(threads, 1, 256))) {
  for (int i = 1; i < std::min(threads, 256); ++i) threads_.emplace_back([this] { loop(); });
}

Workers::~Workers() {
  stop_.store(true);
  state_.fetch_add(kJob);
  state_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Workers::run(int threads, int64_t chunks, void (*work)(const void*, int64_t, int), const void* context) {
  if (threads_.empty() || busy_.exchange(true, std::memory_order_acquire)) return false;
  const auto allowed = static_cast<uint32_t>(std::clamp<int64_t>(threads - 1, 1, static_cast<int64_t>(threads_.size())));
  work_ = work, context_ = context, used_parts_ = allowed + 1;
  for (int64_t i = 0; i < used_parts_; ++i) {
    Part& part = parts_[static_cast<size_t>(i)];
    part.next.store(chunks * i / used_parts_, std::memory_order_relaxed);
    part.end = chunks * (i + 1) / used_parts_;
  }
  const uint32_t job = (state_.load(std::memory_order_relaxed) & ~(kJob - 1)) + kJob;
  state_.store(job | kOpen | allowed << kAllowedShift, std::memory_order_release);
  state_.notify_all();
  take_chunks(0);
  uint32_t now = state_.fetch_and(~kOpen, std::memory_order_acq_rel) & ~kOpen;
  for (Patience patience; (now & kInside) != 0; now = state_.load(std::memory_order_acquire)) {
    if (!patience.wait()) state_.wait(now, std::memory_order_acquire);
  }
  busy_.store(false, std::memory_order_release);
  return true;
}

void Workers::take_chunks(int thread) {
  for (int64_t i = 0; i < used_parts_; ++i) {
    Part& part = parts_[static_cast<size_t>((thread + i) % used_parts_)];
    for (int64_t chunk = part.next.fetch_add(1, std::memory_order_relaxed); chunk < part.end;
         chunk = part.next.fetch_add(1, std::memory_order_relaxed)) {
      work_(context_, chunk, thread);
    }
  }
}

void Workers::loop() {
  uint32_t done = 0;  // the job this worker has left
  Patience patience;
  for (;;) {
    uint32_t now = state_.load(std::memory_order_acquire);
    // Asked after the state, which the destructor changes last: nobody waits for that in vain.
    if (stop_.load(std::memory_order_relaxed)) return;
    const uint32_t inside = now & kInside, allowed = now >> kAllowedShift & 0xff;
    const bool wanted = (now & kOpen) != 0 && (now & ~(kJob - 1)) != done && inside < allowed;
    if (!wanted) {
      if (!patience.wait()) state_.wait(now, std::memory_order_acquire);
      continue;
    }
    // Being counted inside keeps the job's fields as they are.
    if (!state_.compare_exchange_weak(now, now + 1, std::memory_order_acq_rel)) continue;
    take_chunks(static_cast<int>(inside) + 1);
    done = now & ~(kJob - 1);
    if ((state_.fetch_sub(1, std::memory_order_acq_rel) & (kOpen | kInside)) == 1) state_.notify_all();
    patience.renew();
  }
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
