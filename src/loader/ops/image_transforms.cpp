// Projective transforms of images, as TensorFlow's ImageProjectiveTransformV3 computes them.
#include <algorithm>
#include <array>

#include "host/graph/extent.h"
#include "loader/layers/common/places.h"
#include "loader/ops/conversions.h"
#include "loader/ops/images.h"

namespace keraunos::loader {
namespace {

// 0, 1, … along one axis of a tensor of `rank` axes.
Value line(OperationCall& call, int64_t count, int axis, int rank, DType type) {
  return call.l.cast(numbers_up_to(call.l, count, axis, rank), type);
}

// Reads pixels of x (N, H, W, C) at rows and columns (N, h, w) of float32; a pixel outside is `fill`.
class Pixels {
 public:
  Pixels(OperationCall& call, Value x, double fill) : call_(call), extent_(call.l.shape(x)), fill_(fill) {
    const Dim all[] = {extent_[0], extent_[1], extent_[2]};
    table_ = call.l.reshape(x, {host::product_of(all), extent_[3]});
  }

  Value at(Value row, Value column) const {
    Lowering& l = call_.l;
    const Value inside = l.binary(Function::logical_and, holds(row, extent_[1]), holds(column, extent_[2]));
    const Value first = line(call_, extent_[0].size, 0, 3, DType::int64);
    const Value image = l.multiply(first, static_cast<double>(host::checked_multiply(extent_[1].size, extent_[2].size)));
    const Value place = l.add(l.add(image, l.multiply(whole(row), static_cast<double>(extent_[2].size))), whole(column));
    const Value found = l.gather(table_, l.select(inside, place, l.scalar(0, DType::int64)), 0);
    const Value number = l.cast(found, DType::float32);
    const Value fill = l.cast(l.cast(l.scalar(fill_, DType::float32), l.dtype(table_)), DType::float32);
    return l.select(l.expand_dims(inside, 3), number, fill);
  }

 private:
  Value holds(Value v, Dim extent) const {
    const Value end = call_.l.scalar(static_cast<double>(extent.size), DType::float32);
    return call_.l.binary(Function::logical_and, call_.l.binary(Function::greater_equal, v, number_like(call_, 0, v)),
                          call_.l.binary(Function::less, v, end));
  }
  Value whole(Value v) const { return call_.l.cast(v, DType::int64); }

