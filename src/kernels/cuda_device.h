// What a build offers of CUDA: kernels/cuda defines these, or cuda_absent.cpp where the toolkit was not there.
#pragma once

#include <memory>

#include "host/run/device.h"

namespace keraunos::cuda {

/// DeviceError in words without a driver, without such a device, or in a build without CUDA.
std::shared_ptr<host::DeviceRuntime> make_cuda_device(int index, const host::DeviceOptions& options);
int cuda_device_count();

}  // namespace keraunos::cuda
