// The descriptors of cuDNN's backend API: each is a record of typed attributes that are set, then finalised, then only read.
#pragma once

#include <cudnn.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/cuda/runtime/handle.h"

namespace keraunos::cuda {

/// One descriptor. Errors of cuDNN become DeviceError.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type);

  Descriptor& set(cudnnBackendAttributeName_t name, cudnnDataType_t value) {
    return set_raw(name, CUDNN_TYPE_DATA_TYPE, 1, &value);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnConvolutionMode_t v) {
    return set_raw(name, CUDNN_TYPE_CONVOLUTION_MODE, 1, &v);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnPointwiseMode_t v) {
    return set_raw(name, CUDNN_TYPE_POINTWISE_MODE, 1, &v);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnBackendHeurMode_t v) {
    return set_raw(name, CUDNN_TYPE_HEUR_MODE, 1, &v);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnHandle_t value) { return set_raw(name, CUDNN_TYPE_HANDLE, 1, &value); }
  Descriptor& set(cudnnBackendAttributeName_t name, int64_t value) { return set_raw(name, CUDNN_TYPE_INT64, 1, &value); }
  Descriptor& set(cudnnBackendAttributeName_t name, bool value) { return set_raw(name, CUDNN_TYPE_BOOLEAN, 1, &value); }
  Descriptor& set(cudnnBackendAttributeName_t name, float value) { return set_raw(name, CUDNN_TYPE_FLOAT, 1, &value); }
  Descriptor& set(cudnnBackendAttributeName_t name, double value) { return set_raw(name, CUDNN_TYPE_DOUBLE, 1, &value); }
  Descriptor& set(cudnnBackendAttributeName_t name, void* value) { return set_raw(name, CUDNN_TYPE_VOID_PTR, 1, &value); }
  Descriptor& set(cudnnBackendAttributeName_t name, std::span<const int64_t> values);
  Descriptor& set(cudnnBackendAttributeName_t name, std::span<void* const> values);
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& value);
  Descriptor& set(cudnnBackendAttributeName_t name, std::span<const Descriptor> values);
  Descriptor& set_text(cudnnBackendAttributeName_t name, std::string_view text);

  /// Leaks the descriptor, for a process that is ending.
  void abandon() noexcept { raw_.release(); }

  /// Throws; for descriptors whose finalisation is never refused.
  Descriptor& finalize(std::string_view what);
  /// For descriptors that a library may refuse: heuristics and plans.
  cudnnStatus_t try_finalize() noexcept { return cudnnBackendFinalize(raw_.get()); }

  int64_t integer(cudnnBackendAttributeName_t name) const;
  /// An engine's list of notes.
  template <class Note>
  std::vector<Note> notes(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t most) const {
    std::vector<Note> found(static_cast<size_t>(most));
    found.resize(static_cast<size_t>(get_raw(name, type, most, found.data())));
    return found;
  }
  /// Fills `into`, which holds new descriptors, and returns how many were filled; 0 for an empty list.
  int64_t receive(cudnnBackendAttributeName_t name, std::span<Descriptor> into) const;
  /// The largest number of descriptors that `receive` may return.
  int64_t count(cudnnBackendAttributeName_t name) const;

  cudnnBackendDescriptor_t get() const noexcept { return raw_.get(); }

 private:
  Descriptor& set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count, const void* values);
  int64_t get_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t most, void* into) const;

  Handle<cudnnBackendDescriptor_t, cudnnBackendDestroyDescriptor> raw_;
};

}  // namespace keraunos::cuda
