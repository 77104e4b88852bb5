// The caller's own threads.
#pragma once

#include <cstdint>
#include <functional>

namespace keraunos {

/// Calls task(0), task(1), … task(count - 1), each once, and returns when all have returned. They may run at the same time, on
/// any threads, the caller's included, or one after the other; none waits for another and none throws. Concurrent predictions
/// call it concurrently. Tasks that it leaves out run on the calling thread.
using Executor = std::function<void(int64_t count, const std::function<void(int64_t)>& task)>;

}  // namespace keraunos
