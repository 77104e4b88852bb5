#include "kernels/cuda/runtime/stream.h"

#include <utility>

#include "host/run/other_work.h"
#include "keraunos/error.h"
#include "kernels/cuda/runtime/check.h"
#include "kernels/cuda/runtime/handle.h"
#include "kernels/cuda/runtime/properties.h"

namespace keraunos::cuda {

void FaultSlot::keep(std::exception_ptr fault) noexcept {
  const std::lock_guard lock(mutex_);
  if (!fault_) fault_ = std::move(fault);
}

void FaultSlot::rethrow() {
  std::exception_ptr fault;
  {
    const std::lock_guard lock(mutex_);
    fault = std::exchange(fault_, nullptr);
  }
  if (fault) std::rethrow_exception(fault);
}

namespace {

// Runs on a thread of CUDA, which no exception may leave.
void CUDART_CB run_host_work(void* pointer) {
  auto* const item = static_cast<HostWork*>(pointer);
  try {
    item->work();
  } catch (...) {
    item->faults->keep(std::current_exception());
  }
  if (item->once) delete item;
}

class GraphRecording final : public host::Recording {
 public:
  GraphRecording(int device, cudaGraphExec_t exec, std::vector<std::unique_ptr<HostWork>> work)
      : device_(device), exec_(exec), work_(std::move(work)) {}
  ~GraphRecording() override { cudaGraphExecDestroy(exec_); }
  GraphRecording(const GraphRecording&) = delete;
  GraphRecording& operator=(const GraphRecording&) = delete;

  void launch(host::Stream& stream) const override {
    const DeviceScope scope(device_);
    check(cudaGraphLaunch(exec_, stream_of(stream)), "launching a CUDA graph");
  }

 private:
  int device_;
  cudaGraphExec_t exec_;
  std::vector<std::unique_ptr<HostWork>> work_;  // the graph's host nodes point to these
};

struct GraphGuard {
  cudaGraph_t graph = nullptr;
  ~GraphGuard() {
    if (graph != nullptr) cudaGraphDestroy(graph);
  }
};

}  // namespace

Stream::Stream(int device) : device_(device), owned_(true) {
  const DeviceScope scope(device);
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "creating a CUDA stream");
}

Stream::Stream(int device, cudaStream_t borrowed) : device_(device), owned_(false), stream_(borrowed) {}

Stream::~Stream() {
  if (owned_) cudaStreamDestroy(stream_);
}

void Stream::transfer(void* to, const void* from, int64_t bytes, cudaMemcpyKind kind, const char* what) {
  if (bytes == 0) return;
  const DeviceScope scope(device_);
  check(cudaMemcpyAsync(to, from, static_cast<size_t>(bytes), kind, stream_), what);
}

void Stream::copy_in(void* device, const void* host, int64_t bytes) {
  transfer(device, host, bytes, cudaMemcpyHostToDevice, "copying to the GPU");
}

void Stream::copy_out(void* host, const void* device, int64_t bytes) {
  transfer(host, device, bytes, cudaMemcpyDeviceToHost, "copying from the GPU");
}

void Stream::copy(void* to, const void* from, int64_t bytes) {
  if (to == from) return;
  transfer(to, from, bytes, cudaMemcpyDeviceToDevice, "copying on the GPU");
}

void Stream::fill(void* device, int value, int64_t bytes) {
  if (bytes == 0) return;
  const DeviceScope scope(device_);
  check(cudaMemsetAsync(device, value, static_cast<size_t>(bytes), stream_), "filling memory of the GPU");
}

void Stream::host(std::function<void()> work) {
  const DeviceScope scope(device_);
  const bool recording = recorded_ != nullptr;
  if (!recording && capturing()) {
    throw UsageError(
        "the stream is being captured, but this model has a step that runs on the host, which a captured graph could not own; "
        "enqueue it outside of the capture");
  }
  auto item = std::make_unique<HostWork>(HostWork{std::move(work), faults_, !recording});
  check(cudaLaunchHostFunc(stream_, run_host_work, item.get()), "enqueueing a host function");
  if (recording) {
    recorded_->push_back(std::move(item));
  } else {
    static_cast<void>(item.release());  // deletes itself
  }
}

void Stream::synchronize() {
  const DeviceScope scope(device_);
  check(cudaStreamSynchronize(stream_), "waiting for the GPU");
  faults_->rethrow();
}

bool Stream::capturing() const {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  check(cudaStreamIsCapturing(stream_, &status), "asking whether a stream is being captured");
  return status != cudaStreamCaptureStatusNone;
}

std::unique_ptr<host::Recording> Stream::record(const std::function<void()>& work) {
  const DeviceScope scope(device_);
  if (capturing()) return nullptr;
  std::vector<std::unique_ptr<HostWork>> host_work;
  GraphGuard captured;
  check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "beginning to record a CUDA graph");
  recorded_ = &host_work;
  try {
    work();
  } catch (...) {
    recorded_ = nullptr;
    const cudaError_t ended = cudaStreamEndCapture(stream_, &captured.graph);
    cudaGetLastError();
    if (ended == cudaErrorStreamCaptureInvalidated)
      return nullptr;  // the work is then run directly and throws its own error, if it caused this one
    throw;
  }
  recorded_ = nullptr;
  const cudaError_t ended = cudaStreamEndCapture(stream_, &captured.graph);
  if (ended == cudaErrorStreamCaptureInvalidated) {
    cudaGetLastError();
    return nullptr;
  }
  check(ended, "ending the recording of a CUDA graph");
  cudaGraphExec_t exec = nullptr;
  check(cudaGraphInstantiate(&exec, captured.graph, 0), "instantiating a CUDA graph");
  auto recording = std::make_unique<GraphRecording>(device_, exec, std::move(host_work));
  check(cudaGraphUpload(exec, stream_), "uploading a CUDA graph");
  return recording;
}

}  // namespace keraunos::cuda

namespace keraunos::host {

CUstream_st* handle_of(const Stream& stream) noexcept { return cuda::stream_of(stream); }

void start_after(Stream& stream, CUstream_st* other) {
  const cuda::DeviceScope scope(static_cast<const cuda::Stream&>(stream).device());
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  cuda::check(cudaStreamIsCapturing(other, &status), "asking whether a stream is being captured");
  if (status != cudaStreamCaptureStatusNone)
    throw UsageError("an input is computed by a stream that is being captured, so this call cannot wait for it");
  cuda::Handle<cudaEvent_t, cudaEventDestroy> event;
  cuda::check(cudaEventCreateWithFlags(event.receive(), cudaEventDisableTiming), "creating a CUDA event");
  cuda::check(cudaEventRecord(event.get(), other), "recording a CUDA event");
  cuda::check(cudaStreamWaitEvent(cuda::stream_of(stream), event.get(), 0), "making a CUDA stream wait");
}

keraunos::Device place_of(const keraunos::Device& device, const void* address) {
  const cuda::DeviceScope scope(device.index);
  cudaPointerAttributes attributes{};
  cuda::check(cudaPointerGetAttributes(&attributes, address), "asking where an address lies");
  switch (attributes.type) {
    case cudaMemoryTypeDevice: return {.kind = keraunos::Device::cuda, .index = attributes.device};
    case cudaMemoryTypeManaged: return device;
    default: return {};
  }
}

}  // namespace keraunos::host
