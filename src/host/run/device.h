// The seam between the host and a device. The host plans; a device says what it can do, packs weights and runs steps. Everything
// here is implemented twice: kernels/cpu and kernels/cuda.
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

/// Set by a step that finds its data at fault (an id outside a table). Each step that may fail has a word of its own in device
/// memory, cleared before a run and read together with the outputs.
struct ErrorWord {
  int32_t raised = 0;  ///< 1 once the step found bad data
  int32_t reserved = 0;
  int64_t found = 0;  ///< the offending value (any one of them)
};

class Stream;

/// Where a step finds its operands. Pointers of absent operands are null.
struct Operands {
  std::span<const void* const> in;
  std::span<void* const> out;
  void* workspace;
  ErrorWord* error;  ///< null for operations that find no fault (OpTraits::may_fault)
  Stream* stream;
};

/// A node made ready to run: weights packed, kernel chosen. Immutable; several sessions may enqueue it at once, each with its own
/// operands.
class Step {
 public:
  virtual ~Step() = default;
  /// Neither allocates nor synchronises (a CPU step computes at once).
  virtual void enqueue(const Operands& operands) const = 0;

  int64_t workspace_bytes = 0;
  int launches = 1;      ///< kernels put on the stream
  std::string kernel{};  ///< for the plan's text: "convolution onednn jit:avx2", "cublasLt", "pointwise"
};

/// Fast where the first operand is of a floating type, else refused.
inline Verdict floats_only(const NodeView& node) {
  const DType type = node.in(0).dtype;
  return is_floating(type) ? Verdict{} : refused("defined for floating types only, found " + std::string(name_of(type)));
}

/// Constants while steps are prepared. What is packed is kept once per device and shared by all plans.
class Constants {
 public:
  virtual ~Constants() = default;
  /// A device's own packing of a node's constant operand; `make` runs once per (contents, layout) and gives device memory or an
  /// object of its own. A step that asks for it reads the packing only: the operand's pointer is null when it runs, so that
  /// memory holds one copy.
  virtual std::shared_ptr<const void> packed(const Node& node, size_t operand, const std::string& layout,
                                             const std::function<std::shared_ptr<const void>(const Tensor&)>& make) = 0;
};

/// A recorded sequence of work that is launched as one (a CUDA graph).
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void launch(Stream& stream) const = 0;
};

/// A queue of work in order.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual void copy_in(void* device, const void* host, int64_t bytes) = 0;
  virtual void copy_out(void* host, const void* device, int64_t bytes) = 0;
  virtual void copy(void* to, const void* from, int64_t bytes) = 0;  ///< within the device
  virtual void fill_zero(void* device, int64_t bytes) = 0;
  /// With 0xFF bytes: NaN in every float type. For poison (host/plan/poison.h).
  virtual void fill_invalid(void* device, int64_t bytes) = 0;
  /// Runs a function on the host in stream order.
  virtual void host(std::function<void()> work) = 0;
  virtual void synchronize() = 0;
  /// After a synchronisation by whomever: throws what a host function threw, as synchronize() does.
  virtual void rethrow() {}
  /// Records what `work` enqueues instead of running it; null where the device has no such thing, or something else in the
  /// process spoiled it.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& work) = 0;
};

/// A place in a stream's work that can be waited for without the stream, which its caller may have destroyed.
class Mark {
 public:
  virtual ~Mark() = default;
  /// Records the mark behind everything that is enqueued so far. Does nothing while the caller captures the stream, because it is
  /// unknown when the captured graph will run.
  virtual void set(Stream& stream) = 0;
  virtual void wait() = 0;
};

class DeviceRuntime {
 public:
  virtual ~DeviceRuntime() = default;
  virtual keraunos::Device id() const = 0;
  /// "NVIDIA H100", "AMD EPYC, avx2, 2 threads".
  virtual std::string name() const = 0;
  /// Device memory is host memory: inputs and outputs are used where they lie.
  virtual bool shares_host_memory() const = 0;
  /// Figures of this hardware.
  virtual const DeviceCosts& costs() const noexcept = 0;

  /// Memory for arenas and constants, 256-byte aligned. DeviceError when there is none.
  virtual std::shared_ptr<void> allocate(int64_t bytes) = 0;
  /// Host memory that copies fast.
  virtual std::shared_ptr<void> allocate_staging(int64_t bytes) = 0;
  virtual std::unique_ptr<Stream> make_stream() = 0;
  /// Wraps the caller's CUDA stream; UsageError on the CPU.
  virtual std::unique_ptr<Stream> wrap_stream(CUstream_st* stream) = 0;
  virtual std::unique_ptr<Mark> make_mark() = 0;

  /// Calls work(piece) for every piece, on the threads that the device computes with; here, one after the other. Neither
  /// allocates nor waits for threads that others use.
  virtual void share_out(int64_t pieces, const std::function<void(int64_t)>& work) const {
    for (int64_t piece = 0; piece < pieces; ++piece) work(piece);
  }

  /// How many threads share_out() uses at most.
  virtual int threads() const noexcept { return 1; }
  /// This device with steps that keep to their caller's thread, for pieces of a batch that run side by side on the threads of
  /// share_out(). Null where that is how steps run anyhow.
  virtual std::shared_ptr<DeviceRuntime> one_thread() const { return nullptr; }

  virtual Verdict accepts(const Graph& graph, const Node& node) const = 0;
  virtual std::unique_ptr<Step> prepare(const Graph& graph, const Node& node, Constants& constants) = 0;
};

struct DeviceOptions {
  int threads = 0;      ///< CPU: 0 = as many as cores
  bool tf32 = false;    ///< CUDA: float32 products on tensor cores
  Executor executor{};  ///< CPU: instead of the process's threads
};

/// Defined in kernels/. DeviceError in words when the device is not there or the build lacks it.
std::shared_ptr<DeviceRuntime> make_device(keraunos::Device device, const DeviceOptions& options);
/// Number of CUDA devices: 0 where there is no driver or the build lacks CUDA.
int cuda_devices();

}  // namespace keraunos::host
