#include "kernels/cuda/copy.h"
#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/word.h"

namespace keraunos::cuda {
namespace {

constexpr int kTile = 32;     // a transposition moves tiles of kTile × kTile words through shared memory
constexpr int kTileRows = 8;  // threads along y

/// Each thread copies words index, index + threads of the grid, …
template <class Word, class Index>
__global__ void copy_words(Walk<2> walk, int64_t words, Word* to, const Word* from) {
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < words; index += threads) {
    int64_t offset[2];
    locate(walk, static_cast<Index>(index), offset);
    to[offset[0]] = from[offset[1]];
  }
}

/// A transposition: in `to` the axis `columns` has stride 1, in `from` the axis `rows` has stride 1, for each index of the
/// batch's walk.
struct Crossing {
  int64_t rows, columns;        // extents of the two axes
  int64_t to_row, from_column;  // the strides that are not 1
  Walk<2> batch;
};

/// Block (32, 8). A block moves tiles of 32 × 32 words: it reads along rows, transposes the tile in shared memory (33 wide, to
/// avoid bank conflicts in both directions) and writes along columns.
template <class Word>
__global__ void copy_tiles(Crossing shape, int64_t tiles, Word* to, const Word* from) {
  Word* const tile = dynamic_shared<Word>();
  const int64_t across = (shape.rows + kTile - 1) / kTile, down = (shape.columns + kTile - 1) / kTile;
  const auto x = static_cast<int64_t>(threadIdx.x), y = static_cast<int64_t>(threadIdx.y);
  for (int64_t index = blockIdx.x; index < tiles; index += gridDim.x) {
    const int64_t row = index % across * kTile, column = index / across % down * kTile;
    int64_t offset[2];
    locate(shape.batch, static_cast<uint64_t>(index / (across * down)), offset);
    for (int64_t i = y; i < kTile; i += kTileRows) {
      if (row + x < shape.rows && column + i < shape.columns) {
        tile[i * (kTile + 1) + x] = from[offset[1] + row + x + (column + i) * shape.from_column];
      }
    }
    __syncthreads();
    for (int64_t i = y; i < kTile; i += kTileRows) {
      if (column + x < shape.columns && row + i < shape.rows) {
        to[offset[0] + column + x + (row + i) * shape.to_row] = tile[x * (kTile + 1) + i];
      }
    }
    __syncthreads();
  }
}

int index_of_stride_one(const Walk<2>& walk) {
  for (int axis = 0; axis < walk.rank - 1; ++axis) {
    if (walk.stride[1][axis] == 1) return axis;
  }
  return -1;
}

void copy_crossing(const Walk<2>& walk, int row_axis, int element_bytes, void* to, const void* from, const LaunchContext& context,
                   cudaStream_t stream) {
  const int column_axis = walk.rank - 1;
  Crossing shape{walk.size[row_axis], walk.size[column_axis], walk.stride[0][row_axis], walk.stride[1][column_axis], {}};
  for (int axis = 0; axis < column_axis; ++axis) {
    if (axis != row_axis) shape.batch.add_axis(walk.size[axis], {walk.stride[0][axis], walk.stride[1][axis]});
  }
  const int64_t tiles = divide_up(shape.rows, kTile) * divide_up(shape.columns, kTile) * shape.batch.elements();
  for_word(element_bytes, [&]<class Word>(Type<Word>) {
    launch(copy_tiles<Word>, blocks_for(tiles, 1, context), dim3(kTile, kTileRows), kTile * (kTile + 1) * sizeof(Word), stream,
           shape, tiles, static_cast<Word*>(to), static_cast<const Word*>(from));
  });
}

/// The walk in words of `by` elements along its last axis, which is dense in both arrays.
Walk<2> in_words(Walk<2> walk, int by) {
  walk.size[walk.rank - 1] /= by;
  for (int axis = 0; axis + 1 < walk.rank; ++axis) walk.stride[0][axis] /= by, walk.stride[1][axis] /= by;
  return walk;
}

int word_of(const Walk<2>& walk, int element_bytes, const void* to, const void* from) {
  const int last = walk.rank - 1;
  if (last < 0 || walk.stride[0][last] != 1 || walk.stride[1][last] != 1) return 1;
  int elements = elements_per_word(element_bytes, {walk.size[last]}, {to, from});
  for (int axis = 0; axis < last; ++axis) {
    while (walk.stride[0][axis] % elements != 0 || walk.stride[1][axis] % elements != 0) elements /= 2;
  }
  return elements;
}

}  // namespace

void launch_copy(const Walk<2>& given, int element_bytes, void* to, const void* from, const LaunchContext& context,
                 cudaStream_t stream) {
  Walk<2> walk = simplified(given);
  if (walk.elements() == 0) return;
  const int last = walk.rank - 1;
  const int crossing = index_of_stride_one(walk);
  if (last > 0 && walk.stride[0][last] == 1 && walk.stride[1][last] != 1 && crossing >= 0 && walk.size[last] > 1) {
    copy_crossing(walk, crossing, element_bytes, to, from, context, stream);
    return;
  }
  const int elements = word_of(walk, element_bytes, to, from);
  if (elements > 1) walk = in_words(walk, elements);
  const int64_t words = walk.elements();
  for_word(element_bytes * elements, [&]<class Word>(Type<Word>) {
    const auto kernel = words < kSmallIndex ? copy_words<Word, uint32_t> : copy_words<Word, uint64_t>;
    launch(kernel, blocks_for(words, kBlock, context), kBlock, 0, stream, walk, words, static_cast<Word*>(to),
           static_cast<const Word*>(from));
  });
}

}  // namespace keraunos::cuda
