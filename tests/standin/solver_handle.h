// The stand-in's handles of cuSOLVER and cuBLAS, and the frame of their calls. As with cuDNN, where the manual leaves behaviour
// open the least convenient one is chosen: a handle may use its stream at any time, only the thread that set its stream may use
// it, and no call can be captured.
#pragma once

#include <cublas_v2.h>
#include <cusolverDn.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "standin/operation.h"

namespace standin {

struct SolverState {
  static constexpr uint64_t kAlive = 0x736f6c7665;
  std::atomic<uint64_t> alive = kAlive;
  std::atomic<cudaStream_t> stream = nullptr;
  std::atomic<std::thread::id> user{};
};

/// load_solver() then finds no library.
void set_solver_missing(bool missing);

/// CUSOLVER_STATUS_SUCCESS, or why the handle cannot be used now.
cusolverStatus_t check_handle(const SolverState* state);
/// Enqueues a computation on the handle's stream.
cusolverStatus_t enqueue_solver(const SolverState* state, const char* name, std::function<void()> run, std::vector<Range> reads,
                                std::vector<Range> writes);

template <class T>
Range range_of(const T* data, int64_t count) {
  return {data, static_cast<size_t>(count) * sizeof(T)};
}

}  // namespace standin

struct cusolverDnContext : standin::SolverState {};
struct cublasContext : standin::SolverState {};
struct syevjInfo {};
struct gesvdjInfo {};
