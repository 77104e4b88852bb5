// Converts NumPy arrays to views, and tensors to NumPy arrays.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <string_view>
#include <vector>

#include "keraunos/dtype.h"
#include "keraunos/tensor.h"

namespace keraunos::python {

/// Views of arrays by name. Keeps the arrays and the bytes of strings alive; valid as long as this object, also without the GIL.
class NamedArrays {
 public:
  /// `arrays`: a list of pairs (name, array). Arrays must be C-contiguous and in the machine's byte order; strings are a pair
  /// (flat list of bytes, shape), bfloat16 an array of ml_dtypes. The Python side ensures this (inputs.py).
  explicit NamedArrays(const pybind11::list& arrays);
  const NamedViews& views() const noexcept { return views_; }

 private:
  TensorView view_of(const pybind11::object& value);
  TensorView strings(const pybind11::tuple& value);

  pybind11::list kept_;
  std::vector<std::vector<std::string_view>> texts_;
  NamedViews views_;
};

/// A view of a plain array: an ndarray (no subclass), C-contiguous, of numbers or booleans in the machine's byte order, with
/// `rank` axes and at least one row. Empty for other objects, which the Python code converts.
std::optional<TensorView> plain_array(const pybind11::handle& value, pybind11::ssize_t rank);
/// An array of this class over the tensor's memory. The dtype must be one of NumPy's own.
pybind11::object array_over(Tensor tensor, const pybind11::handle& type);

/// An array with a copy of a view's elements: bfloat16 as float32, strings as an object array of bytes.
pybind11::object copy_of(const TensorView& view);

/// An array over the tensor's memory, without a copy; strings become an object array of bytes, as in Keras.
pybind11::object to_numpy(Tensor tensor);
/// A list of pairs (name, array).
pybind11::list to_numpy(Named&& results);

}  // namespace keraunos::python
