// The CPU device with oneDNN for all nodes that oneDNN can compute. A call of oneDNN allocates five to eleven blocks of its own:
// the linker redirects its calls here (--wrap), and the thread is marked during each call.
#include <dnnl.h>

#include "kernels/cpu/device.h"
#include "unit/allocations/device.h"

namespace {
thread_local bool inside = false;
}  // namespace

namespace keraunos {

int64_t device_allocations(const host::DeviceRuntime& device) { return cpu::allocations_of(device); }
bool plays_the_driver() noexcept { return inside; }
std::shared_ptr<void> on_device(host::DeviceRuntime&, const void*, int64_t) { return nullptr; }

}  // namespace keraunos

extern "C" {

dnnl_status_t __real_dnnl_primitive_execute(const_dnnl_primitive_t primitive, dnnl_stream_t stream, int count,
                                            const dnnl_exec_arg_t* arguments);

dnnl_status_t __wrap_dnnl_primitive_execute(const_dnnl_primitive_t primitive, dnnl_stream_t stream, int count,
                                            const dnnl_exec_arg_t* arguments) {
  inside = true;
  const dnnl_status_t status = __real_dnnl_primitive_execute(primitive, stream, count, arguments);
  inside = false;
  return status;
}
}
