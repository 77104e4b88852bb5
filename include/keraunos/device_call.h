// Predictions that read and write memory of a CUDA device, for inputs that other libraries computed there.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keraunos/model.h"

struct DLManagedTensorVersioned;  // as in keraunos/dlpack.h

namespace keraunos {

namespace host {
class DeviceCallState;
class DeviceRuntime;
}  // namespace host

/// Elements in memory of a CUDA device, dense and row-major. Copies share the memory, which is freed with the last of them; the
/// work that wrote it is finished.
class KERAUNOS_API DeviceTensor {
 public:
  DType dtype() const noexcept { return dtype_; }                                ///< of its elements
  const Dims& dims() const noexcept { return dims_; }                            ///< its shape
  Device device() const noexcept { return device_; }                             ///< where the memory lies
  int64_t bytes() const noexcept { return dims_.elements() * size_of(dtype_); }  ///< of all elements
  const void* data() const noexcept { return memory_.get(); }                    ///< an address of the device
  void* data() noexcept { return memory_.get(); }                                ///< an address of the device

  operator TensorView() const& noexcept { return {memory_.get(), dtype_, dims_, device_}; }  ///< valid as long as a copy exists
  operator TensorView() const&& = delete;  ///< the view might outlive the memory
  /// A copy in memory of the CPU.
  [[nodiscard]] Tensor to_host() const;

 private:
  friend class host::DeviceCallState;
  DeviceTensor(std::shared_ptr<host::DeviceRuntime> runtime, std::shared_ptr<void> memory, Device device, DType dtype,
               const Dims& dims)
      : runtime_(std::move(runtime)), memory_(std::move(memory)), device_(device), dtype_(dtype), dims_(dims) {}

  std::shared_ptr<host::DeviceRuntime> runtime_;
  std::shared_ptr<void> memory_;
  Device device_;
  DType dtype_;
  Dims dims_;
};

/// Results in the model's order.
using NamedDeviceTensors = std::vector<std::pair<std::string, DeviceTensor>>;

/// Shares the tensor's memory with another library (DLPack 1.x): the receiver calls the result's deleter once.
[[nodiscard]] KERAUNOS_API DLManagedTensorVersioned* to_dlpack(const DeviceTensor& tensor);

/// One prediction, made for one call: get its stream, tell it what to wait for, call predict().
class KERAUNOS_API DeviceCall {
 public:
  /// UsageError: the model runs on the CPU, or is stateful (use Session::enqueue).
  explicit DeviceCall(const Model& model);
  DeviceCall(DeviceCall&&) noexcept;             ///< the other may only be assigned to or destroyed
  DeviceCall& operator=(DeviceCall&&) noexcept;  ///< ends the call that it held
  ~DeviceCall();

  /// The stream that computes. A producer of inputs makes it wait for its own work (DLPack's argument `stream`), or is named to
  /// wait_for().
  CUstream_st* stream() const noexcept;
  /// predict() starts after all work that `producer` has been given so far.
  void wait_for(StreamRef producer);
  /// As Model::predict(), and waits too. Inputs lie in memory of the model's device, where they are read in place, or of the CPU.
  /// Those on the device have the model's dtypes and are aligned for them. UsageError: an input lies on another device or does
  /// not fit; an output holds strings; shapes depend on data; an output has no row for each input row, but the batch is cut.
  [[nodiscard]] NamedDeviceTensors predict(const NamedViews& inputs, const PredictOptions& options = {});

 private:
  std::unique_ptr<host::DeviceCallState> state_;
};

}  // namespace keraunos
