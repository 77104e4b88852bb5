// Operations wait in a graph until a result is needed. They then run in any order that the graph allows; the policy chooses.
#include <algorithm>
#include <exception>

#include "standin/runtime/fault.h"
#include "standin/runtime/state.h"

namespace standin {
namespace {

/// In this scope device memory may be accessed. At its end writes outside of allocations are detected.
class Running {
 public:
  explicit Running(Runtime& runtime) : runtime_(runtime) {
    use_signal_stack();
    runtime_.memory.open();
  }
  ~Running() {
    if (std::string text = runtime_.memory.damage(); !text.empty()) runtime_.fault(cudaErrorIllegalAddress, std::move(text));
    runtime_.memory.close();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Runtime& runtime_;
};

}  // namespace

OperationRef Runtime::add(std::shared_ptr<const Work> work, Lane& lane, std::vector<OperationRef> before) {
  auto operation = std::make_shared<Operation>();
  operation->work = std::move(work);
  operation->lane = &lane;
  operation->serial = ++serial_;
  for (OperationRef& one : before) {
    if (one == nullptr) continue;
    if (!one->done) {
      ++operation->blockers;
      one->after.push_back(operation);
    }
    operation->before.push_back(std::move(one));
  }
  Unobserved::release(operation->submitted);
  if (operation->blockers == 0) ready_.push_back(operation);
  return operation;
}

cudaError_t Runtime::enqueue(cudaStream_t stream, Work work) {
  if (const cudaError_t status = check(stream); status != cudaSuccess) return status;
  auto shared = std::make_shared<const Work>(std::move(work));
  if (stream->capture == nullptr) {
    stream->last = add(std::move(shared), lane_of(stream, 0), {stream->last});
    return cudaSuccess;
  }
  Capture& capture = *stream->capture;
  if (capture.invalid) return refuse(cudaErrorStreamCaptureInvalidated, shared->name + ": the capture is no longer valid");
  capture.nodes.push_back({std::move(shared), stream->tips, stream->branch});
  stream->tips = {capture.nodes.size() - 1};
  return cudaSuccess;
}

void Runtime::mark_needed(Operation& target) {
  std::vector<Operation*> stack{&target};
  target.needed = search_;
  while (!stack.empty()) {
    Operation& one = *stack.back();
    stack.pop_back();
    for (const OperationRef& before : one.before) {
      if (before->done || before->needed == search_) continue;
      before->needed = search_;
      stack.push_back(before.get());
    }
  }
}

/// The next of the ready operations; `needed` is the number of the search that marked the operations for which the host waits (0:
/// it waits for none in particular).
Runtime::Choice Runtime::choose(uint64_t needed) {
  const auto by_serial = [](const OperationRef& a, const OperationRef& b) { return a->serial < b->serial; };
  if (policy.order == Policy::Order::submission) return std::min_element(ready_.begin(), ready_.end(), by_serial);
  if (policy.order == Policy::Order::newest) return std::max_element(ready_.begin(), ready_.end(), by_serial);
  std::vector<Choice> candidates;
  const bool skewed = needed != 0 && policy.order != Policy::Order::uniform;
  for (Choice i = ready_.begin(); i != ready_.end(); ++i) {
    if (!skewed || ((*i)->needed == needed) == (policy.order == Policy::Order::needed_only)) candidates.push_back(i);
  }
  if (candidates.empty()) {
    for (Choice i = ready_.begin(); i != ready_.end(); ++i) candidates.push_back(i);
  }
  return candidates[random.below(candidates.size())];
}

void Runtime::run(Choice choice) {
  const OperationRef operation = *choice;
  ready_.erase(choice);
  perform(*operation);
  operation->done = true;
  operation->before.clear();
  for (const OperationRef& next : operation->after) {
    if (--next->blockers == 0) ready_.push_back(next);
  }
  operation->after.clear();
}

void Runtime::perform(const Operation& operation) {
  const Work& work = *operation.work;
  for (const Range& range : work.ranges) {
    if (!is_live(range)) return fault(cudaErrorIllegalAddress, work.name + " touches " + memory.describe(range.data));
  }
  std::exception_ptr thrown;
  const bool for_host = work.kind == Work::host_function;
  if (for_host) memory.close();
  in_host_function = for_host;
  {
    const ObservedAs agent(operation.lane->agent);
    const_cast<Operation&>(operation).submitted.acquire();
    for (const OperationRef& one : operation.before) one->finished.acquire();
    try {
      if (work.run) work.run(*operation.lane);
    } catch (...) {
      thrown = std::current_exception();
    }
    const_cast<Operation&>(operation).finished.release();
  }
  in_host_function = false;
  if (for_host) memory.open();
  if (thrown && for_host) std::rethrow_exception(thrown);  // leaves a function that C code called: fatal, as in CUDA
  if (thrown) fault(cudaErrorUnknown, work.name + " threw an exception");
  const auto check_zones = [&](const void* address) {
    const Memory::Block* const block = memory.live(address);
    if (std::string text = block == nullptr ? "" : memory.damage(*block); !text.empty())
      fault(cudaErrorIllegalAddress, text + ", by " + work.name);
  };
  for (const Range& range : work.ranges) check_zones(range.data);
  for (const void* const address : work.possible) check_zones(address);
}

void Runtime::run_until(const OperationRef& target) {
  if (target == nullptr) return;
  if (!target->done) {
    const Running running(*this);
    ++search_;
    mark_needed(*target);
    while (!target->done) run(choose(search_));
  }
  Unobserved::acquire(target->finished);
}

void Runtime::run_everything() {
  if (ready_.empty()) return;
  const Running running(*this);
  while (!ready_.empty()) run(choose(0));
}

void Runtime::run_some() {
  if (ready_.empty()) return;
  const Running running(*this);
  for (uint64_t left = random.below(4); left > 0 && !ready_.empty(); --left) run(choose(0));
}

void Runtime::run_one_towards(const OperationRef& target) {
  if (target == nullptr || target->done) return;
  const Running running(*this);
  ++search_;
  mark_needed(*target);
  const auto first = std::find_if(ready_.begin(), ready_.end(), [&](const OperationRef& o) { return o->needed == search_; });
  run(first);
}

}  // namespace standin
