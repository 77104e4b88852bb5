// keras.ops.image.map_coordinates: interpolates elements of a tensor.
#include <array>

#include "host/graph/extent.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

enum class BeyondEdge : uint8_t { constant, nearest, wrap, mirror, reflect };

/// One of the two neighbouring elements of a coordinate along an axis.
struct Neighbour {
  Value index, weight, valid;  // int64; in the coordinates' dtype, absent where it is 1; boolean, absent where it is always true
};

class CoordinateReader {
 public:
  CoordinateReader(OperationCall& call, Value x, Value coordinates)
      : l(call.l), x_(x), type_(call.l.dtype(coordinates)), mode_(mode_of(call)), order_(call.integer(2, 0)) {
    const int rank = l.rank(x);
    if (l.rank(coordinates) < 2 || l.dim(coordinates, 0).size != rank || rank > kMostAxes)
      l.refuse("reads " + l.dims(x).to_string() + " at coordinates of shape " + l.dims(coordinates).to_string());
    if (order_ != 0 && order_ != 1) l.refuse("interpolates by order " + std::to_string(order_) + "; Keras knows 0 and 1");
    if (order_ == 1 && !is_floating(type_)) l.refuse("interpolates at whole coordinates, which Keras does not do either");
    for (int axis = 0; axis < rank; ++axis) {
      if (l.dim(x, axis).size == 0) l.refuse("reads a tensor without elements");
      neighbours_.push_back(neighbours(l.squeeze(l.slice_axis(coordinates, 0, axis, 1), 0), l.dim(x, axis).size));
    }
    table_ = flattened(call, x);
    fill_ = l.cast(l.cast(call.tensor(4, DType::float32), l.dtype(x)), type_);
  }

  Value read() const {
    Value sum{};
    for (size_t corner = 0; corner < (order_ == 0 ? 1u : size_t{1} << neighbours_.size()); ++corner) {
      const Value part = at(corner);
      sum = sum ? l.add(sum, part) : part;
    }
    const DType own = l.dtype(x_);
    if (!is_floating(own) && is_floating(type_)) sum = l.unary(Function::round_even, sum);
    return l.cast(sum, own);
  }

 private:
  static constexpr int kMostAxes = 6;

  static BeyondEdge mode_of(OperationCall& call) {
    const std::string mode = call.text(3).value_or("constant");
    constexpr std::array kModes{"constant", "nearest", "wrap", "mirror", "reflect"};
    const auto found = std::find(kModes.begin(), kModes.end(), mode);
    if (found == kModes.end()) call.l.refuse("fills by \"" + mode + "\"; expected constant, nearest, wrap, mirror or reflect");
    return static_cast<BeyondEdge>(found - kModes.begin());
  }

  std::vector<Neighbour> neighbours(Value at, int64_t extent) const {
    if (order_ == 0)
      return {placed(l.cast(is_floating(type_) ? l.unary(Function::round_even, at) : at, DType::int64), {}, extent)};
    const Value lower = l.unary(Function::floor, at), above = l.subtract(at, lower);
    const Value index = l.cast(lower, DType::int64), below = l.subtract(l.scalar(1, type_), above);
    return {placed(index, below, extent), placed(l.add(index, 1), above, extent)};
  }

  Neighbour placed(Value index, Value weight, int64_t extent) const {
    const auto number = [&](int64_t value) { return l.scalar(static_cast<double>(value), DType::int64); };
    const auto is_below = [&](int64_t end) { return l.binary(Function::less, index, number(end)); };
    const auto inside = [&] {
      return l.binary(Function::logical_and, l.binary(Function::greater_equal, index, number(0)), is_below(extent));
    };
    const auto clipped = [&] {
      return l.binary(Function::maximum, l.binary(Function::minimum, index, number(extent - 1)), number(0));
    };
    if (mode_ == BeyondEdge::constant) return {clipped(), weight, inside()};
    if (mode_ == BeyondEdge::nearest) return {clipped(), weight, {}};
    if (mode_ == BeyondEdge::wrap) return {l.binary(Function::floor_mod, index, number(extent)), weight, {}};
    index = l.binary(Function::floor_mod, l.unary(Function::abs, index), number(2 * extent));
    const Value turned = l.subtract(number(2 * extent - (mode_ == BeyondEdge::reflect ? 1 : 0)), index);
    index = l.select(is_below(extent), index, turned);
    return {l.select(inside(), index, number(-1)), weight, {}};  // Keras reads beyond the edge at the turning points of "mirror"
  }

  // The elements at one combination of neighbours along all axes, times their weights.
  Value at(size_t corner) const {
    Value place{}, weight{}, valid{}, outside{};
    for (size_t axis = 0; axis < neighbours_.size(); ++axis) {
      const Neighbour& own = neighbours_[axis][corner >> axis & (neighbours_[axis].size() - 1)];
      const auto extent = static_cast<double>(l.dim(x_, static_cast<int>(axis)).size);
      const Value below = l.binary(Function::less, own.index, l.scalar(0, DType::int64));
      place = place ? l.add(l.multiply(place, extent), own.index) : own.index;
      outside = outside ? l.binary(Function::logical_or, outside, below) : below;
      if (own.weight) weight = weight ? l.multiply(weight, own.weight) : own.weight;
      if (own.valid) valid = valid ? l.binary(Function::logical_and, valid, own.valid) : own.valid;
    }
    if (mode_ == BeyondEdge::mirror) place = l.select(outside, l.scalar(-1, DType::int64), place);
    Value found = l.cast(l.gather(table_, place, 0), type_);
    if (valid) found = l.select(valid, found, fill_);
    return weight ? l.multiply(weight, found) : found;
  }

  Lowering& l;
  Value x_;
  DType type_;
  BeyondEdge mode_;
  int64_t order_;
  std::vector<std::vector<Neighbour>> neighbours_{};
  Value table_{}, fill_{};
};

std::vector<Value> map_coordinates(OperationCall& call) {
  const Value x = call.tensor(0);
  return {CoordinateReader(call, x, call.tensor(1)).read()};
}

}  // namespace

std::vector<Operation> coordinates_operations() {
  return {{{"MapCoordinates"}, {}, {"inputs", "coordinates", "order", "fill_mode", "fill_value"}, map_coordinates, 2}};
}

}  // namespace keraunos::loader
