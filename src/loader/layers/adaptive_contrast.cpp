// ContrastLimitedAdaptiveHistogramEqualization: for each tile of an image a mapping of values (a curve) is computed from its
// histogram; between the centres of tiles, curves are interpolated.
#include <algorithm>
#include <array>
#include <cmath>

#include "host/graph/extent.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/memory.h"
#include "loader/layers/common/value_range.h"
#include "loader/ops/one_hot.h"

namespace keraunos::loader {

std::vector<LayerDef> adaptive_contrast_layers();

namespace {

constexpr int64_t kValues = 256;

struct Tiles {
  int64_t rows, columns, height, width;  ///< number of tiles, and their size

  Tiles(const Config& config, Dim image_height, Dim image_width) {
    constexpr Range kGrid{1, 1 << 16};
    const std::vector<int64_t> grid =
        config.has("tile_grid_size") ? config.integers("tile_grid_size", 2, kGrid) : std::vector<int64_t>{8, 8};
    rows = grid[0], columns = grid[1];
    height = (image_height.size + rows - 1) / rows, width = (image_width.size + columns - 1) / columns;
  }
};

// Extended by reflection at the end, the last element included.
Value lengthened(Lowering& l, Value x, int axis, int64_t extent) {
  const int64_t found = l.dim(x, axis).size, more = extent - found;
  if (more == 0) return x;
  if (more > found) l.refuse("cuts an image of " + std::to_string(found) + " elements into too many tiles");
  const Value parts[] = {x, l.reverse(l.slice_axis(x, axis, found - more, more), axis)};
  return l.concatenate(parts, axis);
}

Value whole_numbers(Lowering& l, Value x) {
  const auto number = [&](double value) { return l.scalar(value, l.dtype(x)); };
  return l.cast(l.binary(Function::minimum, l.binary(Function::maximum, x, number(0)), number(255)), DType::int32);
}

// The histogram of each tile: (N, rows, columns, C), and a count for each value.
Value histograms(Lowering& l, Value pixels, const Tiles& tiles) {
  const Dim batch = l.dim(pixels, 0), channels = l.dim(pixels, 3);
  const Value apart = l.reshape(pixels, {batch, {tiles.rows}, {tiles.height}, {tiles.columns}, {tiles.width}, channels});
  const Value each = l.reshape(l.transpose(apart, std::array{0, 1, 3, 5, 2, 4}),
                               {batch, {tiles.rows}, {tiles.columns}, channels, {tiles.height * tiles.width}});
  const int along[] = {4};
  return l.reduce(Reduction::sum, l.cast(one_hot_mask(l, each, kValues, 5), DType::float32), along);
}

// Counts above the limit are distributed over all values.
Value limited(Lowering& l, Value counts, double limit) {
  const Value most = l.scalar(limit, DType::float32);
  const Value kept = l.binary(Function::minimum, counts, most);
  const int last[] = {4};
  const Value excess = l.reduce(Reduction::sum, l.subtract(counts, kept), last, true);
  return l.add(kept, l.multiply(excess, 1.0 / kValues));
}

// Cumulative sums of the counts, scaled to 0 … 255.
Value curves(Lowering& l, Value counts, const Tiles& tiles) {
  std::vector<float> triangle(kValues * kValues, 0.0f);
  for (int64_t i = 0; i < kValues; ++i) std::fill_n(triangle.begin() + i * kValues + i, kValues - i, 1.0f);
  const Value sums = l.matmul(counts, l.constant(TensorView(triangle, Dims{kValues, kValues})));
  const int last[] = {4};
  const Value least = l.reduce(Reduction::minimum, sums, last, true);
  const auto number = [&](double value) { return l.scalar(value, DType::float32); };
  const Value range = l.subtract(number(static_cast<double>(tiles.height * tiles.width)), least);
  const Value divisor = l.select(l.binary(Function::equal, range, number(0)), number(1), range);
  const Value curve = l.divide(l.multiply(l.subtract(sums, least), 255), divisor);
  return l.binary(Function::minimum, l.binary(Function::maximum, curve, number(0)), number(255));
}

// The position of a row (or column) of pixels between the centres of tiles; the outermost tiles occur twice.
struct Between {
  std::vector<int64_t> before, after;
  std::vector<float> share;

