// Custom computations inside a graph.
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

/// A custom computation inside a graph, for custom layers and text. Immutable once a model uses it; run() may be called from any
/// thread.
class KERAUNOS_API Kernel {
 public:
  virtual ~Kernel();
  virtual std::string name() const = 0;
  /// Types of the results; nullopt when they depend on data: run_dynamic() is called then.
  virtual std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const = 0;
  /// Computes on the CPU. Memory is dense; every element of the outputs must be written. A DataError is reported by the call that
  /// runs the model. Several threads call it at once, within one predict() too where rows_are_local().
  virtual void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const;
  /// Computes results whose shape depends on data.
  virtual std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const;
  /// True when enqueue() is implemented: the kernel then runs on the GPU, else on the host with copies around it, which the plan
  /// shows.
  virtual bool has_cuda() const;
  /// Enqueues on `stream`; pointers are device pointers. Must neither allocate nor synchronise.
  virtual void enqueue(std::span<const TensorView> inputs, std::span<const MutableView> outputs, CUstream_st* stream) const;
  /// True when row i of every result depends on row i of the inputs alone.
  virtual bool rows_are_local() const;
  /// Part of the structural hash: two kernels of one name with equal parameters must compute the same.
  virtual std::string parameters() const;
  /// An interface that a later version of the library asks for by name; nullptr for every name that the kernel does not know. It
  /// replaces new virtual functions, so that kernels compiled today keep working (layer.h, "Binary compatibility").
  virtual const void* extension(std::string_view name) const;
};

}  // namespace keraunos
