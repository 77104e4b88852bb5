#include "loader/layers/text/encoding.h"

#include <algorithm>

namespace keraunos::loader::text {
namespace {

// The number of indices that share one vector.
int64_t row_length(Encoding::Mode mode, const Dims& indices) {
  return mode == Encoding::Mode::one_hot || indices.rank() == 0 ? 1 : indices.back();
}

template <class T>
void add_row(const Encoding& encoding, std::span<const int64_t> row, std::span<T> vector) {
  for (int64_t index : row) {
    if (index < 0 || index >= encoding.depth) continue;
    T& element = vector[static_cast<size_t>(index)];
    const bool counts = encoding.mode == Encoding::Mode::count || encoding.mode == Encoding::Mode::tf_idf;
    element = counts ? static_cast<T>(element + T{1}) : T{1};
  }
  if (encoding.mode != Encoding::Mode::tf_idf) return;
  for (size_t i = 0; i < vector.size(); ++i) {
    vector[i] = static_cast<T>(static_cast<float>(vector[i]) * (i < encoding.weights.size() ? encoding.weights[i] : 0.0f));
  }
}

template <class T>
void write_as(const Encoding& encoding, std::span<const int64_t> indices, size_t length, const MutableView& out) {
  const std::span<T> result(static_cast<T*>(out.data), static_cast<size_t>(out.dims.elements()));
  if (encoding.mode == Encoding::Mode::indices) {
    std::transform(indices.begin(), indices.end(), result.begin(), [](int64_t index) { return static_cast<T>(index); });
    return;
  }
  std::fill(result.begin(), result.end(), T{0});
  const auto depth = static_cast<size_t>(encoding.depth);
  for (size_t row = 0; (row + 1) * depth <= result.size() && depth > 0; ++row) {
    add_row<T>(encoding, indices.subspan(row * length, length), result.subspan(row * depth, depth));
  }
}

}  // namespace

Dims Encoding::result(const Dims& indices) const {
  if (mode == Mode::indices) return indices;
  std::vector<int64_t> shape(indices.begin(), indices.end());
  const bool drops_last = !shape.empty() && (mode != Mode::one_hot || (shape.size() > 1 && shape.back() == 1));
  if (drops_last) shape.pop_back();
  shape.push_back(depth);
  return Dims(shape);
}

void Encoding::write(std::span<const int64_t> indices, const Dims& shape, const MutableView& out) const {
  const auto length = static_cast<size_t>(row_length(mode, shape));
  if (type == DType::float32) return write_as<float>(*this, indices, length, out);
  if (type == DType::int32) return write_as<int32_t>(*this, indices, length, out);
  write_as<int64_t>(*this, indices, length, out);
}

}  // namespace keraunos::loader::text
