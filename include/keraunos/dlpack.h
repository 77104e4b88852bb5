// Tensors shared without a copy with NumPy, PyTorch, JAX, CuPy and other libraries that support DLPack 1.x
// (https://dmlc.github.io/dlpack/latest).
#pragma once

#include "keraunos/tensor.h"

struct DLManagedTensorVersioned;  // of DLPack's own header dlpack.h, which this header does not need and does not conflict with

namespace keraunos {

/// Transfers the tensor's memory: the receiver calls the result's deleter once. UsageError for strings, which DLPack does not
/// support.
[[nodiscard]] KERAUNOS_API DLManagedTensorVersioned* to_dlpack(Tensor tensor);

/// A tensor of another library, on the CPU or on a CUDA device. The destructor releases its memory.
class KERAUNOS_API DlpackTensor {
 public:
  /// Takes ownership of `tensor`; after an error the caller still owns it. UsageError: another major version than 1, elements
  /// that are no DType, memory that is neither the CPU's nor CUDA's, or elements that are not dense and row-major (make it
  /// contiguous first).
  explicit DlpackTensor(DLManagedTensorVersioned* tensor);
  DlpackTensor(DlpackTensor&&) noexcept = default;
  DlpackTensor& operator=(DlpackTensor&&) noexcept = default;

  /// For predict(), run() and enqueue(); valid as long as this object.
  operator TensorView() const& noexcept { return view_; }
  operator TensorView() const&& = delete;
  /// A view to write results through. UsageError when the other library marked the tensor read-only.
  MutableView mutable_view();

 private:
  struct Release {
    void operator()(DLManagedTensorVersioned* tensor) const noexcept;
  };
  std::unique_ptr<DLManagedTensorVersioned, Release> tensor_;
  TensorView view_;
};

}  // namespace keraunos
