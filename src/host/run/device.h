// The interface between the host and a device. The host plans; a device answers support queries, packs weights and runs steps.
// Everything here is implemented twice: kernels/cpu and kernels/cuda.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "host/graph/graph.h"
#include "host/graph/verdict.h"
#include "host/run/device_costs.h"
#include "keraunos/executor.h"
#include "keraunos/tensor.h"

namespace keraunos::host {

/// Set by a step that finds invalid data (an id outside a table). Each step that may fail has its own word in device memory,
/// cleared before a run and read with the outputs.
struct ErrorWord {
  int32_t raised = 0;  ///< 1 after the step found invalid data
  int32_t reserved = 0;
  int64_t found = 0;  ///< the offending value (any one of them)
};

class Stream;

/// The addresses of a step's operands. Pointers of absent operands are null.
struct Operands {
  std::span<const void* const> in;
  std::span<void* const> out;
  void* workspace;
  ErrorWord* error;  ///< null for operations that set no error word (OpTraits::may_fault)
  Stream* stream;
};

/// A prepared node: weights packed, kernel chosen. Immutable; several sessions may enqueue it at once, each with its own
/// operands.
class Step {
 public:
  virtual ~Step() = default;
  /// Neither allocates nor synchronises (a CPU step computes at once).
  virtual void enqueue(const Operands& operands) const = 0;

  int64_t workspace_bytes = 0;
  int launches = 1;             ///< number of kernels launched on the stream
  bool may_be_recorded = true;  ///< false: its library's calls cannot be part of a Recording
  std::string kernel{};         ///< name in the plan's text: "convolution onednn jit:avx2", "cublasLt", "pointwise"
};

/// Fast where the first operand is of a floating type, else refused.
inline Verdict floats_only(const NodeView& node) {
  const DType type = node.in(0).dtype;
  return is_floating(type) ? Verdict{} : refused("defined for floating types only, found " + std::string(name_of(type)));
}

/// Access to constants while steps are prepared. A packing is kept once for each device and shared by all plans.
class Constants {
 public:
  virtual ~Constants() = default;
  /// A device's packing of a node's constant operand; `make` runs once for each pair of contents and layout and returns device
  /// memory or an object of the device. A step that asks for a packing reads nothing else: the operand's pointer is null when it
  /// runs, so that memory holds one copy.
  virtual std::shared_ptr<const void> packed(const Node& node, size_t operand, const std::string& layout,
                                             const std::function<std::shared_ptr<const void>(const Tensor&)>& make) = 0;
};

/// Recorded work that is launched as a whole (a CUDA graph).
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void launch(Stream& stream) const = 0;
};

/// Work that runs in order.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual void copy_in(void* device, const void* host, int64_t bytes) = 0;
  virtual void copy_out(void* host, const void* device, int64_t bytes) = 0;
  virtual void copy(void* to, const void* from, int64_t bytes) = 0;  ///< inside the device's memory
  virtual void fill_zero(void* device, int64_t bytes) = 0;
  /// Fills with 0xFF bytes: NaN in every float type. For poison (host/plan/poison.h).
  virtual void fill_invalid(void* device, int64_t bytes) = 0;
  /// Runs a function on the host in stream order.
  virtual void host(std::function<void()> work) = 0;
  virtual void synchronize() = 0;
  /// Call after a synchronisation by anyone: throws what a host function threw, as synchronize() does.
  virtual void rethrow() {}
  /// Records the work that `work` enqueues instead of running it; null where the device cannot record, or where another thread of
  /// the process invalidated the recording.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& work) = 0;
};

/// An event: a point in a stream's work that can be waited for without the stream, which its caller may have destroyed.
class Mark {
 public:
  virtual ~Mark() = default;
  /// Records the event after everything enqueued so far. Does nothing while the caller captures the stream, because it is unknown
  /// when the captured graph will run.
  virtual void set(Stream& stream) = 0;
  virtual void wait() = 0;
};

class DeviceRuntime {
 public:
  virtual ~DeviceRuntime() = default;
  virtual keraunos::Device id() const = 0;
  /// "NVIDIA H100", "AMD EPYC, avx2, 2 threads".
  virtual std::string name() const = 0;
  /// Device memory is host memory: inputs and outputs are used in place.
  virtual bool shares_host_memory() const = 0;
  /// The figures of this hardware.
  virtual const DeviceCosts& costs() const noexcept = 0;

  /// Memory for arenas and constants, 256-byte aligned. DeviceError when there is none.
  virtual std::shared_ptr<void> allocate(int64_t bytes) = 0;
  /// Pinned host memory, for fast copies.
  virtual std::shared_ptr<void> allocate_staging(int64_t bytes) = 0;
  virtual std::unique_ptr<Stream> make_stream() = 0;
  /// Wraps the caller's CUDA stream; UsageError on the CPU.
  virtual std::unique_ptr<Stream> wrap_stream(CUstream_st* stream) = 0;
  virtual std::unique_ptr<Mark> make_mark() = 0;

  /// Calls work(share) for every share, on the device's threads; here, one after the other. Neither allocates nor waits for
  /// threads that other calls use.
  virtual void share_out(int64_t shares, const std::function<void(int64_t)>& work) const {
    for (int64_t share = 0; share < shares; ++share) work(share);
  }

  /// The largest number of threads that share_out() uses.
  virtual int threads() const noexcept { return 1; }
  /// The same device with steps that stay on their caller's thread, for pieces that run side by side on the threads of
  /// share_out(). Null where steps do so anyway.
  virtual std::shared_ptr<DeviceRuntime> one_thread() const { return nullptr; }

  virtual Verdict accepts(const Graph& graph, const Node& node) const = 0;
  virtual std::unique_ptr<Step> prepare(const Graph& graph, const Node& node, Constants& constants) = 0;
};

struct DeviceOptions {
  int threads = 0;      ///< CPU: 0 = as many as cores
  bool tf32 = false;    ///< CUDA: float32 products on tensor cores
  Executor executor{};  ///< CPU: used instead of the process's threads
};

/// Defined in kernels/. DeviceError with a message when the device does not exist or the build lacks it.
std::shared_ptr<DeviceRuntime> make_device(keraunos::Device device, const DeviceOptions& options);
/// Number of CUDA devices: 0 where there is no driver or the build lacks CUDA.
int cuda_devices();

}  // namespace keraunos::host
