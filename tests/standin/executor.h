// Runs a grid of CUDA threads on fibers, block after block. A thread that waits, at a barrier or for its warp, switches to
// another fiber; a fiber whose thread ended takes the next thread that has not begun, so a kernel without barriers runs as a loop
// on one fiber.
#pragma once

#include <cuda_runtime_api.h>

#include <optional>
#include <string>

#include "standin/fiber.h"
#include "standin/kernel.h"

namespace standin {

struct GridLaunch {
  dim3 blocks, threads;
  size_t shared_bytes = 0;
  const void* kernel = nullptr;
  KernelInfo info{};
  void* const* arguments = nullptr;
};

struct Fault {
  cudaError_t error;
  std::string text;
};

/// Runs the kernel to its end, or to its first fault.
std::optional<Fault> run_grid(const GridLaunch& launch, FiberPool& pool, const Policy& policy, Random& random);

/// The running thread: "block (0, 0, 0), thread (7, 0, 0)"; empty between kernels.
std::string running_thread();
/// The fiber that runs kernel code; null between kernels.
const Fiber* running_fiber();
/// True if the access to this address is a stack overflow of the running CUDA thread.
bool overflows_stack(const void* address);
/// Ends the running grid with a fault. Called on the faulty fiber; never returns.
[[noreturn]] void abandon_grid(Fault fault);

}  // namespace standin
