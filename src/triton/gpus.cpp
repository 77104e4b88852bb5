#include "triton/gpus.h"

#include <cstring>
#include <vector>

#include "keraunos/error.h"

namespace keraunos::triton {

DeviceMemory& Gpus::of(int64_t index, const std::string& what) {
  if (const auto known = used_.find(index); known != used_.end()) return known->second;
  if (index < 0 || index > INT32_MAX)
    throw UsageError(what + " lies in memory of GPU " + std::to_string(index) + ", which is no GPU");
  try {
    return used_.emplace(index, DeviceMemory(Device{Device::cuda, static_cast<int>(index)})).first->second;
  } catch (const DeviceError& error) {
    throw UsageError(what + " lies in memory of GPU " + std::to_string(index) + ", which this server's backend cannot use (" +
                     error.what() + "); use memory of the host");
  }
}

void Gpus::copy(void* to, Device to_where, const void* from, Device from_where, int64_t bytes) {
  if (bytes == 0) return;
  const bool from_gpu = from_where.kind == Device::cuda, to_gpu = to_where.kind == Device::cuda;
  if (!from_gpu && !to_gpu) {
    std::memcpy(to, from, static_cast<size_t>(bytes));
  } else if (!from_gpu) {
    used_.at(to_where.index).copy_in(to, from, bytes);
  } else if (!to_gpu) {
    used_.at(from_where.index).copy_out(to, from, bytes);
  } else if (from_where == to_where) {
    used_.at(from_where.index).copy(to, from, bytes);
  } else {  // from one GPU to another
    std::vector<std::byte> between(static_cast<size_t>(bytes));
    used_.at(from_where.index).copy_out(between.data(), from, bytes);
    used_.at(from_where.index).wait();
    used_.at(to_where.index).copy_in(to, between.data(), bytes);
    used_.at(to_where.index).wait();
  }
}

void Gpus::wait() {
  for (auto& [index, memory] : used_) memory.wait();
}

}  // namespace keraunos::triton
