#include "kernels/cpu/device.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>

#include "keraunos/error.h"
#include "kernels/cpu/costs.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/operations.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/processor.h"

namespace keraunos::cpu {
namespace {

// Work runs at once, in the calling thread.
class CpuStream final : public host::Stream {
 public:
  void copy_in(void* device, const void* host, int64_t bytes) override { copy(device, host, bytes); }
  void copy_out(void* host, const void* device, int64_t bytes) override { copy(host, device, bytes); }
  void copy(void* to, const void* from, int64_t bytes) override {
    if (bytes > 0 && to != from) std::memmove(to, from, static_cast<size_t>(bytes));
  }
  void fill_zero(void* device, int64_t bytes) override {
    if (bytes > 0) std::memset(device, 0, static_cast<size_t>(bytes));
  }
  void fill_invalid(void* device, int64_t bytes) override {
    if (bytes > 0) std::memset(device, 0xFF, static_cast<size_t>(bytes));
  }
  void host(std::function<void()> work) override { work(); }
  void synchronize() override {}
  std::unique_ptr<host::Recording> record(const std::function<void()>&) override { return nullptr; }
};

// Work is finished when it is enqueued.
class CpuMark final : public host::Mark {
 public:
  void set(host::Stream&) override {}
  void wait() override {}
};

class CpuDevice final : public host::DeviceRuntime {
 public:
  CpuDevice(int threads, std::shared_ptr<Workers> workers, OneDnn onednn,
            std::shared_ptr<std::atomic<int64_t>> allocations = std::make_shared<std::atomic<int64_t>>(0))
      : cpu_{.kernels = &select_kernels(), .threads = threads, .workers = std::move(workers), .onednn = onednn},
        allocations_(std::move(allocations)) {}

  keraunos::Device id() const override { return {}; }
  std::string name() const override {
    return processor_name() + ", " + cpu_.kernels->name + ", " + std::to_string(cpu_.threads) +
           (cpu_.threads == 1 ? " thread" : " threads");
  }
  bool shares_host_memory() const override { return true; }
  const host::DeviceCosts& costs() const noexcept override { return kCosts; }

  std::shared_ptr<void> allocate(int64_t bytes) override {
    allocations_->fetch_add(1, std::memory_order_relaxed);
    return allocate_aligned(bytes, 256);
  }
  std::shared_ptr<void> allocate_staging(int64_t bytes) override { return allocate(bytes); }
  std::unique_ptr<host::Stream> make_stream() override { return std::make_unique<CpuStream>(); }
  std::unique_ptr<host::Stream> wrap_stream(CUstream_st*) override {
    throw UsageError(
        "a CUDA stream was given to a model that runs on the CPU; load it with Device::cuda, or call it without a stream");
  }

  std::unique_ptr<host::Mark> make_mark() override { return std::make_unique<CpuMark>(); }

  void share_out(int64_t shares, const std::function<void(int64_t)>& work) const override {
    const int threads = static_cast<int>(std::min<int64_t>(cpu_.threads, shares));
    cpu::share_out(cpu_.workers.get(), threads, shares, [&](int64_t begin, int64_t end, int) {
      for (int64_t share = begin; share < end; ++share) work(share);
    });
  }

  int threads() const noexcept override { return cpu_.threads; }
  std::shared_ptr<host::DeviceRuntime> one_thread() const override {
    return cpu_.threads > 1 ? std::make_shared<CpuDevice>(1, nullptr, cpu_.onednn, allocations_) : nullptr;
  }

  host::Verdict accepts(const host::Graph& graph, const host::Node& node) const override {
    const Query query{{graph, node}, cpu_};
    if (query.holds_text() && !traits_of(node.op).takes_text) return host::refused("strings are for kernels on the host");
    return std::visit([&](const auto& op) { return support_of(query, op); }, node.op);
  }
  StepPointer prepare(const host::Graph& graph, const host::Node& node, host::Constants& constants) override {
    const Task task{{{graph, node}, cpu_}, constants};
    return std::visit([&](const auto& op) { return step_of(task, op); }, node.op);
  }

  int64_t allocations() const noexcept { return allocations_->load(std::memory_order_relaxed); }

 private:
  Cpu cpu_;
  std::shared_ptr<std::atomic<int64_t>> allocations_;  // of this device and its one_thread()
};

std::shared_ptr<Workers> workers_for(int threads, const Executor& executor) {
  if (threads == 1) return nullptr;
  return executor ? std::make_shared<Workers>(executor) : shared_workers(threads);
}

}  // namespace

std::shared_ptr<host::DeviceRuntime> make_cpu_device(const host::DeviceOptions& options, OneDnn onednn) {
  if (options.threads < 0)
    throw UsageError("the number of threads must not be negative, found " + std::to_string(options.threads));
  const int threads = options.threads > 0 ? options.threads : available_processors();
  return std::make_shared<CpuDevice>(threads, workers_for(threads, options.executor), onednn);
}

int64_t allocations_of(const host::DeviceRuntime& device) {
  const auto* cpu = dynamic_cast<const CpuDevice*>(&device);
  return cpu == nullptr ? 0 : cpu->allocations();
}

}  // namespace keraunos::cpu
