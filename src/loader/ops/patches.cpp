// Windows concatenated and added up again, and blocks of an image as channels.
#include "host/graph/extent.h"
#include "loader/layers/common/resampling.h"
#include "loader/ops/geometry.h"

namespace keraunos::loader {
namespace {

// Positions of windows along one axis: the element that tap t of window i reads.
struct Line {
  int64_t size = 1, stride = 1, dilation = 1, padding = 0;

  int64_t windows(OperationCall& call, int64_t elements) const {
    const int64_t reach = host::reach_of(size, dilation), room = elements + 2 * padding - reach;
    if (room < 0) call.l.refuse("has a window over " + std::to_string(reach) + " of " + std::to_string(elements) + " elements");
    const int64_t count = room / stride + 1;
    if (host::checked_multiply(count, size) > kMostResults)
      call.l.refuse("has windows of more than 1048576 elements along an axis");
    return count;
  }
  int64_t element(int64_t tap, int64_t window) const { return window * stride + tap * dilation - padding; }
};

// (size, windows): the padded axis's index for each tap of each window.
Value reads(OperationCall& call, const Line& line, int64_t windows) {
  std::vector<int32_t> ids;
  for (int64_t tap = 0; tap < line.size; ++tap) {
    for (int64_t window = 0; window < windows; ++window)
      ids.push_back(static_cast<int32_t>(line.element(tap, window) + line.padding));
  }
  return call.l.constant(TensorView(ids, Dims{line.size, windows}));
}

// One number for both axes or one for each axis.
std::array<int64_t, 2> two(OperationCall& call, size_t parameter, int64_t otherwise, int64_t least) {
  const std::vector<int64_t> given = call.integers(parameter).value_or(std::vector<int64_t>{otherwise});
  if (given.empty() || given.size() > 2) call.l.refuse("has a list of " + std::to_string(given.size()) + " numbers for two axes");
  for (int64_t number : given) {
    if (number < least || number > Range::kMostExtent) call.l.refuse("has a window with the number " + std::to_string(number));
  }
  return {given.front(), given.back()};
}

// unfold and fold have the same parameters, from `first` on: kernel_size, dilation, padding, stride.
std::array<Line, 2> lines(OperationCall& call, size_t first) {
  const auto size = two(call, first, 1, 1), dilation = two(call, first + 1, 1, 1), padding = two(call, first + 2, 0, 0);
  const auto stride = two(call, first + 3, 1, 1);
  std::array<Line, 2> both;
  for (size_t i = 0; i < 2; ++i) both[i] = {.size = size[i], .stride = stride[i], .dilation = dilation[i], .padding = padding[i]};
  return both;
}

// (N, C, H, W) → (N, C · kH · kW, windows).
std::vector<Value> unfold(OperationCall& call) {
  Lowering& l = call.l;
  Value x = call.tensor(0);
  if (l.rank(x) != 4) l.refuse("unfolds a tensor of rank 4, found " + l.dims(x).to_string());
  const auto [high, wide] = lines(call, 1);
  const Dim batch = l.dim(x, 0), channels = l.dim(x, 1);
  const int64_t rows = high.windows(call, l.dim(x, 2).size), columns = wide.windows(call, l.dim(x, 3).size);
  const int64_t edges[]{0, 0, high.padding, wide.padding};
  if (high.padding + wide.padding > 0) x = l.pad(x, edges, edges, 0);
  x = l.gather(l.gather(x, reads(call, wide, columns), 3), reads(call, high, rows), 2);
  const int order[]{0, 1, 2, 4, 3, 5};
  return {l.reshape(l.transpose(x, order), {batch, {channels.size * high.size * wide.size}, {rows * columns}})};
}

// The taps of all windows along an axis, (size · windows), added at their positions.
Taps sums(const Line& line, int64_t windows, int64_t elements) {
  std::vector<std::vector<int32_t>> from(static_cast<size_t>(elements));
  size_t most = 1;
  for (int64_t tap = 0; tap < line.size; ++tap) {
    for (int64_t window = 0; window < windows; ++window) {
      const int64_t element = line.element(tap, window);
      if (element < 0 || element >= elements) continue;
      auto& own = from[static_cast<size_t>(element)];
      own.push_back(static_cast<int32_t>(tap * windows + window));
      most = std::max(most, own.size());
    }
  }
  Taps taps{.results = elements, .taps = static_cast<int64_t>(most)};
  for (auto& own : from) {
    std::vector<double> ones(own.size(), 1);
    own.resize(most), ones.resize(most);
    taps.ids.insert(taps.ids.end(), own.begin(), own.end());
    taps.weights.insert(taps.weights.end(), ones.begin(), ones.end());
  }
  return taps;
}

// (N, C · kH · kW, windows) → (N, C, H, W).
std::vector<Value> fold(OperationCall& call) {
  Lowering& l = call.l;
  Value x = call.tensor(0);
  if (l.rank(x) != 3) l.refuse("folds a tensor of rank 3, found " + l.dims(x).to_string());
  const auto image = two(call, 1, 1, 1);
  const auto [high, wide] = lines(call, 2);
  if (image[0] > kMostResults || image[1] > kMostResults) l.refuse("folds to more than 1048576 elements of an axis");
  const int64_t rows = high.windows(call, image[0]), columns = wide.windows(call, image[1]);
  const int64_t taps = host::checked_multiply(high.size, wide.size), depth = l.dim(x, 1).size;
  if (depth % taps != 0 || l.dim(x, 2).size != rows * columns)
    l.refuse("folds " + l.dims(x).to_string() + ", which does not fit its windows");
  const Dim batch = l.dim(x, 0), channels{depth / taps};
  const DType type = l.dtype(x);
  if (size_of(type) == 2) x = l.cast(x, DType::float32);
  const int order[]{0, 1, 2, 4, 3, 5};
  x = l.transpose(l.reshape(x, {batch, channels, {high.size}, {wide.size}, {rows}, {columns}}), order);
  x = l.reshape(x, {batch, channels, {high.size * rows}, {wide.size * columns}});
  return {l.cast(resample(l, resample(l, x, 3, sums(wide, columns, image[1])), 2, sums(high, rows, image[0])), type)};
}

int64_t block_of(OperationCall& call, Value x) {
  if (call.l.rank(x) != 4) call.l.refuse("needs a tensor of rank 4, found " + call.l.dims(x).to_string());
  const int64_t block = call.integer(1, 0);
  if (block < 1 || block > Range::kMostExtent) call.l.refuse("has blocks of " + std::to_string(block));
  return block;
}

std::vector<Value> depth_to_space(OperationCall& call) {
  Lowering& l = call.l;
  const int64_t block = block_of(call, call.tensor(0)), area = host::checked_multiply(block, block);
  const Layout layout(call, 2, call.tensor(0));
  const Value x = layout.last(call.tensor(0));
  const Shape from = l.shape(x);
  if (from[3].size % area != 0)
    l.refuse("takes blocks of " + std::to_string(area) + " out of " + std::to_string(from[3].size) + " channels");
  const Dim channels{from[3].size / area};
  const int order[]{0, 1, 3, 2, 4, 5};
  const Value apart = l.transpose(l.reshape(x, {from[0], from[1], from[2], {block}, {block}, channels}), order);
  return {layout.given(l.reshape(apart, {from[0], {from[1].size * block}, {from[2].size * block}, channels}))};
}

std::vector<Value> space_to_depth(OperationCall& call) {
  Lowering& l = call.l;
  const int64_t block = block_of(call, call.tensor(0));
  const Layout layout(call, 2, call.tensor(0));
  const Value x = layout.last(call.tensor(0));
  const Shape from = l.shape(x);
  if (from[1].size % block != 0 || from[2].size % block != 0)
    l.refuse("makes blocks of " + std::to_string(block) + " out of " + l.dims(x).to_string());
  const Dim rows{from[1].size / block}, columns{from[2].size / block};
  const int order[]{0, 1, 3, 2, 4, 5};
  const Value apart = l.transpose(l.reshape(x, {from[0], rows, {block}, columns, {block}, from[3]}), order);
  return {layout.given(l.reshape(apart, {from[0], rows, columns, {block * block * from[3].size}}))};
}

}  // namespace

std::vector<Operation> patches_operations() {
  return {
      {{"Unfold"}, {}, {"x", "kernel_size", "dilation", "padding", "stride"}, unfold},
      {{"Fold"}, {}, {"x", "output_size", "kernel_size", "dilation", "padding", "stride"}, fold},
      {{"DepthToSpace"}, {"nn.depth_to_space"}, {"x|input", "block_size", "data_format"}, depth_to_space},
      {{"SpaceToDepth"}, {"nn.space_to_depth"}, {"x|input", "block_size", "data_format"}, space_to_depth},
  };
}

}  // namespace keraunos::loader
