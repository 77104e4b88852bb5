#include "standin/runtime/state.h"

using namespace standin;

namespace {

cudaError_t create(cudaStream_t* stream, unsigned flags, int priority) {
  return call([&](Runtime& r) -> cudaError_t {
    if (stream == nullptr || flags > cudaStreamNonBlocking) return r.refuse(cudaErrorInvalidValue, "no stream has such flags");
    *stream = new CUstream_st;
    (*stream)->blocking = flags == cudaStreamDefault;
    (*stream)->priority = priority;
    r.streams.insert(*stream);
    return cudaSuccess;
  });
}

}  // namespace

cudaError_t cudaStreamCreate(cudaStream_t* stream) { return create(stream, cudaStreamDefault, 0); }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) { return create(stream, flags, 0); }
cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int priority) {
  return create(stream, flags, priority);
}
cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  *least = 0;
  *greatest = -5;
  return cudaSuccess;
}

// Submitted work still runs.
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return call([&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = r.check(stream); status != cudaSuccess) return status;
    if (stream->capture != nullptr) {
      stream->capture->invalid = true;
      std::erase(stream->capture->streams, stream);
    }
    r.idle_lanes.insert(r.idle_lanes.begin(), stream->lanes.begin(), stream->lanes.end());
    r.streams.erase(stream);
    delete stream;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return unsafe_call("cudaStreamSynchronize", [&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = r.check(stream); status != cudaSuccess) return status;
    if (stream->capture != nullptr) {
      stream->capture->invalid = true;
      return r.refuse(cudaErrorStreamCaptureUnsupported, "a stream that is being captured is waited for");
    }
    ++r.counters.synchronisations;
    r.run_until(stream->last);
    return r.take_fault();
  });
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return unsafe_call("cudaStreamQuery", [&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = r.check(stream); status != cudaSuccess) return status;
    if (stream->capture != nullptr) {
      stream->capture->invalid = true;
      return r.refuse(cudaErrorStreamCaptureUnsupported, "a stream that is being captured is asked whether it is done");
    }
    const OperationRef last = stream->last;
    r.run_one_towards(last);
    if (last != nullptr && !last->done) return cudaErrorNotReady;
    if (last != nullptr) Unobserved::acquire(last->finished);
    return r.take_fault();
  });
}

cudaError_t cudaDeviceSynchronize() {
  return unsafe_call("cudaDeviceSynchronize", [](Runtime& r) -> cudaError_t {
    ++r.counters.synchronisations;
    r.run_everything();
    for (const cudaStream_t stream : r.streams) {
      if (stream->last != nullptr) Unobserved::acquire(stream->last->finished);
    }
    return r.take_fault();
  });
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* argument) {
  return call([&](Runtime& r) -> cudaError_t {
    if (function == nullptr) return r.refuse(cudaErrorInvalidValue, "no host function");
    return r.enqueue(stream, {Work::host_function, "a host function", [=](Lane&) { function(argument); }, {}});
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags) {
  return call([&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = r.check(stream); status != cudaSuccess) return status;
    if (const cudaError_t status = r.check(event); status != cudaSuccess) return status;
    if (flags != 0 && flags != cudaEventWaitExternal) return r.refuse(cudaErrorInvalidValue, "no wait has such flags");
    if (event->capture != nullptr) return join_capture(r, stream, *event);
    if (event->recorded == nullptr) return cudaSuccess;
    if (stream->capture != nullptr) {
      stream->capture->invalid = true;
      return r.refuse(cudaErrorStreamCaptureIsolation,
                      "a stream that is being captured waits for an event recorded outside of the capture");
    }
    static const auto wait = std::make_shared<const Work>(Work{.kind = Work::nothing, .name = "a wait for an event"});
    stream->last = r.add(wait, r.lane_of(stream, 0), {stream->last, event->recorded});
    return cudaSuccess;
  });
}
