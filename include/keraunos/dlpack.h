// Tensors shared without a copy with NumPy, PyTorch, JAX, CuPy and whatever else speaks DLPack 1.x
// (https://dmlc.github.io/dlpack/latest).
#pragma once

#include "keraunos/tensor.h"

struct DLManagedTensorVersioned;  // of DLPack's own header dlpack.h, which this one neither needs nor hides

namespace keraunos {

/// Hands the tensor's memory over: whoever takes the result calls its deleter once. UsageError for strings, which DLPack does not
/// have.
[[nodiscard]] KERAUNOS_API DLManagedTensorVersioned* to_dlpack(Tensor tensor);

/// A tensor of another library, on the CPU or on a CUDA device. Its memory is given back when this object ends.
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
  /// To write results into. UsageError when the other library marked it read-only.
  MutableView mutable_view();

 private:
  struct Release {
    void operator()(DLManagedTensorVersioned* tensor) const noexcept;
  };
  std::unique_ptr<DLManagedTensorVersioned, Release> tensor_;
  TensorView view_;
};

}  // namespace keraunos
