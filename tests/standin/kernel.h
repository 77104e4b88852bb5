// The executor's functions for kernel code, and the description of a kernel in a launch. Kernels are compiled with the
// sanitizers, the executor under TSan is not, so everything here is a call.
#pragma once

#include <cstddef>
#include <span>

namespace standin {

struct Location {
  const char* file = "";
  int line = 0;
};

struct Parameter {
  size_t bytes, alignment;
  bool is_pointer;
};

struct KernelInfo {
  void (*call)(const void* kernel, void* const* arguments);
  std::span<const Parameter> parameters;
};

/// nvcc's start-up code registers kernels with the runtime; here each launch does.
void register_kernel(const void* kernel, const KernelInfo& info);
/// Sets the source location of this host thread's next launch.
void launching_from(Location at);

enum class Coordinate { thread, block, threads, blocks };
/// The coordinates of the running thread, by Coordinate and axis.
struct Position {
  unsigned of[4][3];
};
extern Position position;
/// The same for instrumented code under TSan, which would report accesses to the object above as races.
unsigned coordinate(Coordinate which, int axis);
void* dynamic_shared_memory();
void barrier(Location at);
constexpr unsigned kWarpLanes = 32;
constexpr size_t kLargestExchange = 16;
/// Passes `value` to the other lanes of the warp and replaces it by the value of lane `from`; 0xFF where there is no such lane.
void exchange(void* value, size_t bytes, unsigned from, Location at);
/// Lanes are counted along x first, then y and z, as CUDA does.
unsigned own_lane();

}  // namespace standin
