#include "dlpack.h"

#include <pybind11/numpy.h>

#include <cstring>
#include <optional>

#include "keraunos/error.h"

namespace keraunos::python {
namespace py = pybind11;
namespace {

// The C structures of DLPack under our own names, with the layout of its header dlpack.h.
struct DlArray {
  void* data;
  int32_t place, place_index, rank;
  uint8_t code, bits;
  uint16_t lanes;
  int64_t *shape, *strides;
  uint64_t byte_offset;
};
struct DlUnversioned {
  DlArray array;
  void* context;
  void (*deleter)(DlUnversioned*);
};
struct DlVersioned {
  uint32_t major, minor;
  void* context;
  void (*deleter)(DlVersioned*);
  uint64_t flags;
  DlArray array;
};
static_assert(sizeof(DlArray) == 48 && sizeof(DlUnversioned) == 64 && sizeof(DlVersioned) == 80);
constexpr uint64_t kReadOnlyFlag = 1;
constexpr const char *kVersioned = "dltensor_versioned", *kUnversioned = "dltensor";

DLManagedTensorVersioned* opaque(DlVersioned* tensor) { return reinterpret_cast<DLManagedTensorVersioned*>(tensor); }

/// The tensor of an unversioned capsule in the form of version 1.
DlVersioned* with_version(DlUnversioned* tensor) {
  return new DlVersioned{1,
                         0,
                         tensor,
                         [](DlVersioned* self) {
                           auto* inner = static_cast<DlUnversioned*>(self->context);
                           if (inner->deleter != nullptr) inner->deleter(inner);
                           delete self;
                         },
                         0,
                         tensor->array};
}

/// Takes the tensor out of the capsule.
DlVersioned* taken(const py::object& capsule) {
  if (PyCapsule_IsValid(capsule.ptr(), kVersioned) != 0) {
    auto* tensor = static_cast<DlVersioned*>(PyCapsule_GetPointer(capsule.ptr(), kVersioned));
    PyCapsule_SetName(capsule.ptr(), "used_dltensor_versioned");
    return tensor;
  }
  if (PyCapsule_IsValid(capsule.ptr(), kUnversioned) != 0) {
    auto* tensor = static_cast<DlUnversioned*>(PyCapsule_GetPointer(capsule.ptr(), kUnversioned));
    PyCapsule_SetName(capsule.ptr(), "used_dltensor");
    return with_version(tensor);
  }
  throw UsageError("__dlpack__() returned no capsule of DLPack, or one that was used already");
}

struct Delete {
  void operator()(DlVersioned* tensor) const {
    if (tensor->deleter != nullptr) tensor->deleter(tensor);
  }
};
using Owned = std::unique_ptr<DlVersioned, Delete>;

char kind_of(const DlArray& array) {
  switch (array.lanes == 1 ? array.code : 255) {
    case 0: return 'i';
    case 1: return 'u';
    case 2: return 'f';
    case 4: return array.bits == 16 ? 'u' : '\0';  // bfloat16
    case 5: return 'c';
    case 6: return 'b';
    default: return '\0';
  }
}

void free_unused(PyObject* capsule) {
  if (PyCapsule_IsValid(capsule, kVersioned) != 0) Owned(static_cast<DlVersioned*>(PyCapsule_GetPointer(capsule, kVersioned)));
  if (PyCapsule_IsValid(capsule, kUnversioned) == 0) return;
  auto* tensor = static_cast<DlUnversioned*>(PyCapsule_GetPointer(capsule, kUnversioned));
  tensor->deleter(tensor);
}

py::capsule capsule_of(DLManagedTensorVersioned* managed, bool versioned) {
  Owned tensor(reinterpret_cast<DlVersioned*>(managed));
  if (versioned) {
    py::capsule capsule(tensor.get(), kVersioned, &free_unused);
    static_cast<void>(tensor.release());
    return capsule;
  }
  const auto end = [](DlUnversioned* self) {
    const Owned inner(static_cast<DlVersioned*>(self->context));
    delete self;
  };
  auto plain = std::make_unique<DlUnversioned>(DlUnversioned{tensor->array, tensor.get(), end});
  py::capsule capsule(plain.get(), kUnversioned, &free_unused);
  static_cast<void>(tensor.release());
  static_cast<void>(plain.release());
  return capsule;
}

}  // namespace

DlpackTensor dlpack_from(const py::object& capsule) {
  Owned tensor(taken(capsule));
  DlpackTensor answer(opaque(tensor.get()));
  static_cast<void>(tensor.release());
  return answer;
}

py::tuple array_from_dlpack(const py::object& capsule) {
  Owned tensor(taken(capsule));
  if (tensor->major != 1)
    throw UsageError("a tensor of DLPack " + std::to_string(tensor->major) + '.' + std::to_string(tensor->minor) +
                     ": expected 1.x");
  const DlArray& array = tensor->array;
  const char kind = kind_of(array);
  if (kind == '\0')
    throw UsageError("a DLPack tensor of element type code " + std::to_string(array.code) + " with " +
                     std::to_string(array.bits) + " bits and " + std::to_string(array.lanes) +
                     " lanes is of no type that Keraunos has");
  const py::dtype dtype(std::string(1, kind) + std::to_string(array.bits / 8));
  std::vector<py::ssize_t> shape(array.shape, array.shape + array.rank), strides;
  for (int axis = 0; array.strides != nullptr && axis < array.rank; ++axis)
    strides.push_back(array.strides[axis] * dtype.itemsize());
  auto* data = static_cast<std::byte*>(array.data) + array.byte_offset;
  const bool is_bfloat16 = array.code == 4, read_only = (tensor->flags & kReadOnlyFlag) != 0;
  const py::capsule owner(tensor.get(), [](void* held) { const Owned end(static_cast<DlVersioned*>(held)); });
  static_cast<void>(tensor.release());
  py::array result(dtype, shape, strides, data, owner);
  if (read_only) result.attr("setflags")(py::arg("write") = false);
  return py::make_tuple(std::move(result), is_bfloat16);
}

py::capsule dlpack_capsule(const DeviceTensor& tensor, bool versioned) { return capsule_of(to_dlpack(tensor), versioned); }
py::capsule dlpack_capsule(Tensor tensor, bool versioned) { return capsule_of(to_dlpack(std::move(tensor)), versioned); }

}  // namespace keraunos::python
