#include "keraunos/dlpack.h"

#include <string>

#include "host/api/dlpack_abi.h"
#include "keraunos/device_call.h"
#include "keraunos/error.h"

namespace keraunos {
namespace {

using namespace host::dlpack;

Type type_of(DType type) {
  const auto bits = static_cast<uint8_t>(8 * size_of(type));
  switch (type) {
    case DType::float16:
    case DType::float32:
    case DType::float64: return {Code::floating, bits, 1};
    case DType::bfloat16: return {Code::brain_floating, bits, 1};
    case DType::int8:
    case DType::int16:
    case DType::int32:
    case DType::int64: return {Code::signed_integer, bits, 1};
    case DType::uint8:
    case DType::uint16:
    case DType::uint32:
    case DType::uint64: return {Code::unsigned_integer, bits, 1};
    case DType::boolean: return {Code::boolean, bits, 1};
    case DType::string: break;
  }
  throw UsageError("DLPack has no strings");
}

DType dtype_from(Type type) {
  for (int i = 0; i < static_cast<int>(DType::string); ++i) {
    const auto candidate = static_cast<DType>(i);
    const Type own = type_of(candidate);
    if (own.code == type.code && own.bits == type.bits && own.lanes == type.lanes) return candidate;
  }
  throw UsageError("a DLPack tensor of element type code " + std::to_string(type.code) + " with " + std::to_string(type.bits) +
                   " bits and " + std::to_string(type.lanes) + " lanes is of no type that Keraunos has");
}

Device device_from(const Array& array) {
  switch (array.place) {
    case Place::cpu:
    case Place::cuda_host: return {};
    case Place::cuda:
    case Place::cuda_managed: return {.kind = Device::cuda, .index = array.place_index};
  }
  throw UsageError("a DLPack tensor on a device of type " + std::to_string(array.place) + ": expected the CPU (1) or CUDA (2)");
}

Dims dims_from(const Array& array) {
  if (array.rank < 0 || (array.rank > 0 && array.shape == nullptr)) {
    throw UsageError("a DLPack tensor of rank " + std::to_string(array.rank) + " names no extents");
  }
  return Dims(std::span<const int64_t>(array.shape, static_cast<size_t>(array.rank)));
}

void check_dense(const Array& array, const Dims& dims) {
  if (array.strides == nullptr || dims.elements() == 0) return;
  int64_t dense = 1;
  for (int axis = dims.rank() - 1; axis >= 0; --axis) {
    if (dims[axis] != 1 && array.strides[axis] != dense) {
      throw UsageError("a DLPack tensor of shape " + dims.to_string() + " has stride " + std::to_string(array.strides[axis]) +
                       " in axis " + std::to_string(axis) + ", expected " + std::to_string(dense) + ": make it contiguous first");
    }
    dense *= dims[axis];
  }
}

TensorView view_from(const DLManagedTensorVersioned* tensor) {
  if (tensor == nullptr) throw UsageError("a DLPack tensor is null");
  if (tensor->version.major != kMajor) {
    throw UsageError("a tensor of DLPack " + std::to_string(tensor->version.major) + '.' + std::to_string(tensor->version.minor) +
                     ": expected 1.x");
  }
  const Array& array = tensor->dl_tensor;
  const Dims dims = dims_from(array);
  const DType type = dtype_from(array.type);
  check_dense(array, dims);
  if (array.data == nullptr && dims.elements() > 0)
    throw UsageError("a DLPack tensor of shape " + dims.to_string() + " has no memory");
  return {static_cast<const std::byte*>(array.data) + array.byte_offset, type, dims, device_from(array)};
}

// The tensor (Tensor or DeviceTensor) and DLPack's structures that point into it, in one object, which the deleter frees.
template <class Kept>
struct Handed {
  Handed(Kept given, const Device& where) : tensor(std::move(given)) {
    int64_t dense = 1;
    const Dims& dims = tensor.dims();
    for (int axis = dims.rank() - 1; axis >= 0; --axis) {
      shape[static_cast<size_t>(axis)] = dims[axis];
      strides[static_cast<size_t>(axis)] = dense;
      dense *= dims[axis];
    }
    const Place place = where.kind == Device::cpu ? Place::cpu : Place::cuda;
    const Array array{tensor.data(), place, where.index, dims.rank(), type_of(tensor.dtype()), shape.data(), strides.data(), 0};
    managed = {
        {kMajor, kMinor}, this, [](DLManagedTensorVersioned* self) { delete static_cast<Handed*>(self->manager_ctx); }, 0, array};
  }

  Kept tensor;
  std::array<int64_t, Dims::kMaxRank> shape{}, strides{};
  DLManagedTensorVersioned managed{};
};

}  // namespace

DLManagedTensorVersioned* to_dlpack(Tensor tensor) {
  return &std::make_unique<Handed<Tensor>>(std::move(tensor), Device{}).release()->managed;
}

DLManagedTensorVersioned* to_dlpack(const DeviceTensor& tensor) {
  return &std::make_unique<Handed<DeviceTensor>>(tensor, tensor.device()).release()->managed;
}

DlpackTensor::DlpackTensor(DLManagedTensorVersioned* tensor) : view_(view_from(tensor)) { tensor_.reset(tensor); }

MutableView DlpackTensor::mutable_view() {
  if ((tensor_->flags & kReadOnly) != 0)
    throw UsageError("a DLPack tensor that its library marked read-only cannot take results");
  return {const_cast<void*>(view_.data), view_.dtype, view_.dims, view_.where};
}

void DlpackTensor::Release::operator()(DLManagedTensorVersioned* tensor) const noexcept {
  if (tensor->deleter != nullptr) tensor->deleter(tensor);
}

}  // namespace keraunos
