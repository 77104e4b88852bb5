// The stand-in's state of a cuDNN handle. Where the manual leaves behaviour open, the least convenient one is chosen: a handle
// may access its stream whenever it is used, and a plan the handle that created it when it is destroyed.
#pragma once

#include <cudnn.h>

#include <atomic>
#include <memory>
#include <thread>

namespace standin {

/// Outlives the handle, because plans refer to it.
struct HandleState {
  std::atomic<bool> alive = true;
  std::atomic<cudaStream_t> stream = nullptr;
  std::atomic<std::thread::id> user{};  ///< one thread at a time: the thread that executes must be the one that set the stream
};

/// Null for an invalid or destroyed handle.
std::shared_ptr<HandleState> state_of(cudnnHandle_t handle);
/// True if the handle's stream is the default one, or exists.
bool has_living_stream(const HandleState& state);

/// Ends the process when another thread of it is in such a scope: the manual asks that no other thread creates the first handle,
/// and creating, destroying and first running a plan loads libraries of the whole process.
class Alone {
 public:
  explicit Alone(const char* what);
  ~Alone();
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;
};

/// Ends the process with a message on standard error: for calls whose result nobody checks.
[[noreturn]] void die(const char* why);

}  // namespace standin
