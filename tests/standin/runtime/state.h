// The state of the stand-in, under one lock. There are no threads and no clock: calls of the host run pending operations.
#pragma once

#include <cuda_runtime_api.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "standin/executor.h"
#include "standin/operation.h"
#include "standin/runtime/memory.h"
#include "standin/sanitizer.h"

namespace standin {

/// One queue for TSan: operations that are ordered anyway. A stream has one, and one for each branch of the graphs launched in
/// it.
struct Lane {
  void* agent = new_observed_thread();  ///< for TSan copies and library calls run on this thread
  FiberPool fibers{};                   ///< kernels run on these
};

/// The work of an operation.
struct Work {
  enum Kind : uint8_t { device, host_function, nothing } kind = nothing;
  std::string name{};
  std::function<void(Lane&)> run{};
  std::vector<Range> ranges{};  ///< device and pinned memory that must be live, and whose zones are checked afterwards
  /// Words inside structures that may be pointers to device memory; only zones are checked, because they may as well be padding.
  std::vector<const void*> possible{};
};

/// A node in the graph of all submitted operations. Runs after all its predecessors.
struct Operation {
  std::shared_ptr<const Work> work{};
  Lane* lane = nullptr;
  uint64_t serial = 0;
  std::vector<std::shared_ptr<Operation>> before{}, after{};
  size_t blockers = 0;
  bool done = false;
  uint64_t needed = 0;  ///< number of the search that marked it as needed
  Token submitted{}, finished{};
};
using OperationRef = std::shared_ptr<Operation>;

struct Node {
  std::shared_ptr<const Work> work;
  std::vector<size_t> before;
  size_t branch;  ///< index of the capture's stream
};

struct Capture {
  std::vector<Node> nodes{};
  std::vector<cudaStream_t> streams{};  ///< the first one began the capture
  std::thread::id thread{};
  cudaStreamCaptureMode mode{};
  unsigned long long id = 0;
  bool invalid = false;
};

}  // namespace standin

struct CUstream_st {
  standin::OperationRef last{};
  std::shared_ptr<standin::Capture> capture{};
  std::vector<size_t> tips{};  ///< predecessors of the next node
  size_t branch = 0;
  bool blocking = false;
  int priority = 0;
  std::vector<standin::Lane*> lanes{};
};
struct CUevent_st {
  standin::OperationRef recorded{};
  std::shared_ptr<standin::Capture> capture{};
  std::vector<size_t> nodes{};
  bool timed = false;
};
struct CUgraph_st {
  std::vector<standin::Node> nodes{};
};
struct CUgraphExec_st {
  std::vector<standin::Node> nodes{};
  standin::OperationRef last{};
};

namespace standin {

struct KnownKernel {
  KernelInfo info{};
  size_t allowed_shared = 0;
};

class Runtime {
 public:
  // Scheduling.
  OperationRef add(std::shared_ptr<const Work> work, Lane& lane, std::vector<OperationRef> before);
  /// Appends work to the stream, or to the graph that it is capturing.
  cudaError_t enqueue(cudaStream_t stream, Work work);
  void run_until(const OperationRef& target);  ///< null: nothing
  void run_everything();
  void run_some();  ///< runs some ready operations, as the policy chooses
  void run_one_towards(const OperationRef& target);
  /// The error of an earlier operation, once; otherwise cudaSuccess.
  cudaError_t take_fault();
  void fault(cudaError_t error, std::string text);

  // Refusals.
  cudaError_t refuse(cudaError_t error, std::string text);

  // Handles.
  cudaError_t check(cudaStream_t stream);
  cudaError_t check(cudaEvent_t event);
  Lane& lane_of(cudaStream_t stream, size_t branch);
  /// Refuses calls that are forbidden during a capture, and invalidates that capture.
  cudaError_t check_unsafe(const char* call);

  bool is_live(const Range& range) const;

  Memory memory{};
  std::map<const std::byte*, size_t> pinned{};
  std::set<cudaStream_t> streams{};
  std::set<cudaEvent_t> events{};
  std::set<cudaGraph_t> graphs{};
  std::set<cudaGraphExec_t> execs{};
  std::set<std::shared_ptr<Capture>> captures{};
  std::map<const void*, KnownKernel> kernels{};
  std::vector<Lane*> idle_lanes{};
  Policy policy{};
  Random random{0};
  Counters counters{};
  std::string complaint{};
  cudaError_t complaint_error = cudaSuccess;
  unsigned long long captures_begun = 0;
  bool in_host_function = false;
  int device = 0;

 private:
  using Choice = std::vector<OperationRef>::iterator;
  Choice choose(uint64_t needed);
  void run(Choice choice);
  void perform(const Operation& operation);
  void mark_needed(Operation& target);

  std::vector<OperationRef> ready_{};
  uint64_t serial_ = 0, search_ = 0;
  std::optional<Fault> fault_{};
};

/// The single runtime; use it only within a call().
Runtime& runtime();
/// Makes a stream wait for an event that was recorded in a capture: the stream joins that capture.
cudaError_t join_capture(Runtime& r, cudaStream_t stream, const CUevent_st& event);
/// Set by calls, cleared by cudaGetLastError; each host thread has its own.
cudaError_t& last_error();

/// Holds the lock, invisible to TSan.
class Locked {
 public:
  Locked();
  ~Locked();
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  Unobserved unobserved_{};
};

/// The common frame of every entry point.
template <class Body>
cudaError_t call(Body&& body) {
  const Locked locked;
  Runtime& r = runtime();
  cudaError_t status = cudaSuccess;
  if (r.in_host_function) {
    status = r.refuse(cudaErrorNotPermitted, "a host function calls CUDA");
  } else {
    status = body(r);
    if (r.policy.spontaneous && r.random.below(2) == 0) r.run_some();
  }
  if (status != cudaSuccess && status != cudaErrorNotReady) last_error() = status;
  return status;
}

/// The same for calls that are forbidden during a capture.
template <class Body>
cudaError_t unsafe_call(const char* name, Body&& body) {
  return call([&](Runtime& r) {
    const cudaError_t status = r.check_unsafe(name);
    return status == cudaSuccess ? body(r) : status;
  });
}

}  // namespace standin
