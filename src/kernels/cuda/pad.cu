#include <array>
#include <cstring>

#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/pad.h"
#include "kernels/cuda/word.h"

namespace keraunos::cuda {
namespace {

/// to (result…) = from (size…) with `value` around it. Each thread writes words index, index + threads of the grid, …
template <class Word>
__global__ void pad_words(PadShape shape, int64_t words, Word value, Word* to, const Word* from) {
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < words; index += threads) {
    int64_t rest = index, offset = 0, pitch = 1;
    bool inside = true;
    for (int axis = shape.rank - 1; axis >= 0; --axis) {
      const int64_t next = rest / shape.result[axis];
      const int64_t position = rest - next * shape.result[axis] - shape.low[axis];
      inside = inside && position >= 0 && position < shape.size[axis];
      offset += position * pitch;
      pitch *= shape.size[axis];
      rest = next;
    }
    to[index] = inside ? from[offset] : value;
  }
}

}  // namespace

PadShape simplified(const PadShape& shape) noexcept {
  PadShape joined;
  for (int axis = 0; axis < shape.rank; ++axis) {
    const bool plain = shape.low[axis] == 0 && shape.size[axis] == shape.result[axis];
    if (plain && joined.rank > 0) {
      const int last = joined.rank - 1;
      joined.size[last] *= shape.size[axis], joined.low[last] *= shape.size[axis], joined.result[last] *= shape.size[axis];
      continue;
    }
    joined.size[joined.rank] = shape.size[axis], joined.low[joined.rank] = shape.low[axis],
    joined.result[joined.rank] = shape.result[axis];
    ++joined.rank;
  }
  return joined;
}

void launch_pad(const PadShape& given, int element_bytes, const void* value, void* to, const void* from,
                const LaunchContext& context, cudaStream_t stream) {
  PadShape shape = simplified(given);
  int elements = 1;
  if (shape.rank > 0) {
    const int last = shape.rank - 1;
    elements = elements_per_word(element_bytes, {shape.size[last], shape.low[last], shape.result[last]}, {to, from});
    shape.size[last] /= elements, shape.low[last] /= elements, shape.result[last] /= elements;
  }
  int64_t words = 1;
  for (int axis = 0; axis < shape.rank; ++axis) words *= shape.result[axis];
  if (words == 0) return;
  std::array<char, 16> pattern{};
  for (size_t at = 0; at < pattern.size(); at += static_cast<size_t>(element_bytes)) {
    std::memcpy(pattern.data() + at, value, static_cast<size_t>(element_bytes));
  }
  for_word(element_bytes * elements, [&]<class Word>(Type<Word>) {
    Word filled;
    std::memcpy(&filled, pattern.data(), sizeof filled);
    launch(pad_words<Word>, blocks_for(words, kBlock, context), kBlock, 0, stream, shape, words, filled, static_cast<Word*>(to),
           static_cast<const Word*>(from));
  });
}

}  // namespace keraunos::cuda