  Between(int64_t tiles, int64_t size) {
    for (int64_t i = 0; i < tiles * size; ++i) {
      const float at = (static_cast<float>(i) - static_cast<float>(size) / 2.0f) / static_cast<float>(size) + 1.0f;
      const float floor = std::floor(at);
      before.push_back(std::clamp<int64_t>(static_cast<int64_t>(floor), 0, tiles + 1));
      after.push_back(std::clamp<int64_t>(static_cast<int64_t>(floor) + 1, 0, tiles + 1));
      share.push_back(at - floor);
    }
  }
};

Value along_axis(Lowering& l, Value vector, int axis) {
  Shape shape(4, Dim{1});
  shape[static_cast<size_t>(axis)] = l.dim(vector, 0);
  return l.reshape(vector, shape);
}

template <class T>
Value spread(Lowering& l, const std::vector<T>& numbers, int axis) {
  return along_axis(l, l.constant(TensorView(numbers, Dims{static_cast<int64_t>(numbers.size())})), axis);
}

Value with_edges_twice(Lowering& l, Value curves, int axis) {
  const Value parts[] = {l.slice_axis(curves, axis, 0, 1), curves, l.slice_axis(curves, axis, l.dim(curves, axis).size - 1, 1)};
  return l.concatenate(parts, axis);
}

std::vector<int64_t> multiples(int64_t count, int64_t of) {
  std::vector<int64_t> all;
  for (int64_t i = 0; i < count; ++i) all.push_back(i * of);
  return all;
}

std::vector<int64_t> scaled(std::vector<int64_t> places, int64_t by) {
  for (int64_t& place : places) place *= by;
  return places;
}

// Each pixel's value, interpolated between the curves of the four nearest tiles.
Value interpolated(Lowering& l, Value curves, Value pixels, const Tiles& tiles) {
  const Value table = with_edges_twice(l, with_edges_twice(l, curves, 1), 2);
  const int64_t channels = l.dim(table, 3).size, column = channels * kValues, row = column * (tiles.columns + 2);
  const int64_t image = host::checked_multiply(row, tiles.rows + 2);
  const Value flat = l.reshape(table, {host::product_of(l.shape(table))});
  debit(l, "the places of the images", host::checked_multiply(l.dim(pixels, 0).size, 8));
  const Value base = l.add(l.add(l.cast(pixels, DType::int64), spread(l, multiples(l.dim(pixels, 0).size, image), 0)),
                           spread(l, multiples(channels, kValues), 3));
  constexpr int64_t kBytesALine = 64;  // of Between, and of its indices for four tiles
  debit(l, "the places between the tiles", host::checked_multiply(l.dim(pixels, 1).size + l.dim(pixels, 2).size, kBytesALine));
  const Between down(tiles.rows, tiles.height), across(tiles.columns, tiles.width);
  const Value below = spread(l, down.share, 1), beside = spread(l, across.share, 2);
  const auto taken = [&](const std::vector<int64_t>& y, const std::vector<int64_t>& x) {
    const Value ids = l.add(l.add(base, spread(l, scaled(y, row), 1)), spread(l, scaled(x, column), 2));
    return l.gather(flat, ids);
  };
  const auto mixed = [&](Value a, Value b, Value share) {
    return l.add(l.multiply(a, l.subtract(l.scalar(1, DType::float32), share)), l.multiply(b, share));
  };
  const Value top = mixed(taken(down.before, across.before), taken(down.before, across.after), beside);
  const Value bottom = mixed(taken(down.after, across.before), taken(down.after, across.after), beside);
  return mixed(top, bottom, below);
}

Value equalised(Lowering& l, Value x) {
  const Tiles tiles(l.config(), l.dim(x, 1), l.dim(x, 2));
  const double limit = l.config().number("clip_limit", 4, RealRange{});
  const Value padded = lengthened(l, lengthened(l, x, 1, tiles.rows * tiles.height), 2, tiles.columns * tiles.width);
  const Value pixels = whole_numbers(l, padded);
  Value counts = histograms(l, pixels, tiles);
  if (limit > 0) counts = limited(l, counts, limit * static_cast<double>(tiles.height * tiles.width) / kValues);
  const Value y = interpolated(l, curves(l, counts, tiles), pixels, tiles);
  return l.slice_axis(l.slice_axis(y, 1, 0, l.dim(x, 1).size), 2, 0, l.dim(x, 2).size);
}

// The result has the dtype of the images.
std::vector<Traced> lower_adaptive_contrast(Lowering& l) {
  const Value given = l.input().value;
  if (l.rank(given) != 3 && l.rank(given) != 4) l.refuse("needs images of rank 3 or 4, found " + l.dims(given).to_string());
  const bool single = l.rank(given) == 3;
  const ValueRange range = value_range(l.config(), false);
  Value x = to_channels_last(l, single ? l.expand_dims(given, 0) : given);
  if (l.dim(x, 1).size < 1 || l.dim(x, 2).size < 1) l.refuse("is given an image without pixels");
  if (!range.is_of_bytes()) x = moved_to(l, l.cast(x, DType::float32), range, {});
  const Value y = from_channels_last(l, l.cast(moved_to(l, equalised(l, x), {}, range), l.dtype(given)));
  return {{single ? l.squeeze(y, 0) : y, {}}};
}

}  // namespace

std::vector<LayerDef> adaptive_contrast_layers() {
  return {{.classes = {"ContrastLimitedAdaptiveHistogramEqualization"},
           .keys = {"value_range", "clip_limit", "tile_grid_size", "data_format", "factor", "bounding_box_format"},
           .weights = {},
           .children = {},
           .lower = lower_adaptive_contrast,
           .autocast = false}};
}

}  // namespace keraunos::loader
