#include "standin/runtime/state.h"

using namespace standin;

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  return call([&](Runtime& r) -> cudaError_t {
    if (event == nullptr || flags > 7) return r.refuse(cudaErrorInvalidValue, "no event has such flags");
    *event = new CUevent_st;
    (*event)->timed = (flags & cudaEventDisableTiming) == 0;
    r.events.insert(*event);
    return cudaSuccess;
  });
}
cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return call([&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = r.check(event); status != cudaSuccess) return status;
    r.events.erase(event);
    delete event;
    return cudaSuccess;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return call([&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = r.check(stream); status != cudaSuccess) return status;
    if (const cudaError_t status = r.check(event); status != cudaSuccess) return status;
    event->capture = stream->capture;
    event->nodes = stream->tips;
    if (stream->capture == nullptr)
      event->recorded = stream->last;
    else
      event->recorded = nullptr;
    return cudaSuccess;
  });
}

namespace {

cudaError_t check_waitable(Runtime& r, cudaEvent_t event) {
  if (const cudaError_t status = r.check(event); status != cudaSuccess) return status;
  if (event->capture == nullptr) return cudaSuccess;
  event->capture->invalid = true;
  return r.refuse(cudaErrorCapturedEvent, "the host asks for an event that was recorded in a capture");
}

}  // namespace

cudaError_t cudaEventQuery(cudaEvent_t event) {
  return unsafe_call("cudaEventQuery", [&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = check_waitable(r, event); status != cudaSuccess) return status;
    const OperationRef recorded = event->recorded;
    r.run_one_towards(recorded);
    if (recorded == nullptr) return cudaSuccess;
    if (!recorded->done) return cudaErrorNotReady;
    Unobserved::acquire(recorded->finished);
    return r.take_fault();
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return unsafe_call("cudaEventSynchronize", [&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = check_waitable(r, event); status != cudaSuccess) return status;
    ++r.counters.synchronisations;
    r.run_until(event->recorded);
    return r.take_fault();
  });
}

// There is no clock: every operation counts as a microsecond.
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return call([&](Runtime& r) -> cudaError_t {
    for (const cudaEvent_t event : {start, end}) {
      if (const cudaError_t status = check_waitable(r, event); status != cudaSuccess) return status;
      if (!event->timed) return r.refuse(cudaErrorInvalidResourceHandle, "an event without timing is asked for the time");
      if (event->recorded != nullptr && !event->recorded->done) return cudaErrorNotReady;
    }
    const auto serial = [](cudaEvent_t event) {
      return event->recorded == nullptr ? 0.0f : static_cast<float>(event->recorded->serial);
    };
    *milliseconds = 1e-3f * (serial(end) - serial(start));
    return cudaSuccess;
  });
}
