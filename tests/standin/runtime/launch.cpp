// Kernel launches: launches that a real GPU would refuse are refused, arguments are copied at once, the grid runs when the
// scheduler selects it.
#include <algorithm>
#include <cstring>

#include "standin/runtime/device.h"
#include "standin/runtime/state.h"

using namespace standin;

namespace standin {
namespace {

thread_local Location launch_site;

std::string text_of(dim3 d) { return "(" + std::to_string(d.x) + ", " + std::to_string(d.y) + ", " + std::to_string(d.z) + ")"; }

std::string name_of_launch() {
  const std::string path = launch_site.file;
  return "the kernel launched at " + path.substr(path.find_last_of('/') + 1) + ":" + std::to_string(launch_site.line);
}

/// The arguments of a kernel, which live as long as an operation or a graph needs them.
struct Arguments {
  std::vector<std::unique_ptr<std::max_align_t[]>> values;
  std::vector<void*> pointers;
};

std::shared_ptr<Arguments> copy_arguments(const KernelInfo& info, void** given) {
  auto arguments = std::make_shared<Arguments>();
  for (size_t i = 0; i < info.parameters.size(); ++i) {
    const size_t bytes = info.parameters[i].bytes;
    arguments->values.push_back(std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1));
    arguments->pointers.push_back(arguments->values.back().get());
    std::memcpy(arguments->pointers.back(), given[i], bytes);
  }
  return arguments;
}

/// A pointer argument must point to memory that the GPU can access.
cudaError_t check_pointers(Runtime& r, const KernelInfo& info, void** given, std::vector<Range>& ranges) {
  for (size_t i = 0; i < info.parameters.size(); ++i) {
    if (!info.parameters[i].is_pointer) continue;
    const void* pointer = nullptr;
    std::memcpy(&pointer, given[i], sizeof pointer);
    if (pointer == nullptr) continue;
    if (!r.is_live({pointer, 0})) {
      return r.refuse(cudaErrorInvalidValue,
                      name_of_launch() + ": argument " + std::to_string(i) + " points to " +
                          (r.memory.in_region(pointer) ? r.memory.describe(pointer) : "pageable host memory"));
    }
    ranges.push_back({pointer, 0});
  }
  return cudaSuccess;
}

/// Pointers inside structures are not refused, and may be freed before the kernel runs: a stale one may never be used, and a word
/// of a structure may hold bytes of an earlier pointer in its padding. A use of freed memory is found when the kernel runs.
void add_possible_pointers(const Runtime& r, const KernelInfo& info, const Arguments& arguments,
                           std::vector<const void*>& possible) {
  for (size_t i = 0; i < info.parameters.size(); ++i) {
    for (size_t at = 0; at + sizeof(void*) <= info.parameters[i].bytes; at += sizeof(void*)) {
      const void* pointer = nullptr;
      std::memcpy(&pointer, static_cast<const std::byte*>(arguments.pointers[i]) + at, sizeof pointer);
      if (!info.parameters[i].is_pointer && r.memory.live(pointer) != nullptr) possible.push_back(pointer);
    }
  }
}

cudaError_t check_shape(Runtime& r, const cudaLaunchConfig_t& config, const KnownKernel& kernel) {
  if (std::string trouble = launch_trouble(config.gridDim, config.blockDim); !trouble.empty()) {
    return r.refuse(cudaErrorInvalidConfiguration, name_of_launch() + ": " + trouble);
  }
  if (config.dynamicSmemBytes > kernel.allowed_shared) {
    return r.refuse(cudaErrorInvalidValue, name_of_launch() + " asks for " + std::to_string(config.dynamicSmemBytes) +
                                               " bytes of dynamic shared memory and is allowed " +
                                               std::to_string(kernel.allowed_shared));
  }
  if (config.numAttrs != 0)
    return r.refuse(cudaErrorNotSupported, name_of_launch() + ": the stand-in knows no launch attributes");
  return cudaSuccess;
}

void run_kernel(const GridLaunch& launch, const std::string& name, Lane& lane) {
  Runtime& r = runtime();
  ++r.counters.kernels_launched;
  if (std::optional<Fault> fault = run_grid(launch, lane.fibers, r.policy, r.random)) {
    const Unobserved unobserved;
    r.fault(fault->error, fault->text + ", " + name);
  }
}

}  // namespace

