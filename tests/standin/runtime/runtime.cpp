#include <sched.h>

#include <atomic>

#include "standin/runtime/fault.h"
#include "standin/runtime/state.h"

namespace standin {

const char kMarker[] = "keraunos stand-in for the CUDA runtime";

namespace {

// A custom lock: for TSan a mutex would order the product's threads and hide their races. It is recursive, because a host
// function may wrongly call CUDA.
std::atomic<pthread_t> owner{};
int depth = 0;
thread_local cudaError_t last = cudaSuccess;

}  // namespace

Locked::Locked() {
  const pthread_t self = pthread_self();
  if (owner.load(std::memory_order_relaxed) != self) {
    for (pthread_t none{}; !owner.compare_exchange_weak(none, self, std::memory_order_acquire); none = pthread_t{}) sched_yield();
  }
  ++depth;
}

Locked::~Locked() {
  if (--depth == 0) owner.store(pthread_t{}, std::memory_order_release);
}

bool lock_is_mine() { return owner.load(std::memory_order_relaxed) == pthread_self(); }

Runtime& runtime() {
  static Runtime& one = *[] {
    catch_stray_accesses();
    return new Runtime;
  }();
  return one;
}

cudaError_t& last_error() { return last; }

cudaError_t Runtime::refuse(cudaError_t error, std::string text) {
  complaint = std::move(text);
  return complaint_error = error;
}

void Runtime::fault(cudaError_t error, std::string text) {
  complaint = text;
  complaint_error = error;
  if (!fault_) fault_ = Fault{error, std::move(text)};
}

cudaError_t Runtime::take_fault() {
  if (!fault_) return cudaSuccess;
  complaint = fault_->text;
  const cudaError_t error = complaint_error = fault_->error;
  fault_.reset();
  return error;
}

cudaError_t Runtime::check(cudaStream_t stream) {
  if (stream == nullptr || stream == cudaStreamLegacy || stream == cudaStreamPerThread) {
    return refuse(cudaErrorInvalidResourceHandle,
                  "the default stream is used; the stand-in refuses it, as it waits for everybody");
  }
  if (!streams.contains(stream)) return refuse(cudaErrorInvalidResourceHandle, "the stream does not exist, or no longer");
  return cudaSuccess;
}

cudaError_t Runtime::check(cudaEvent_t event) {
  return events.contains(event) ? cudaSuccess : refuse(cudaErrorInvalidResourceHandle, "the event does not exist, or no longer");
}

// Matters only under TSan.
Lane& Runtime::lane_of(cudaStream_t stream, size_t branch) {
  if constexpr (!kThreadSanitizer) {
    static Lane& only = *new Lane;
    return only;
  }
  while (stream->lanes.size() <= branch) {
    if (idle_lanes.empty()) idle_lanes.push_back(new Lane);
    stream->lanes.push_back(idle_lanes.back());
    idle_lanes.pop_back();
  }
  return *stream->lanes[branch];
}

bool Runtime::is_live(const Range& range) const {
  if (memory.in_region(range.data)) return memory.holds(range.data, range.bytes);
  const auto* const begin = static_cast<const std::byte*>(range.data);
  auto after = pinned.upper_bound(begin);
  if (after == pinned.begin()) return false;
  --after;
  return begin + range.bytes <= after->first + after->second;
}

cudaError_t submit(cudaStream_t stream, const char* name, std::function<void()> run, std::vector<Range> reads,
                   std::vector<Range> writes) {
  return call([&](Runtime& r) -> cudaError_t {
    reads.insert(reads.end(), writes.begin(), writes.end());
    std::erase_if(reads, [](const Range& range) { return range.bytes == 0; });
    for (const Range& range : reads) {
      if (r.memory.holds(range.data, range.bytes)) continue;
      return r.refuse(cudaErrorInvalidValue, std::string(name) + " would touch " + std::to_string(range.bytes) + " bytes from " +
                                                 r.memory.describe(range.data));
    }
    return r.enqueue(stream, {Work::device, name, [run = std::move(run)](Lane&) { run(); }, std::move(reads)});
  });
}

bool is_device_memory(const void* pointer, size_t bytes) {
  const Locked locked;
  return runtime().memory.holds(pointer, bytes);
}

bool is_stream(cudaStream_t stream) {
  const Locked locked;
  return runtime().streams.contains(stream);
}

namespace {
std::atomic<bool> unloading = false;
}
void set_unloading(bool now) { unloading = now; }
bool is_unloading() { return unloading; }

void set_seed(uint64_t seed) {
  const Locked locked;
  runtime().policy = policy_of(seed);
  runtime().random = Random(seed);
}

std::string last_complaint() {
  const Locked locked;
  return runtime().complaint;
}

Counters counters() {
  const Locked locked;
  return runtime().counters;
}

}  // namespace standin
