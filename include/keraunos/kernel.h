// Computations of your own inside a graph.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keraunos/tensor.h"

struct CUstream_st;

namespace keraunos {

/// A shape and dtype.
struct TensorType {
  DType dtype = DType::float32;
  Dims dims{};
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

/// A computation of one's own inside a graph: custom layers, text. Immutable once a model uses it; run() may be called from any
/// thread.
class KERAUNOS_API Kernel {
 public:
  virtual ~Kernel();
  virtual std::string name() const = 0;
  /// Types of the results; nullopt when they depend on data: run_dynamic() is called then.
  virtual std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const = 0;
  /// On the CPU. Memory is dense; outputs are to be written whole. A DataError is reported by the call that runs the model.
  /// Called by several threads at once, in one predict() too where rows_are_local().
  virtual void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const;
  /// Results whose shape depends on data.
  virtual std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const;
  /// True when enqueue() exists: the kernel then runs on the GPU, else on the host with copies around it, which the plan shows.
  virtual bool has_cuda() const;
  /// Enqueues on `stream`; pointers are of the device. Neither allocates nor synchronises.
  virtual void enqueue(std::span<const TensorView> inputs, std::span<const MutableView> outputs, CUstream_st* stream) const;
  /// True when row i of every result depends on row i of the inputs alone.
  virtual bool rows_are_local() const;
  /// Part of the structural hash: two kernels of one name and one text do the same.
  virtual std::string parameters() const;
  /// What a later version of the library asks of a kernel beyond this: nullptr for every name that the kernel does not know. No
  /// virtual function is added here, so that kernels that are compiled today go on working (layer.h, "Binary compatibility").
  virtual const void* extension(std::string_view name) const;
};

}  // namespace keraunos
