// The simulated GPU: an H100 (SXM5, 80 GB). The limits are those of NVIDIA's programming guide for compute capability 9.0.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <string>

namespace standin {

inline constexpr char kDeviceName[] = "NVIDIA H100 (Keraunos's stand-in on the host)";
inline constexpr size_t kDeviceMemory = size_t{80} << 30;
inline constexpr int kMultiprocessors = 132;
inline constexpr size_t kSharedPerBlock = 48 << 10, kSharedPerBlockOptin = 227 << 10, kSharedPerMultiprocessor = 228 << 10;
inline constexpr size_t kReservedShared = 1 << 10;
inline constexpr unsigned kThreadsPerBlock = 1024, kThreadsPerMultiprocessor = 2048, kBlocksPerMultiprocessor = 32;

/// The reason why a launch with this shape is refused; empty when it is not.
std::string launch_trouble(dim3 blocks, dim3 threads);

}  // namespace standin
