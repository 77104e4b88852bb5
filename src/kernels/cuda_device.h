// The CUDA functions of a build: kernels/cuda defines them, or cuda_absent.cpp where there was no toolkit.
#pragma once

#include <memory>

#include "host/run/device.h"

namespace keraunos::cuda {

/// DeviceError with a message without a driver, without such a device, or in a build without CUDA.
std::shared_ptr<host::DeviceRuntime> make_cuda_device(int index, const host::DeviceOptions& options);
int cuda_device_count();

}  // namespace keraunos::cuda
