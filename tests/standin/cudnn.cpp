// The cuDNN backend API replaced at link time, behind the real header: handles, descriptors and execution. The described graph is
// computed (cudnn_chain.h), and refusals have the codes of the real library. Where the manual leaves behaviour open, the least
// convenient one is chosen: workspaces have odd sizes and are overwritten, outputs are filled with NaN before anything is read,
// heuristics announce more results than they return.
#include <cudnn.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

#include "standin/cudnn_compute.h"
#include "standin/cudnn_engines.h"
#include "standin/cudnn_handle.h"
#include "standin/no_memory.h"
#include "standin/operation.h"

struct cudnnContext {
  static constexpr uint64_t kAlive = 0x63756e6e;
  uint64_t alive = kAlive;
  std::shared_ptr<standin::HandleState> state = std::make_shared<standin::HandleState>();
};

namespace standin {
namespace {

std::string& last_cudnn_reason() {
  thread_local std::string reason;
  return reason;
}

cudnnStatus_t plan_lacks_memory() {
  return refuse(CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED, "no memory inside the library");
}

bool alive(cudnnHandle_t handle) { return handle != nullptr && handle->alive == cudnnContext::kAlive; }

/// The addresses in a variant pack for the tensors of a graph.
class Addresses {
 public:
  explicit Addresses(const Record& pack)
      : ids_(pack.values<int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS)),
        pointers_(pack.values<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS)) {}

  cudnnStatus_t find(const TensorState& tensor, void** address) const {
    const auto at = std::ranges::find(ids_, tensor.id);
    if (at == ids_.end())
      return refuse(CUDNN_STATUS_BAD_PARAM, "the pack has no address for tensor " + std::to_string(tensor.id));
    *address = pointers_[static_cast<size_t>(at - ids_.begin())];
    if (*address == nullptr)
      return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "tensor " + std::to_string(tensor.id) + " is null");
    if (std::bit_cast<uintptr_t>(*address) % static_cast<uint64_t>(tensor.alignment) != 0) {
      return refuse(CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER,
                    "tensor " + std::to_string(tensor.id) + " is less aligned than declared");
    }
    return CUDNN_STATUS_SUCCESS;
  }

 private:
  std::vector<int64_t> ids_;
  std::vector<void*> pointers_;
};

struct Call {
  ChainCall chain;
  std::vector<Range> reads, writes;
};

Range range(const void* data, int64_t bytes) { return {data, static_cast<size_t>(bytes)}; }

/// Finds every operand of the chain and its range of memory.
cudnnStatus_t bind(const Addresses& addresses, Call& call) {
  const Chain& chain = *call.chain.chain;
  void* address = nullptr;
  const auto operand = [&](const TensorState& tensor, const void*& into) {
    const auto status = addresses.find(tensor, &address);
    into = address;
    if (status == CUDNN_STATUS_SUCCESS) call.reads.push_back(range(address, tensor.bytes()));
    return status;
  };
  if (const auto status = operand(chain.x, call.chain.x); status != CUDNN_STATUS_SUCCESS) return status;
  if (const auto status = operand(chain.w, call.chain.w); status != CUDNN_STATUS_SUCCESS) return status;
  for (const PointwiseState& step : chain.steps) {
    const void*& into = call.chain.operands.emplace_back(nullptr);
    if (!step.has_b) continue;
    if (const auto status = operand(step.b, into); status != CUDNN_STATUS_SUCCESS) return status;
  }
  if (const auto status = addresses.find(chain.result(), &call.chain.y); status != CUDNN_STATUS_SUCCESS) return status;
  call.writes.push_back(range(call.chain.y, chain.result().bytes()));
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t execute(cudnnHandle_t handle, const Record& plan, const Record& pack) {
  if (!plan.finalized || !pack.finalized)
    return refuse(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "the plan or the pack is not finalised");
  if (plan.type != CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR || pack.type != CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR) {
    return refuse(CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE, "a plan and a pack are executed");
  }
  if (!plan.has(CUDNN_ATTR_EXECUTION_PLAN_HANDLE))
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "the plan is for a device that is only described");
  HandleState& state = *handle->state;
  if (plan.made_with.get() != &state) return refuse(CUDNN_STATUS_BAD_PARAM, "the plan was made with another handle");
  if (state.user.load() != std::this_thread::get_id())
    return refuse(CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH, "two threads use one handle");
  Call call{.chain = {.chain = plan.chain, .tf32 = plan.engine->tf32}, .reads = {}, .writes = {}};
  if (const auto status = bind(Addresses(pack), call); status != CUDNN_STATUS_SUCCESS) return status;
  if (plan.engine->workspace > 0) {
    call.chain.workspace = pack.value<void*>(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, nullptr);
    call.chain.workspace_bytes = plan.engine->workspace;
    if (call.chain.workspace == nullptr) return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "the plan needs a workspace");
    call.writes.push_back(range(call.chain.workspace, call.chain.workspace_bytes));
  }
  const cudaError_t status = submit(
      state.stream, "cudnnBackendExecute", [chain = call.chain] { compute(chain); }, std::move(call.reads),
      std::move(call.writes));
  return status == cudaSuccess ? CUDNN_STATUS_SUCCESS : refuse(CUDNN_STATUS_EXECUTION_FAILED, last_complaint());
}

// At process exit the real library's static objects are destroyed before exit handlers older than its first plan run.
std::atomic<bool> library_is_gone = false;

Record& record_of(cudnnBackendDescriptor_t descriptor) { return *static_cast<Box*>(descriptor)->record; }

}  // namespace

