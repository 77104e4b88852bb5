// Indices of extremes, indices found by value, and elements by rank or bin.
#include <algorithm>
#include <limits>
#include <numeric>

#include "host/graph/extent.h"
#include "loader/layers/common/places.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

// TensorFlow ignores NaN; Keras 3 treats -0 as less than 0.
Value comparable(OperationCall& call, Value given, bool largest) {
  if (!is_floating(call.l.dtype(given))) return call.l.dtype(given) == DType::boolean ? call.l.cast(given, DType::int32) : given;
  const DType type = size_of(call.l.dtype(given)) == 2 ? DType::float32 : call.l.dtype(given);
  Value x = call.l.cast(given, type);
  const auto number = [&](double value) { return call.l.scalar(value, type); };
  if (call.is_keras3()) {
    const double tiny = type == DType::float64 ? std::numeric_limits<double>::min() : std::numeric_limits<float>::min();
    const Value below = call.l.binary(Function::less, call.l.unary(Function::reciprocal, x), number(0));
    const Value negative_zero = call.l.binary(Function::logical_and, call.l.binary(Function::equal, x, number(0)), below);
    x = call.l.select(negative_zero, number(-tiny), x);
  }
  return call.l.select(call.l.unary(Function::is_nan, x), number(largest ? -kInfinity : kInfinity), x);
}

// The first index of the extreme along an axis.
Value place_of_extreme(OperationCall& call, Value given, int axis, bool keep, bool largest) {
  return first_place_of(call.l, comparable(call, given, largest), axis, largest, keep);
}

// Without an axis Keras 3 uses all elements of all rows, TensorFlow axis 0.
Value place(OperationCall& call, Value x, bool largest) {
  const bool keep = call.flag(2, false);
  const int rank = call.l.rank(x);
  if (call.has(1) || !call.is_keras3()) return place_of_extreme(call, x, call.axis(1, rank, 0), keep, largest);
  const Value flat = call.l.reshape(x, {host::product_of(call.l.shape(x))});
  const Value found = place_of_extreme(call, flat, 0, false, largest);
  return keep ? call.l.reshape(found, Shape(static_cast<size_t>(rank), Dim{1})) : found;
}

Operation place_of(const char* name, const char* tensorflow, bool largest) {
  const auto body = [largest](OperationCall& call) -> std::vector<Value> {
    const Value found = place(call, call.tensor(0), largest);
    return {call.l.cast(found, call.dtype(3).value_or(call.is_keras3() ? DType::int32 : DType::int64))};
  };
  return {{name}, {tensorflow}, {"x|input", "axis", "keepdims", "output_type"}, body};
}

// -1 where all elements are NaN.
Operation place_beside_nan(const char* name, bool largest) {
  const auto body = [largest](OperationCall& call) -> std::vector<Value> {
    const Value x = call.tensor(0), found = place(call, x, largest);
    if (!is_floating(call.l.dtype(x))) return {found};
    const Value none =
        call.l.reduce(Reduction::all, call.l.unary(Function::is_nan, x), call.axes(1, call.l.rank(x)), call.flag(2, false));
    return {call.l.select(none, call.l.scalar(-1, DType::int32), found)};
  };
  return {{name}, {}, {"x", "axis", "keepdims"}, body};
}

// One result for each axis of the shape, from the last axis to the first. If the indices are no vector, Keras with TensorFlow
// orders the axes the other way.
std::vector<Value> unravel_index(OperationCall& call) {
  Value rest = call.tensor(0);
  const auto shape = call.integers(1);
  if (!shape || shape->empty()) call.l.refuse("is called without a shape");
  std::vector<int64_t> extents = *shape;
  if (call.l.rank(rest) == 1) std::reverse(extents.begin(), extents.end());
  std::vector<Value> places;
  for (const int64_t size : extents) {
    if (size < 1 || size > Range::kMostExtent) call.l.refuse("names an axis of " + std::to_string(size) + " elements");
    const Value extent = call.l.scalar(static_cast<double>(size), call.l.dtype(rest));
    places.push_back(call.l.binary(Function::floor_mod, rest, extent));
    rest = call.l.binary(Function::floor_divide, rest, extent);
  }
  std::reverse(places.begin(), places.end());
  return places;
}

// The number of edges below x, or not above it.
Value edges_below(OperationCall& call, Value x, Value edges, bool or_equal) {
  const Value wide = call.l.expand_dims(x, -1);
  // A NaN is above all edges.
  const Value above = call.l.binary(or_equal ? Function::less : Function::less_equal, wide, edges);
  const int last[] = {call.l.rank(x)};
  return call.l.reduce(Reduction::sum, call.l.cast(call.l.unary(Function::logical_not, above), DType::int32), last);
}

// TensorFlow stores the edges as float32 and compares integers in that type.
std::vector<Value> digitize(OperationCall& call) {
  const Value x = call.tensor(0);
  const DType type = call.l.dtype(x) == DType::float64 ? DType::float64 : DType::float32;
  const Value edges = call.l.cast(call.l.cast(call.tensor(1, DType::float32), DType::float32), type);
  if (call.l.rank(edges) != 1) call.l.refuse("has bins of rank " + std::to_string(call.l.rank(edges)) + ", expected 1");
  return {edges_below(call, call.l.cast(x, type), edges, true)};
}

bool or_equal_of_side(OperationCall& call) {
  const std::string side = call.text(2).value_or("left");
  if (side != "left" && side != "right") call.l.refuse("searches on the side \"" + side + "\"; expected \"left\" or \"right\"");
  return side == "right";
}

