// Encodes the indices of a lookup: as they are, or as vectors as long as the vocabulary.
#pragma once

#include <span>
#include <vector>

#include "keraunos/tensor.h"

namespace keraunos::loader::text {

struct Encoding {
  enum class Mode : uint8_t { indices, one_hot, multi_hot, count, tf_idf };

  Mode mode = Mode::indices;
  DType type = DType::int64;     ///< of the result: int64, int32 or float32
  int64_t depth = 0;             ///< of the vectors
  std::vector<float> weights{};  ///< tf_idf: one for each index

  /// The dims of the result for indices of these dims. one_hot makes one vector per index and drops a last axis of 1; the others
  /// make one vector per row.
  Dims result(const Dims& indices) const;
  /// Indices outside the depth are dropped. Writes every element of `out`.
  void write(std::span<const int64_t> indices, const Dims& shape, const MutableView& out) const;
};

}  // namespace keraunos::loader::text