std::string launch_trouble(dim3 blocks, dim3 threads) {
  if (blocks.x == 0 || blocks.y == 0 || blocks.z == 0 || threads.x == 0 || threads.y == 0 || threads.z == 0) {
    return "a grid of " + text_of(blocks) + " blocks of " + text_of(threads) + " threads is empty";
  }
  if (blocks.x > 0x7fffffffu || blocks.y > 65535 || blocks.z > 65535)
    return "a grid of " + text_of(blocks) + " blocks is too large";
  if (threads.x > 1024 || threads.y > 1024 || threads.z > 64 || uint64_t{threads.x} * threads.y * threads.z > kThreadsPerBlock) {
    return "a block of " + text_of(threads) + " threads is too large";
  }
  return {};
}

void register_kernel(const void* kernel, const KernelInfo& info) {
  const Locked locked;
  runtime().kernels.try_emplace(kernel, KnownKernel{info, kSharedPerBlock});
}

void launching_from(Location at) { launch_site = at; }

}  // namespace standin

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* kernel, void** arguments) {
  return call([&](Runtime& r) -> cudaError_t {
    const auto known = r.kernels.find(kernel);
    if (known == r.kernels.end())
      return r.refuse(cudaErrorInvalidDeviceFunction, "a kernel is launched that launch() did not announce");
    if (const cudaError_t status = check_shape(r, *config, known->second); status != cudaSuccess) return status;
    const KernelInfo& info = known->second.info;
    Work work{.kind = Work::device, .name = name_of_launch()};
    if (const cudaError_t status = check_pointers(r, info, arguments, work.ranges); status != cudaSuccess) return status;
    const auto copied = copy_arguments(info, arguments);
    add_possible_pointers(r, info, *copied, work.possible);
    const GridLaunch launch{config->gridDim, config->blockDim, config->dynamicSmemBytes, kernel, info, copied->pointers.data()};
    work.run = [launch, copied, name = work.name](Lane& lane) { run_kernel(launch, name, lane); };
    return r.enqueue(config->stream, std::move(work));
  });
}

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  return call([&](Runtime& r) -> cudaError_t {
    const auto known = r.kernels.find(kernel);
    if (known == r.kernels.end())
      return r.refuse(cudaErrorInvalidDeviceFunction, "an attribute of a kernel that was not announced is set");
    if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return cudaSuccess;
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || value < 0 ||
        static_cast<size_t>(value) > kSharedPerBlockOptin) {
      return r.refuse(cudaErrorInvalidValue, "a kernel cannot be allowed " + std::to_string(value) +
                                                 " bytes of dynamic shared memory; " + std::to_string(kSharedPerBlockOptin) +
                                                 " is the most");
    }
    known->second.allowed_shared = static_cast<size_t>(value);
    return cudaSuccess;
  });
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* kernel) {
  return call([&](Runtime& r) -> cudaError_t {
    const auto known = r.kernels.find(kernel);
    if (known == r.kernels.end())
      return r.refuse(cudaErrorInvalidDeviceFunction, "attributes of a kernel that was not announced are read");
    *attributes = {};
    attributes->maxThreadsPerBlock = static_cast<int>(kThreadsPerBlock);
    attributes->numRegs = 32;
    attributes->ptxVersion = attributes->binaryVersion = 90;
    attributes->maxDynamicSharedSizeBytes = static_cast<int>(known->second.allowed_shared);
    return cudaSuccess;
  });
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int threads, size_t shared_bytes) {
  return call([&](Runtime& r) -> cudaError_t {
    if (threads < 1 || threads > static_cast<int>(kThreadsPerBlock))
      return r.refuse(cudaErrorInvalidValue, "no block has so many threads");
    const unsigned by_threads = kThreadsPerMultiprocessor / ((static_cast<unsigned>(threads) + 31) / 32 * 32);
    const auto by_shared = static_cast<unsigned>(kSharedPerMultiprocessor / (shared_bytes + kReservedShared));
    *blocks = static_cast<int>(std::min({by_threads, by_shared, kBlocksPerMultiprocessor}));
    return cudaSuccess;
  });
}