std::vector<Value> search_sorted(OperationCall& call) {
  const Value sequence = call.tensor(0), values = call.l.cast(call.tensor(1), call.l.dtype(sequence));
  if (call.l.rank(sequence) != 1)
    call.l.refuse("searches in a tensor of rank " + std::to_string(call.l.rank(sequence)) + ", expected 1");
  return {edges_below(call, values, sequence, or_equal_of_side(call))};
}

// TensorFlow searches each row of values in the corresponding row of the sequence.
std::vector<Value> places_in_rows(OperationCall& call, bool or_equal, std::optional<DType> type) {
  const Value sequence = call.tensor(0), values = call.tensor(1);
  const int rank = call.l.rank(sequence);
  if (rank == 0 || call.l.rank(values) != rank || call.l.dtype(values) != call.l.dtype(sequence))
    call.l.refuse("searches " + call.l.dims(values).to_string() + " in " + call.l.dims(sequence).to_string() +
                  "; expected one rank and dtype");
  for (int axis = 0; axis + 1 < rank; ++axis) {
    if (call.l.dim(values, axis) != call.l.dim(sequence, axis))
      call.l.refuse("searches " + call.l.dims(values).to_string() + " in as many rows as " + call.l.dims(sequence).to_string() +
                    " does not have");
  }
  const Value found = edges_below(call, values, call.l.expand_dims(sequence, -2), or_equal);
  return {call.l.cast(found, type.value_or(DType::int32))};
}

std::vector<Value> search_sorted_rows(OperationCall& call) { return places_in_rows(call, or_equal_of_side(call), call.dtype(3)); }
std::vector<Value> lower_bound(OperationCall& call) { return places_in_rows(call, false, call.dtype(2)); }
std::vector<Value> upper_bound(OperationCall& call) { return places_in_rows(call, true, call.dtype(2)); }

std::vector<Value> is_in(OperationCall& call) {
  const auto [a, b] = call.operands(0, 1, OperationCall::PythonNumbers::strong);
  const Value set = call.l.reshape(b, {host::product_of(call.l.shape(b))});
  const int last[] = {call.l.rank(a)};
  const Value found = call.l.reduce(Reduction::any, call.l.binary(Function::equal, call.l.expand_dims(a, -1), set), last);
  static_cast<void>(call.flag(2, false));  // assume_unique does not change the result
  return {call.flag(3, false) ? call.l.unary(Function::logical_not, found) : found};
}

// True where fewer than k predictions are larger than the target's.
std::vector<Value> is_in_top_k(OperationCall& call, Value targets, Value predictions) {
  if (call.l.rank(predictions) != 2 || call.l.rank(targets) != 1)
    call.l.refuse("takes targets of rank 1 and predictions of rank 2");
  const int64_t classes = call.l.dim(predictions, 1).size;
  const Value own = call.l.binary(Function::equal, call.l.expand_dims(call.l.cast(targets, DType::int32), 1),
                                  numbers_up_to(call.l, classes, 1, 2));
  const int along[] = {1};
  const DType type = call.l.dtype(predictions);
  const Value score = call.l.reduce(Reduction::sum, call.l.select(own, predictions, call.l.scalar(0, type)), along, true);
  const Value larger =
      call.l.reduce(Reduction::sum, call.l.cast(call.l.binary(Function::greater, predictions, score), DType::int32), along);
  const Value few = call.l.binary(Function::less, larger, call.l.scalar(static_cast<double>(call.integer(2, 1)), DType::int32));
  const Value finite = call.l.reduce(Reduction::all, call.l.unary(Function::is_finite, score), along);
  const Value known = call.l.reduce(Reduction::any, own, along);
  return {call.l.binary(Function::logical_and, few, call.l.binary(Function::logical_and, finite, known))};
}

std::vector<Value> in_top_k(OperationCall& call) { return is_in_top_k(call, call.tensor(0), call.tensor(1)); }
std::vector<Value> in_top_k_of_tensorflow1(OperationCall& call) { return is_in_top_k(call, call.tensor(1), call.tensor(0)); }

}  // namespace

std::vector<Operation> selection_operations() {
  return {
      place_of("Argmax", "math.argmax", true),
      place_of("Argmin", "math.argmin", false),
      place_beside_nan("Nanargmax", true),
      place_beside_nan("Nanargmin", false),
      {{"UnravelIndex"}, {}, {"indices", "shape"}, unravel_index},
      {{"Digitize"}, {}, {"x", "bins"}, digitize, 2},
      {{"SearchSorted"}, {}, {"sorted_sequence", "values", "side"}, search_sorted, 2},
      {{}, {"searchsorted"}, {"sorted_sequence", "values", "side", "out_type"}, search_sorted_rows},
      {{}, {"raw_ops.LowerBound"}, {"sorted_inputs", "values", "out_type"}, lower_bound, 2},
      {{}, {"raw_ops.UpperBound"}, {"sorted_inputs", "values", "out_type"}, upper_bound, 2},
      {{"IsIn"}, {}, {"x1", "x2", "assume_unique", "invert"}, is_in, 2},
      {{"InTopK"}, {}, {"targets", "predictions", "k"}, in_top_k, 2},
      {{}, {"compat.v1.math.in_top_k"}, {"predictions", "targets", "k"}, in_top_k_of_tensorflow1},
  };
}

}  // namespace keraunos::loader
