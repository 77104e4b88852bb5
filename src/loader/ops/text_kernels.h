// Kernels over texts for operations. Texts in results belong to the run, so a kernel that makes them ends a segment.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "keraunos/kernel.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {

/// The elements of a kernel's operand.
template <class T>
std::span<const T> elements_of(const TensorView& view) {
  return {static_cast<const T*>(view.data), static_cast<size_t>(view.dims.elements())};
}

/// Makes one text from each text of x. `parameters` distinguishes functions with the same name.
Value text_from_each(OperationCall& call, Value x, std::string name, std::string parameters,
                     std::function<std::string(std::string_view)> function);

/// A kernel whose results depend on the elements of its operands.
class DynamicKernel : public Kernel {
 public:
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType>) const final { return std::nullopt; }
};

/// The row starts of `elements`, and the end of the last row. DataError where the numbers (int32 or int64) do not ascend from 0
/// to the number of elements.
std::vector<int64_t> checked_splits(const TensorView& view, int64_t elements);
/// The numbers of a tensor of int32 or int64.
std::vector<int64_t> integers_of(const TensorView& view);
/// The same as a tensor of one axis.
Tensor tensor_of_integers(const std::vector<int64_t>& numbers, DType type);

/// True where elements of two tensors of texts are equal, with broadcasting.
Value equal_texts(OperationCall& call, Value a, Value b);

/// The rows of x, also of texts, at places.
Value rows_at(OperationCall& call, Value x, Value places);

/// Refuses the layer where x has another dtype.
void require_texts(OperationCall& call, Value x);

/// A text known during lowering: an argument, or a constant of one element.
std::string known_text(OperationCall& call, size_t parameter);
/// The single text of a constant.
std::string text_in(OperationCall& call, Value v);
/// The texts of a constant; none where the argument is absent.
std::vector<std::string> known_texts(OperationCall& call, size_t parameter);

}  // namespace keraunos::loader
