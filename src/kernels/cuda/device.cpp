// The CUDA device: implements host/run/device.h.
#include "keraunos/error.h"
#include "kernels/cuda/costs.h"
#include "kernels/cuda/operations.h"
#include "kernels/cuda/runtime/mark.h"
#include "kernels/cuda/runtime/memory.h"
#include "kernels/cuda/walk.h"
#include "kernels/cuda_device.h"

namespace keraunos::cuda {
namespace {

class CudaDevice final : public host::DeviceRuntime {
 public:
  CudaDevice(int index, const host::DeviceOptions& options) : context_(std::make_shared<const Context>(index, options)) {}

  keraunos::Device id() const override { return {.kind = keraunos::Device::cuda, .index = context_->device()}; }
  std::string name() const override { return context_->properties().name; }
  bool shares_host_memory() const override { return false; }
  const host::DeviceCosts& costs() const noexcept override { return kCosts; }

  std::shared_ptr<void> allocate(int64_t bytes) override { return allocate_device(context_->device(), bytes); }
  std::shared_ptr<void> allocate_staging(int64_t bytes) override { return allocate_pinned(context_->device(), bytes); }
  std::unique_ptr<host::Stream> make_stream() override { return std::make_unique<Stream>(context_->device()); }
  std::unique_ptr<host::Stream> wrap_stream(CUstream_st* stream) override {
    return std::make_unique<Stream>(context_->device(), stream);
  }

  std::unique_ptr<host::Mark> make_mark() override { return std::make_unique<Mark>(context_->device()); }

  host::Verdict accepts(const host::Graph& graph, const host::Node& node) const override {
    const Query query{{graph, node}, *context_};
    if (query.holds_text()) return host::refused("strings are for kernels on the host");
    return std::visit([&](const auto& op) { return support_of(query, op); }, node.op);
  }
  StepPointer prepare(const host::Graph& graph, const host::Node& node, host::Constants& constants) override {
    const DeviceScope scope(context_->device());
    const Task task{{graph, node}, context_, constants};
    return std::visit([&](const auto& op) { return step_of(task, op); }, node.op);
  }

 private:
  std::shared_ptr<const Context> context_;
};

}  // namespace

host::Verdict up_to_eight_axes(const host::ValueInfo& value) {
  return value.shape.size() > static_cast<size_t>(kMaxAxes) ? host::refused("more than 8 axes") : host::Verdict{};
}

std::shared_ptr<host::DeviceRuntime> make_cuda_device(int index, const host::DeviceOptions& options) {
  require_device(index);
  return std::make_shared<CudaDevice>(index, options);
}

int cuda_device_count() { return device_count(); }

}  // namespace keraunos::cuda
