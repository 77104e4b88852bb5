// Threads, chosen for each step: waking a worker takes microseconds, longer than most small steps, so a step on one thread is a
// plain call.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/workers.h"

namespace keraunos::cpu {

/// Threads for a step of `units` independent units that takes about `nanoseconds` on one thread.
inline int threads_for(int most, int64_t units, double nanoseconds) noexcept {
  constexpr double kWorthAThread = 12000;
  const auto affordable = static_cast<int64_t>(std::min(nanoseconds / kWorthAThread, 1024.0));
  return static_cast<int>(std::clamp<int64_t>(std::min(affordable, units), 1, most));
}

/// Time of a float32 convolution's multiplications on one thread; a depthwise one uses each loaded element only once.
inline double convolution_nanoseconds(double multiplications, bool depthwise) noexcept {
  return multiplications * (depthwise ? 0.044 : 0.011);
}

/// Runs body(begin, end, thread) over 0 … count, divided into `shares_per_thread` shares for each thread: several even out
/// threads of different speed, one suits bodies that gain from long ranges.
template <class Body>
void share_out(Workers* workers, int threads, int64_t count, const Body& body, int shares_per_thread = 4) {
  if (count <= 0) return;
  if (threads <= 1 || count <= 1 || workers == nullptr) return body(int64_t{0}, count, 0);
  struct Job {
    const Body& body;
    int64_t count, shares;
  } const job{body, count, std::min<int64_t>(count, int64_t{threads} * shares_per_thread)};
  const auto work = [](const void* context, int64_t share, int thread) {
    const Job& j = *static_cast<const Job*>(context);
    j.body(j.count * share / j.shares, j.count * (share + 1) / j.shares, thread);
  };
  if (!workers->run(threads, job.shares, work, &job)) body(int64_t{0}, count, 0);
}

}  // namespace keraunos::cpu