  OperationCall& call_;
  Shape extent_;
  double fill_;
  Value table_;
};

enum class Outside : uint8_t { constant, nearest, wrap, reflect };

// The index that is read for a position outside an axis of `extent` elements, with TensorFlow's arithmetic.
Value moved_inside(OperationCall& call, Value at, int64_t extent, Outside how) {
  Lowering& l = call.l;
  if (how == Outside::constant) return at;
  const auto number = [&](double value) { return number_like(call, value, at); };
  const double length = static_cast<double>(extent), last = length - 1;
  const auto clamped = [&](Value v) {
    return l.binary(Function::maximum, l.binary(Function::minimum, v, number(last)), number(0));
  };
  if (how == Outside::nearest || extent <= 1) return clamped(at);
  const Value low = l.binary(Function::less, at, number(0)), high = l.binary(Function::greater, at, number(last));
  const auto times = [&](Value v, double period) { return l.unary(Function::trunc, l.divide(v, number(period))); };
  const Value away = l.unary(Function::negate, at);
  if (how == Outside::wrap) {
    const Value below = l.add(at, l.multiply(l.add(times(away, last), 1), length));
    const Value above = l.subtract(at, l.multiply(times(at, last), length));
    return clamped(l.select(low, below, l.select(high, above, at)));
  }
  const double period = 2 * length;
  const Value near =
      l.select(l.binary(Function::less, at, number(period)), l.add(l.multiply(times(away, period), period), at), at);
  const Value below = l.select(l.binary(Function::less, near, number(-length)), l.add(near, period),
                               l.subtract(l.unary(Function::negate, near), number(1)));
  const Value rest = l.subtract(at, l.multiply(times(at, period), period));
  const Value above =
      l.select(l.binary(Function::greater_equal, rest, number(length)), l.subtract(number(period - 1), rest), rest);
  return clamped(l.select(low, below, l.select(high, above, at)));
}

// Rounds halves away from zero, as C's round().
Value rounded_away(OperationCall& call, Value x) {
  const Value whole = call.l.unary(Function::trunc, x), rest = call.l.subtract(x, whole);
  const Value half = call.l.binary(Function::greater_equal, call.l.unary(Function::abs, rest), number_like(call, 0.5, x));
  return call.l.select(half, call.l.add(whole, call.l.unary(Function::sign, x)), whole);
}

struct PixelReading {
  bool nearest = false;
  Outside outside = Outside::constant;
  double fill = 0;
};

// TensorFlow's operation names them in capitals.
std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

PixelReading pixel_reading_of(OperationCall& call, size_t interpolation, std::optional<size_t> mode, std::optional<size_t> fill) {
  const std::string how = lower_case(call.text(interpolation).value_or("bilinear"));
  if (how != "bilinear" && how != "nearest") call.l.refuse("interpolates by \"" + how + "\"; expected bilinear or nearest");
  const std::string outside = mode ? lower_case(call.text(*mode).value_or("constant")) : "constant";
  constexpr std::array kModes{"constant", "nearest", "wrap", "reflect"};
  const auto found = std::find(kModes.begin(), kModes.end(), outside);
  if (found == kModes.end()) call.l.refuse("fills by \"" + outside + "\"; expected constant, nearest, wrap or reflect");
  return {.nearest = how == "nearest",
          .outside = static_cast<Outside>(found - kModes.begin()),
          .fill = fill ? call.number(*fill, 0) : 0};
}

Value interpolated(OperationCall& call, const Pixels& pixels, Value row, Value column, bool nearest) {
  Lowering& l = call.l;
  if (nearest) return pixels.at(rounded_away(call, row), rounded_away(call, column));
  const Value top = l.unary(Function::floor, row), left = l.unary(Function::floor, column);
  const Value bottom = l.add(top, 1), right = l.add(left, 1);
  const auto share = [&](Value a, Value b) { return l.expand_dims(l.subtract(a, b), 3); };
  const auto between = [&](Value y) {
    return l.add(l.multiply(share(right, column), pixels.at(y, left)), l.multiply(share(column, left), pixels.at(y, right)));
  };
  return l.add(l.multiply(share(bottom, row), between(top)), l.multiply(share(row, top), between(bottom)));
}

// Extents of the result; absent: those of x.
using ResultExtents = std::optional<std::pair<int64_t, int64_t>>;

// `transform` (N or 1, 8) of float32: position (x, y) of the result reads ((a0 x + a1 y + a2) / (c0 x + c1 y + 1), …).
Value transformed(OperationCall& call, Value x, Value transform, const PixelReading& reading, const ResultExtents& sizes = {}) {
  Lowering& l = call.l;
  if (l.rank(transform) != 2 || l.dim(transform, 1).size != 8 ||
      (l.dim(transform, 0).size != 1 && l.dim(transform, 0).size != l.dim(x, 0).size))
    l.refuse("transforms " + l.dims(x).to_string() + " by " + l.dims(transform).to_string());
  const auto number = [&](int64_t i) { return l.expand_dims(l.slice_axis(transform, 1, i, 1), 2); };  // (N or 1, 1, 1)
  const Dim height = sizes ? Dim{sizes->first} : l.dim(x, 1), width = sizes ? Dim{sizes->second} : l.dim(x, 2);
  const Value column = line(call, width.size, 2, 3, DType::float32), row = line(call, height.size, 1, 3, DType::float32);
  const auto sum = [&](int64_t i, Value constant) {
    return l.add(l.add(l.multiply(number(i), column), l.multiply(number(i + 1), row)), constant);
  };
  const Value below = sum(6, l.scalar(1, DType::float32));
  const Shape places{l.dim(x, 0), height, width};
  const auto at = [&](int64_t i, int64_t extent) {
    return l.broadcast_to(moved_inside(call, l.divide(sum(i, number(i + 2)), below), extent, reading.outside), places);
  };
  const Pixels pixels(call, x, reading.fill);
  const Value read = interpolated(call, pixels, at(3, l.dim(x, 1).size), at(0, l.dim(x, 2).size), reading.nearest);
  const Value at_infinity = l.expand_dims(l.binary(Function::equal, below, l.scalar(0, DType::float32)), 3);
  const Value fill = l.scalar(reading.fill, DType::float32);
  return l.cast(l.select(at_infinity, fill, read), l.dtype(x));
}

std::vector<Value> affine_transform(OperationCall& call) {
  const Images images(call, call.tensor(0), 5);
  Value transform = call.l.cast(call.tensor(1, DType::float32), DType::float32);
  if (call.l.rank(transform) == 1) transform = call.l.expand_dims(transform, 0);
  return {images.restored(transformed(call, images.batch(), transform, pixel_reading_of(call, 2, 3, 4)))};
}

// ImageProjectiveTransformV2 fills with 0.
std::vector<Value> projected(OperationCall& call, std::optional<size_t> fill, size_t attributes) {
  const Value x = call.tensor(0);
  if (call.l.rank(x) != 4 || call.l.dtype(x) == DType::string)
    call.l.refuse("transforms images of " + call.l.dims(x).to_string());
  const auto sizes = call.integers(2);
  if (!sizes || sizes->size() != 2 || sizes->at(0) < 1 || sizes->at(1) < 1 || std::max(sizes->at(0), sizes->at(1)) > kMostPieces)
    call.l.refuse("transforms images to a size that is not two numbers from 1 to " + std::to_string(kMostPieces));
  const PixelReading reading = pixel_reading_of(call, attributes, attributes + 1, fill);
  return {transformed(call, x, call.l.cast(call.tensor(1), DType::float32), reading, std::pair{sizes->at(0), sizes->at(1)})};
}

// A 3 by 3 matrix for each image, in float64: nine values (N).
using Matrix = std::array<Value, 9>;

class Plane {
 public:
  explicit Plane(OperationCall& call) : l(call.l) {}

