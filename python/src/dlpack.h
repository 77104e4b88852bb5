// Capsules of DLPack (https://dmlc.github.io/dlpack/latest/python_spec.html, version 1.1): "dltensor_versioned", and "dltensor"
// of libraries that know no versions.
#pragma once

#include <pybind11/pybind11.h>

#include "keraunos/device_call.h"
#include "keraunos/dlpack.h"

namespace keraunos::python {

/// Takes the memory of a capsule, which is marked as used. UsageError as DlpackTensor, and for an object that is no such capsule.
DlpackTensor dlpack_from(const pybind11::object& capsule);
/// An ndarray of any strides over the memory of a capsule of the CPU, which it keeps. The elements of bfloat16 come as uint16;
/// the second value says so.
pybind11::tuple array_from_dlpack(const pybind11::object& capsule);
/// A capsule that shares the tensor's memory; unversioned for consumers that ask for no version.
pybind11::capsule dlpack_capsule(const DeviceTensor& tensor, bool versioned);
pybind11::capsule dlpack_capsule(Tensor tensor, bool versioned);

}  // namespace keraunos::python
