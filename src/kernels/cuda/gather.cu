#include "kernels/cuda/elements.h"
#include "kernels/cuda/gather.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/word.h"

namespace keraunos::cuda {
namespace {

struct Shape {
  int64_t outer, rows, width, ids;  // width in words
  bool from_end;
};

/// table (outer, rows, width), ids (ids), out (outer, ids, width). Each thread copies words index, index + threads of the grid, …
template <class Word, class Id>
__global__ void gather_words(Shape shape, const Word* table, const Id* ids, Word* out, int32_t* error_raised,
                             int64_t* error_found) {
  const int64_t words = shape.outer * shape.ids * shape.width, threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < words; index += threads) {
    const int64_t row = index / shape.width, column = index - row * shape.width;
    const int64_t outer = row / shape.ids;
    const Id given = ids[row - outer * shape.ids];
    const auto found = static_cast<int64_t>(given);
    const int64_t id = shape.from_end && found < 0 ? found + shape.rows : found;
    if (id >= 0 && id < shape.rows) {
      out[index] = table[(outer * shape.rows + id) * shape.width + column];
      continue;
    }
    out[index] = Word{};
    if (atomicCAS(error_raised, 0, 1) == 0) *error_found = found;
  }
}

/// Calls `work` with ids of every integer type, which the kernel widens.
template <class Work>
void for_id(DType type, Work&& work) {
  switch (type) {
    case DType::int8: return work(Type<int8_t>{});
    case DType::uint8: return work(Type<uint8_t>{});
    case DType::int16: return work(Type<int16_t>{});
    case DType::uint16: return work(Type<uint16_t>{});
    case DType::int32: return work(Type<int32_t>{});
    case DType::uint32: return work(Type<uint32_t>{});
    case DType::int64:
    case DType::uint64: return work(Type<int64_t>{});
    default: no_such_type("gather with ids", type);
  }
}

}  // namespace

void launch_gather(const GatherShape& shape, const void* table, const void* ids, void* out, int32_t* error_raised,
                   int64_t* error_found, const LaunchContext& context, cudaStream_t stream) {
  const int elements = elements_per_word(shape.element_bytes, {shape.width}, {table, out});
  const Shape words{shape.outer, shape.rows, shape.width / elements, shape.ids, shape.from_end};
  const int64_t count = words.outer * words.ids * words.width;
  if (count == 0) return;
  for_word(shape.element_bytes * elements, [&]<class Word>(Type<Word>) {
    for_id(shape.id_type, [&]<class Id>(Type<Id>) {
      launch(gather_words<Word, Id>, blocks_for(count, kBlock, context), kBlock, 0, stream, words,
             static_cast<const Word*>(table), static_cast<const Id*>(ids), static_cast<Word*>(out), error_raised, error_found);
    });
  });
}

}  // namespace keraunos::cuda