void die(const char* why) {
  std::fprintf(stderr, "the stand-in's cuDNN: %s\n", why);
  std::abort();
}

namespace {
std::atomic<int> inside = 0;
}

Alone::Alone(const char* what) {
  if (library_is_gone || is_unloading()) die((std::string(what) + " while the process ends").c_str());
  if (inside.fetch_add(1) != 0) die((std::string(what) + " while another thread makes, ends or first runs something").c_str());
  std::this_thread::yield();
}
Alone::~Alone() { --inside; }

std::shared_ptr<HandleState> state_of(cudnnHandle_t handle) { return alive(handle) ? handle->state : nullptr; }

bool has_living_stream(const HandleState& state) {
  const cudaStream_t stream = state.stream;
  return stream == nullptr || is_stream(stream);
}

cudnnStatus_t refuse(cudnnStatus_t status, std::string reason) {
  last_cudnn_reason() = std::move(reason);
  return status;
}

}  // namespace standin

using namespace standin;

extern "C" {

size_t cudnnGetVersion() { return CUDNN_VERSION; }

const char* cudnnGetErrorString(cudnnStatus_t status) {
  switch (status) {
    case CUDNN_STATUS_SUCCESS: return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_NOT_INITIALIZED: return "CUDNN_STATUS_NOT_INITIALIZED";
    case CUDNN_STATUS_BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_BAD_PARAM_NULL_POINTER: return "CUDNN_STATUS_BAD_PARAM_NULL_POINTER";
    case CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER: return "CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER";
    case CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED: return "CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED";
    case CUDNN_STATUS_EXECUTION_FAILED: return "CUDNN_STATUS_EXECUTION_FAILED";
    case CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED: return "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED";
    case CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED: return "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED";
    default: break;
  }
  return CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED ? "CUDNN_STATUS_NOT_SUPPORTED" : "another status of cuDNN";
}

void cudnnGetLastErrorString(char* message, size_t size) {
  if (message == nullptr || size == 0) return;
  const size_t length = std::min(size - 1, last_cudnn_reason().size());
  std::memcpy(message, last_cudnn_reason().data(), length);
  message[length] = 0;
  last_cudnn_reason().clear();
}

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  if (handle == nullptr) return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "nowhere to write a handle");
  const Alone alone("a handle is made");
  if (lacks_memory()) return plan_lacks_memory();
  *handle = new cudnnContext;
  count_library_object(1);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  if (!alive(handle)) return refuse(CUDNN_STATUS_BAD_PARAM, "the handle is not alive");
  const Alone alone("a handle is destroyed");
  if (!has_living_stream(*handle->state)) die("a handle is destroyed whose stream is gone");
  handle->state->alive = false;
  handle->alive = 0;
  delete handle;
  count_library_object(-1);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  if (!alive(handle)) return refuse(CUDNN_STATUS_BAD_PARAM, "the handle is not alive");
  HandleState& state = *handle->state;
  const bool lives = has_living_stream(state);
  state.stream = stream;
  state.user = std::this_thread::get_id();
  if (!lives) return refuse(CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH, "the stream that the handle had is gone");
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetStream(cudnnHandle_t handle, cudaStream_t* stream) {
  if (!alive(handle) || stream == nullptr) return refuse(CUDNN_STATUS_BAD_PARAM, "the handle is not alive");
  *stream = handle->state->stream;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t* descriptor) {
  if (descriptor == nullptr) return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "nowhere to write a descriptor");
  if (!is_known(type)) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "the stand-in lacks this kind of descriptor");
  if (lacks_memory()) return plan_lacks_memory();
  count_library_object(1);
  *descriptor = new Box{std::make_shared<Record>(Record{.type = type})};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t descriptor) {
  if (descriptor != nullptr && record_of(descriptor).made_with != nullptr) {
    HandleState& state = *record_of(descriptor).made_with;
    const Alone alone("a plan is destroyed");
    if (!state.alive) die("a plan outlives the handle that made it");
    // Changes the user of the handle, to disturb a thread that is about to execute with it.
    state.user = std::this_thread::get_id();
  }
  if (descriptor != nullptr) count_library_object(-1);
  delete static_cast<Box*>(descriptor);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t count, const void* values) {
  if (descriptor == nullptr) return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "the descriptor is null");
  return set_attribute(record_of(descriptor), name, type, count, values);
}

cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t const descriptor, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t requested, int64_t* count, void* values) {
  if (descriptor == nullptr) return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "the descriptor is null");
  return get_attribute(record_of(descriptor), name, type, requested, count, values);
}

cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t descriptor) {
  if (descriptor == nullptr) return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "the descriptor is null");
  if (lacks_memory()) return plan_lacks_memory();
  if (record_of(descriptor).type != CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) return finalize(record_of(descriptor));
  const Alone alone("a plan is made");
  static const int once = std::atexit([] { library_is_gone = true; });
  static_cast<void>(once);
  return finalize(record_of(descriptor));
}

cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack) {
  if (!alive(handle)) return refuse(CUDNN_STATUS_BAD_PARAM, "the handle is not alive");
  if (plan == nullptr || pack == nullptr) return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "the plan or the pack is null");
  if (lacks_memory()) return refuse(CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED, "no memory on the device");
  if (record_of(plan).has_run) return execute(handle, record_of(plan), record_of(pack));
  const Alone alone("a plan runs for the first time");
  record_of(plan).has_run = true;
  return execute(handle, record_of(plan), record_of(pack));
}

}  // extern "C"
