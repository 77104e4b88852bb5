#include "loader/layers/common/stored_weights.h"

#include <algorithm>
#include <cstring>

#include "keraunos/error.h"

namespace keraunos::loader {
namespace {

std::byte* bytes_of(Tensor& tensor) { return static_cast<std::byte*>(tensor.data()); }
const std::byte* bytes_of(const Tensor& tensor) { return static_cast<const std::byte*>(tensor.data()); }

}  // namespace

SharedTensor transposed(const Tensor& tensor, std::span<const int> permutation) {
  const Dims& from = tensor.dims();
  const auto rank = static_cast<size_t>(from.rank());
  std::vector<int64_t> sizes(rank), strides(rank, 1), step(rank);
  for (size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * from[static_cast<int>(i)];
  for (size_t i = 0; i < rank; ++i) {
    sizes[i] = from[permutation[i]];
    step[i] = strides[static_cast<size_t>(permutation[i])];
  }
  Tensor result(tensor.dtype(), Dims(std::span<const int64_t>(sizes)));
  const auto element = static_cast<size_t>(size_of(tensor.dtype()));
  std::vector<int64_t> index(rank, 0);
  int64_t source = 0;
  for (int64_t target = 0; target < result.dims().elements(); ++target) {
    std::memcpy(bytes_of(result) + static_cast<size_t>(target) * element,
                bytes_of(tensor) + static_cast<size_t>(source) * element, element);
    for (size_t axis = rank; axis-- > 0;) {
      source += step[axis];
      if (++index[axis] < sizes[axis]) break;
      source -= step[axis] * sizes[axis];
      index[axis] = 0;
    }
  }
  return std::make_shared<const Tensor>(std::move(result));
}

SharedTensor joined_columns(std::span<const SharedTensor> parts) {
  const Dims& first = parts[0]->dims();
  std::vector<int64_t> sizes(first.begin(), first.end());
  sizes.back() = 0;
  for (const SharedTensor& part : parts) {
    if (part->dims().rank() != first.rank() || part->dtype() != parts[0]->dtype() ||
        part->dims().elements() / std::max<int64_t>(part->dims().back(), 1) !=
            first.elements() / std::max<int64_t>(first.back(), 1)) {
      throw ModelError("the gates of a recurrent layer have shapes " + first.to_string() + " and " + part->dims().to_string());
    }
    sizes.back() += part->dims().back();
  }
  Tensor result(parts[0]->dtype(), Dims(std::span<const int64_t>(sizes)));
  const int64_t rows = sizes.back() == 0 ? 0 : result.dims().elements() / sizes.back(), element = size_of(result.dtype());
  std::byte* target = bytes_of(result);
  for (int64_t row = 0; row < rows; ++row) {
    for (const SharedTensor& part : parts) {
      const int64_t bytes = part->dims().back() * element;
      std::memcpy(target, bytes_of(*part) + row * bytes, static_cast<size_t>(bytes));
      target += bytes;
    }
  }
  return std::make_shared<const Tensor>(std::move(result));
}

}  // namespace keraunos::loader
