// Threads, chosen per step: a fork costs 5 to 20 µs, more than most small steps take, so one thread means a plain call. The number is a
// clause of the region; the caller's OpenMP settings stay as they are.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace keraunos::cpu {

/// Threads for a step of `units` independent parts that takes about `nanoseconds` on one thread.
inline int threads_for(int most, int64_t units, double nanoseconds) noexcept {
  constexpr double kWorthAThread = 25000;
  const auto affordable = static_cast<int64_t>(std::min(nanoseconds / kWorthAThread, 1024.0));
  return static_cast<int>(std::clamp<int64_t>(std::min(affordable, units), 1, most));
}

/// Runs body(begin, end, thread) over equal shares of 0 … count.
template <class Body>
void share_out(int threads, int64_t count, const Body& body) {
  if (threads <= 1 || count <= 1) {
    if (count > 0) body(int64_t{0}, count, 0);
    return;
  }
#pragma omp parallel num_threads(threads)
  {
    const int64_t team = omp_get_num_threads(), mine = omp_get_thread_num();
    const int64_t begin = count * mine / team, end = count * (mine + 1) / team;
    if (begin < end) body(begin, end, static_cast<int>(mine));
  }
}

}  // namespace keraunos::cpu
