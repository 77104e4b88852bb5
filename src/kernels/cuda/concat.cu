#include "kernels/cuda/concat.h"
#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/word.h"

namespace keraunos::cuda {
namespace {

struct ConcatTable {
  int parts;
  const void* from[kConcatParts];
  int64_t begin[kConcatParts + 1];  // first column of each part in words; then the end of the last
};

/// Writes to (rows, pitch) from its first column on; each thread copies consecutive words of the joined rows.
template <class Word>
__global__ void concat_words(ConcatTable table, int64_t rows, int64_t pitch, Word* to) {
  const int64_t width = table.begin[table.parts], threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < rows * width; index += threads) {
    const int64_t row = index / width, column = index - row * width;
    int part = 0;
    while (column >= table.begin[part + 1]) ++part;
    const int64_t own = table.begin[part + 1] - table.begin[part];
    to[row * pitch + column] = static_cast<const Word*>(table.from[part])[row * own + column - table.begin[part]];
  }
}

}  // namespace

void launch_concat(std::span<const ConcatPart> parts, int element_bytes, int64_t rows, int64_t pitch, int64_t first, void* to,
                   const LaunchContext& context, cudaStream_t stream) {
  int elements = elements_per_word(element_bytes, {pitch, first}, {to});
  for (const ConcatPart& part : parts) {
    if (part.width == 0) continue;
    while (elements_per_word(element_bytes, {part.width}, {part.from}) < elements) elements /= 2;
  }
  ConcatTable table{};
  for (const ConcatPart& part : parts) {
    if (part.width == 0) continue;
    table.from[table.parts] = part.from;
    table.begin[table.parts + 1] = table.begin[table.parts] + part.width / elements;
    ++table.parts;
  }
  const int64_t words = rows * table.begin[table.parts];
  if (words == 0) return;
  for_word(element_bytes * elements, [&]<class Word>(Type<Word>) {
    launch(concat_words<Word>, blocks_for(words, kBlock, context), kBlock, 0, stream, table, rows, pitch / elements,
           static_cast<Word*>(to) + first / elements);
  });
}

}  // namespace keraunos::cuda
