// The CUDA device: what host/run/device.h asks of one.
#include "kernels/cuda_device.h"

#include "kernels/cuda/runtime/mark.h"
#include "kernels/cuda/runtime/memory.h"
#include "kernels/cuda/step.h"
#include "keraunos/error.h"

namespace keraunos::cuda {
namespace {

// The factory of each op.
struct Prepare {
  const Task& task;
  StepPointer operator()(const host::Pointwise& op) const { return make_pointwise(task, op); }
  StepPointer operator()(const host::MatMul& op) const { return make_matmul(task, op); }
  StepPointer operator()(const host::Conv& op) const { return make_conv(task, op); }
  StepPointer operator()(const host::Pool& op) const { return make_pool(task, op); }
  StepPointer operator()(const host::Reduce& op) const { return make_reduce(task, op); }
  StepPointer operator()(const host::Softmax& op) const { return make_softmax(task, op); }
  StepPointer operator()(const host::LayerNorm& op) const { return make_layer_norm(task, op); }
  StepPointer operator()(const host::Reshape& op) const { return make_reshape(task, op); }
  StepPointer operator()(const host::Transpose& op) const { return make_transpose(task, op); }
  StepPointer operator()(const host::Slice& op) const { return make_slice(task, op); }
  StepPointer operator()(const host::Concat& op) const { return make_concat(task, op); }
  StepPointer operator()(const host::Pad& op) const { return make_pad(task, op); }
  StepPointer operator()(const host::Gather& op) const { return make_gather(task, op); }
  StepPointer operator()(const host::Recurrent& op) const { return make_recurrent(task, op); }
  StepPointer operator()(const host::Attention& op) const { return make_attention(task, op); }
  StepPointer operator()(const host::Call& op) const { return make_call(task, op); }
  StepPointer operator()(const host::Loop&) const { throw InternalError("the GPU was given a loop, which it refused"); }
};

class CudaDevice final : public host::DeviceRuntime {
 public:
  CudaDevice(int index, const host::DeviceOptions& options) : context_(std::make_shared<const Context>(index, options)) {}

  keraunos::Device id() const override { return {.kind = keraunos::Device::cuda, .index = context_->device()}; }
  std::string name() const override { return context_->properties().name; }
  bool shares_host_memory() const override { return false; }

  std::shared_ptr<void> allocate(int64_t bytes) override { return allocate_device(context_->device(), bytes); }
  std::shared_ptr<void> allocate_staging(int64_t bytes) override { return allocate_pinned(context_->device(), bytes); }
  std::unique_ptr<host::Stream> make_stream() override { return std::make_unique<Stream>(context_->device()); }
  std::unique_ptr<host::Stream> wrap_stream(CUstream_st* stream) override { return std::make_unique<Stream>(context_->device(), stream); }

  std::unique_ptr<host::Mark> make_mark() override { return std::make_unique<Mark>(context_->device()); }

  host::Verdict accepts(const host::Graph& graph, const host::Node& node) const override { return judge(*context_, graph, node); }
  StepPointer prepare(const host::Graph& graph, const host::Node& node, host::Constants& constants) override {
    const DeviceScope scope(context_->device());
    const Task task{.context = context_, .graph = graph, .node = node, .constants = constants};
    return std::visit(Prepare{task}, node.op);
  }
  bool in_place(const host::Graph& graph, const host::Node& node, int index) const override { return may_overwrite(graph, node, index); }

 private:
  std::shared_ptr<const Context> context_;
};

}  // namespace

std::shared_ptr<host::DeviceRuntime> make_cuda_device(int index, const host::DeviceOptions& options) {
  require_device(index);
  return std::make_shared<CudaDevice>(index, options);
}

int cuda_device_count() { return device_count(); }

}  // namespace keraunos::cuda