  Value minor(Value a, Value d, Value b, Value c) const { return l.subtract(l.multiply(a, d), l.multiply(b, c)); }

  Matrix adjugate(const Matrix& m) const {
    return {minor(m[4], m[8], m[5], m[7]), minor(m[2], m[7], m[1], m[8]), minor(m[1], m[5], m[2], m[4]),
            minor(m[5], m[6], m[3], m[8]), minor(m[0], m[8], m[2], m[6]), minor(m[2], m[3], m[0], m[5]),
            minor(m[3], m[7], m[4], m[6]), minor(m[1], m[6], m[0], m[7]), minor(m[0], m[4], m[1], m[3])};
  }

  Value dot(const Matrix& m, size_t row, Value a, Value b, Value c) const {
    return l.add(l.add(l.multiply(m[3 * row], a), l.multiply(m[3 * row + 1], b)), l.multiply(m[3 * row + 2], c));
  }

  // The projection of the three unit vectors and their sum to the four points (N, 4, 2).
  Matrix from_unit(Value points) const {
    const auto coordinate = [&](int64_t i, int64_t k) {
      return l.squeeze(l.squeeze(l.slice_axis(l.slice_axis(points, 1, i, 1), 2, k, 1), 2), 1);
    };
    const Value one = l.broadcast_to(l.scalar(1, DType::float64), {l.dim(points, 0)});
    Matrix m{coordinate(0, 0),
             coordinate(1, 0),
             coordinate(2, 0),
             coordinate(0, 1),
             coordinate(1, 1),
             coordinate(2, 1),
             one,
             one,
             one};
    const Matrix inverse = adjugate(m);  // up to a factor, which does not change a projection
    for (size_t k = 0; k < 3; ++k) {
      const Value scale = dot(inverse, k, coordinate(3, 0), coordinate(3, 1), one);
      for (size_t row = 0; row < 3; ++row) m[3 * row + k] = l.multiply(m[3 * row + k], scale);
    }
    return m;
  }

  Matrix product(const Matrix& a, const Matrix& b) const {
    Matrix c;
    for (size_t i = 0; i < 9; ++i) c[i] = dot(a, i / 3, b[i % 3], b[3 + i % 3], b[6 + i % 3]);
    return c;
  }

 private:
  Lowering& l;
};

Value points_of(OperationCall& call, size_t parameter) {
  const Value points = call.l.cast(call.l.cast(call.tensor(parameter, DType::float32), DType::float32), DType::float64);
  const int rank = call.l.rank(points);
  if ((rank != 2 && rank != 3) || call.l.dim(points, -1).size != 2 || call.l.dim(points, -2).size != 4)
    call.l.refuse("needs four points of two numbers, found " + call.l.dims(points).to_string());
  return rank == 2 ? call.l.expand_dims(points, 0) : points;
}

// The projection that maps the end points to the start points.
std::vector<Value> perspective_transform(OperationCall& call) {
  const Images images(call, call.tensor(0), 5);
  const Value start = points_of(call, 1), end = points_of(call, 2);
  const Plane plane(call);
  const Matrix m = plane.product(plane.from_unit(start), plane.adjugate(plane.from_unit(end)));
  std::vector<Value> numbers;
  for (size_t i = 0; i < 8; ++i) numbers.push_back(call.l.expand_dims(call.l.divide(m[i], m[8]), 1));
  const Value transform = call.l.cast(call.l.concatenate(numbers, 1), DType::float32);
  return {images.restored(transformed(call, images.batch(), transform, pixel_reading_of(call, 3, std::nullopt, 4)))};
}

}  // namespace

std::vector<Operation> image_transforms_operations() {
  return {
      {{"AffineTransform"},
       {},
       {"images", "transform", "interpolation", "fill_mode", "fill_value", "data_format"},
       affine_transform,
       2},
      {{},
       {"raw_ops.ImageProjectiveTransformV2"},
       {"images", "transforms", "output_shape", "interpolation", "fill_mode"},
       [](OperationCall& call) { return projected(call, std::nullopt, 3); },
       3},
      {{},
       {"raw_ops.ImageProjectiveTransformV3"},
       {"images", "transforms", "output_shape", "fill_value", "interpolation", "fill_mode"},
       [](OperationCall& call) { return projected(call, 3, 4); },
       4},
      {{"PerspectiveTransform"},
       {},
       {"images", "start_points", "end_points", "interpolation", "fill_value", "data_format"},
       perspective_transform,
       3},
  };
}

}  // namespace keraunos::loader
