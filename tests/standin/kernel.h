// What the code of a kernel asks of the executor, and what a launch tells of a kernel. Kernels are compiled with the sanitizers,
// the executor under TSan is not, so everything here is a call.
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

/// nvcc's start-up code makes kernels known to the runtime; here each launch does.
void register_kernel(const void* kernel, const KernelInfo& info);
/// Where the next launch of this host thread stands.
void launching_from(Location at);

enum class Coordinate { thread, block, threads, blocks };
/// Where the running thread is, by Coordinate and axis.
struct Position {
  unsigned of[4][3];
};
extern Position position;
/// The same for instrumented code under TSan, to which the object above would be a race.
unsigned coordinate(Coordinate which, int axis);
void* dynamic_shared_memory();
void barrier(Location at);
constexpr unsigned kWarpLanes = 32;
constexpr size_t kLargestExchange = 16;
/// Offers `value` to the other lanes of the warp and replaces it by the value of lane `from`; 0xFF where there is no such lane.
void exchange(void* value, size_t bytes, unsigned from, Location at);
/// Lanes are counted along x first, then y and z, as CUDA does.
unsigned own_lane();

}  // namespace standin
