// The interface between the runtime's stand-in and the stand-ins of the libraries: the computation of a library call becomes an
// operation of a stream.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace standin {

/// Device memory that an operation accesses.
struct Range {
  const void* data;
  size_t bytes;
};

/// Adds an operation to `stream` (or a node to the graph that it is capturing). `run` executes later, when the scheduler selects
/// it, with device memory readable. `reads`/`writes` are checked against live allocations now (otherwise cudaErrorInvalidValue +
/// a message in last_complaint()); they do not order operations.
cudaError_t submit(cudaStream_t stream, const char* name, std::function<void()> run, std::vector<Range> reads,
                   std::vector<Range> writes);

bool is_device_memory(const void* pointer, size_t bytes);
/// True for a stream that was created and not destroyed.
bool is_stream(cudaStream_t stream);

/// Seeds scheduler and executor policies; 0 = submission order, thread order. Resets nothing else.
void set_seed(uint64_t seed);

/// Sets whether the process is ending and CUDA is being unloaded: cudaGetDevice then returns an error, and a use of the libraries
/// ends the process.
void set_unloading(bool unloading);
bool is_unloading();

/// Human-readable text of the last refusal or detected fault (out-of-bounds store into a red zone, different barriers, bad launch
/// …).
std::string last_complaint();

/// Counts since the process started.
struct Counters {
  uint64_t kernels_launched = 0;
  uint64_t graph_launches = 0;
  uint64_t captured_graphs = 0;
  uint64_t copies_to_device = 0;
  uint64_t copies_to_host = 0;
  uint64_t copies_on_device = 0;
  uint64_t bytes_to_device = 0;
  uint64_t bytes_to_host = 0;
  uint64_t bytes_on_device = 0;
  uint64_t allocations = 0;
  uint64_t frees = 0;
  uint64_t synchronisations = 0;
};
Counters counters();

/// Proves that the stand-in is linked instead of the real runtime.
extern const char kMarker[];

}  // namespace standin
