// What the stand-in knows of a cuDNN handle. What the manual leaves open is used against the caller: a handle may look at its
// stream whenever it is used, and a plan at the handle that made it when it ends.
#pragma once

#include <cudnn.h>

#include <atomic>
#include <memory>
#include <thread>

namespace standin {

/// Outlives the handle, as plans refer to it.
struct HandleState {
  std::atomic<bool> alive = true;
  std::atomic<cudaStream_t> stream = nullptr;
  std::atomic<std::thread::id> user{};  ///< by one thread at a time: who executes must be who gave the stream
};

/// Null for what is no handle, or no longer.
std::shared_ptr<HandleState> state_of(cudnnHandle_t handle);
/// The handle's stream is the default one, or exists.
bool has_living_stream(const HandleState& state);

/// Ends the process when another thread of it is in such a scope: the manual asks that the first handle be made alone, and what
/// making, ending and first running a plan load is the process's.
class Alone {
 public:
  explicit Alone(const char* what);
  ~Alone();
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;
};

/// Says so on standard error: for calls whose result nobody looks at.
[[noreturn]] void die(const char* why);

}  // namespace standin
