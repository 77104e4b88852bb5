// Capturing converts a stream's operations into nodes of a graph, with the edges that streams and events imply.
#include <algorithm>

#include "standin/runtime/state.h"

using namespace standin;

namespace standin {

cudaError_t Runtime::check_unsafe(const char* name) {
  for (const auto& capture : captures) {
    const bool mine = capture->thread == std::this_thread::get_id();
    if (capture->mode == cudaStreamCaptureModeRelaxed || (capture->mode == cudaStreamCaptureModeThreadLocal && !mine)) continue;
    capture->invalid = true;
    return refuse(cudaErrorStreamCaptureUnsupported, std::string(name) + " is called while a stream is being captured");
  }
  return cudaSuccess;
}

cudaError_t join_capture(Runtime& r, cudaStream_t stream, const CUevent_st& event) {
  if (stream->capture != nullptr && stream->capture != event.capture) {
    stream->capture->invalid = event.capture->invalid = true;
    return r.refuse(cudaErrorStreamCaptureMerge, "a stream that is being captured waits for an event of another capture");
  }
  if (!r.captures.contains(event.capture)) {
    return r.refuse(cudaErrorStreamCaptureIsolation,
                    "a stream waits for an event that was recorded in a capture which has ended");
  }
  if (stream->capture == nullptr) {
    stream->capture = event.capture;
    stream->branch = event.capture->streams.size();
    stream->tips.clear();
    event.capture->streams.push_back(stream);
  }
  for (const size_t node : event.nodes) {
    if (std::find(stream->tips.begin(), stream->tips.end(), node) == stream->tips.end()) stream->tips.push_back(node);
  }
  return cudaSuccess;
}

}  // namespace standin

namespace {

/// True if every stream's last nodes are predecessors of the first stream's last nodes.
bool joined(const Capture& capture) {
  std::vector<bool> reached(capture.nodes.size());
  std::vector<size_t> stack = capture.streams.front()->tips;
  while (!stack.empty()) {
    const size_t node = stack.back();
    stack.pop_back();
    if (reached[node]) continue;
    reached[node] = true;
    stack.insert(stack.end(), capture.nodes[node].before.begin(), capture.nodes[node].before.end());
  }
  return std::all_of(capture.streams.begin(), capture.streams.end(), [&](cudaStream_t stream) {
    return std::all_of(stream->tips.begin(), stream->tips.end(), [&](size_t node) { return reached[node]; });
  });
}

void end(Runtime& r, const std::shared_ptr<Capture>& capture) {
  r.captures.erase(capture);
  for (const cudaStream_t stream : capture->streams) {
    stream->capture = nullptr;
    stream->tips.clear();
    stream->branch = 0;
  }
}

}  // namespace

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return call([&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = r.check(stream); status != cudaSuccess) return status;
    if (stream->capture != nullptr) return r.refuse(cudaErrorIllegalState, "the stream is already being captured");
    auto capture = std::make_shared<Capture>();
    capture->streams = {stream};
    capture->thread = std::this_thread::get_id();
    capture->mode = mode;
    capture->id = ++r.captures_begun;
    r.captures.insert(capture);
    stream->capture = std::move(capture);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  return call([&](Runtime& r) -> cudaError_t {
    *graph = nullptr;
    if (const cudaError_t status = r.check(stream); status != cudaSuccess) return status;
    const std::shared_ptr<Capture> capture = stream->capture;
    if (capture == nullptr) return r.refuse(cudaErrorIllegalState, "the stream is not being captured");
    if (capture->mode != cudaStreamCaptureModeRelaxed && capture->thread != std::this_thread::get_id()) {
      return r.refuse(cudaErrorStreamCaptureWrongThread, "a capture is ended by another thread than began it");
    }
    if (capture->streams.front() != stream) {
      capture->invalid = true;
      return r.refuse(cudaErrorStreamCaptureUnmatched, "a capture is ended on a stream that only joined it");
    }
    const bool valid = !capture->invalid, whole = valid && joined(*capture);
    end(r, capture);
    if (!valid) return r.refuse(cudaErrorStreamCaptureInvalidated, "the capture was spoilt by an earlier call: " + r.complaint);
    if (!whole)
      return r.refuse(cudaErrorStreamCaptureUnjoined, "a stream that joined the capture was not joined back to the first one");
    *graph = new CUgraph_st{std::move(capture->nodes)};
    r.graphs.insert(*graph);
    ++r.counters.captured_graphs;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  return cudaStreamGetCaptureInfo(stream, status, nullptr, nullptr, nullptr, nullptr, nullptr);
}

cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, cudaStreamCaptureStatus* status, unsigned long long* id,
                                     cudaGraph_t* graph, const cudaGraphNode_t** nodes, const cudaGraphEdgeData** edges,
                                     size_t* count) {
  return call([&](Runtime& r) -> cudaError_t {
    if (const cudaError_t error = r.check(stream); error != cudaSuccess) return error;
    if (graph != nullptr || nodes != nullptr || edges != nullptr || count != nullptr) {
      return r.refuse(cudaErrorNotSupported, "the stand-in does not show the graph of a capture");
    }
    const Capture* const capture = stream->capture.get();
    *status = capture == nullptr ? cudaStreamCaptureStatusNone
                                 : (capture->invalid ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive);
    if (capture != nullptr && id != nullptr) *id = capture->id;
    return cudaSuccess;
  });
}
