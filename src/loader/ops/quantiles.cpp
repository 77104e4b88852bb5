// Quantiles, percentiles and medians, as Keras with TensorFlow computes them: the position in float64, the elements and the
// interpolation in x's type.
#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

#include "host/graph/extent.h"
#include "loader/ops/conversions.h"
#include "loader/ops/one_hot.h"
#include "loader/ops/sorting.h"

namespace keraunos::loader {
namespace {

// The axes of a quantile, folded into the last axis of (other axes…, elements).
struct Lines {
  Value x;
  std::vector<int> axes;  // ascending; absent where the elements of all axes form one line
  bool all = false;
  int rank = 0;  // before
};

Lines lines_of(OperationCall& call, Value x, size_t parameter) {
  Lines lines{.x = x, .axes = {}, .all = !call.has(parameter), .rank = call.l.rank(x)};
  if (lines.all) {
    lines.x = flattened(call, x);
    return lines;
  }
  lines.axes = call.axes(parameter, lines.rank);
  std::vector<int> order;
  Shape shape, folded;
  for (int axis = 0; axis < lines.rank; ++axis) {
    const bool over = std::binary_search(lines.axes.begin(), lines.axes.end(), axis);
    if (!over) order.push_back(axis);
    (over ? folded : shape).push_back(call.l.dim(x, axis));
  }
  order.insert(order.end(), lines.axes.begin(), lines.axes.end());
  shape.push_back(host::product_of(folded));
  lines.x = call.l.reshape(call.l.transpose(x, order), shape);
  return lines;
}

// Reads elements of sorted lines: `last` (float64) is the index of the last element, `taken` returns elements by index (int32).
struct Sorted {
  OperationCall& call;
  Value last;
  std::function<Value(Value)> taken;

  Value place(Function rounding, Value exact) const {
    const Value whole = call.l.unary(rounding, exact), zero = call.l.scalar(0, DType::float64);
    const Value inside = call.l.binary(Function::maximum, call.l.binary(Function::minimum, whole, last), zero);
    return call.l.cast(inside, DType::int32);
  }

  Value at(const std::string& method, Value q) const {
    const Value exact = call.l.multiply(last, q);
    if (method == "lower") return taken(place(Function::floor, exact));
    if (method == "higher") return taken(place(Function::ceil, exact));
    if (method == "nearest") return taken(place(Function::round_even, exact));
    if (method == "midpoint")
      return call.l.multiply(call.l.add(taken(place(Function::floor, exact)), taken(place(Function::ceil, exact))), 0.5);
    if (method == "linear") return between(exact);
    call.l.refuse("has the method \"" + method + "\"; expected \"linear\", \"lower\", \"higher\", \"midpoint\" or \"nearest\"");
  }

  Value between(Value exact) const {
    const Value ceiling = call.l.cast(place(Function::ceil, exact), DType::float64), zero = call.l.scalar(0, DType::float64);
    const Value below = call.l.binary(Function::maximum, call.l.add(ceiling, -1), zero);
    const Value above = call.l.binary(Function::maximum, call.l.binary(Function::minimum, call.l.add(below, 1), last), zero);
    const Value high = taken(call.l.cast(above, DType::int32)), low = taken(call.l.cast(below, DType::int32));
    const Value part = call.l.cast(call.l.subtract(above, exact), call.l.dtype(high));
    const Value rest = call.l.subtract(number_like(call, 1, part), part);
    return call.l.add(call.l.multiply(high, rest), call.l.multiply(low, part));
  }
};

Value sorted_lines(OperationCall& call, Value lines) { return sorted_along(call.l, lines, call.l.rank(lines) - 1, {})[0]; }

void refuse_empty(OperationCall& call, Value lines) {
  if (call.l.dim(lines, -1).size == 0) call.l.refuse("takes a quantile of no elements");
}

Value any_nan(OperationCall& call, Value lines) {
  const int last[] = {call.l.rank(lines) - 1};
  return call.l.reduce(Reduction::any, call.l.unary(Function::is_nan, lines), last);
}

Value with_axes_behind(OperationCall& call, Value x, int axes) {
  for (int i = 0; i < axes; ++i) x = call.l.expand_dims(x, call.l.rank(x));
  return x;
}

// Moves the axes of q, which are the last ones, to the front.
Value with_quantiles_first(OperationCall& call, Value x, int axes) {
  std::vector<int> order(static_cast<size_t>(call.l.rank(x)));
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin(), order.end() - axes, order.end());
  return call.l.transpose(x, order);
}

struct Asked {
  Value q;  // of any rank
  std::string method;
  bool keep = false;
};

// (quantiles…, other axes…); the quantiles of a line with NaN are NaN.
Value quantiles(OperationCall& call, const Lines& lines, const Asked& asked) {
  refuse_empty(call, lines.x);
  const int axes = call.l.rank(asked.q);
  const Value elements = sorted_lines(call, lines.x);
  const Value last = call.l.scalar(static_cast<double>(call.l.dim(elements, -1).size - 1), DType::float64);
  const auto taken = [&](Value places) { return call.l.gather(elements, places, call.l.rank(elements) - 1); };
  Value y = Sorted{call, last, taken}.at(asked.method, call.l.cast(asked.q, DType::float64));
  const Value none = with_axes_behind(call, any_nan(call, lines.x), axes);
  y = call.l.select(none, number_like(call, std::numeric_limits<double>::quiet_NaN(), y), y);
  if (asked.keep && lines.all) {
    Shape shape(static_cast<size_t>(lines.rank), Dim{1});
    const Shape found = call.l.shape(y);
    shape.insert(shape.end(), found.begin(), found.end());
    y = call.l.reshape(y, shape);
  }
  for (size_t i = 0; asked.keep && i < lines.axes.size(); ++i) y = call.l.expand_dims(y, lines.axes[i]);
  return lines.all && !asked.keep ? y : with_quantiles_first(call, y, axes);
}

// The same without NaNs, which are sorted to the end of each line. NaN for a line of only NaNs.
Value quantiles_of_numbers(OperationCall& call, const Lines& lines, const Asked& asked) {
  refuse_empty(call, lines.x);
  Shape others = call.l.shape(lines.x);
  const Dim extent = others.back();
  others.pop_back();
  const Dim count = host::product_of(others);
  const Shape shape_of_q = call.l.shape(asked.q);
  const Value elements = sorted_lines(call, call.l.reshape(lines.x, {count, extent}));
  const Value q = call.l.reshape(call.l.cast(asked.q, DType::float64), {Dim{1}, host::product_of(shape_of_q)});
  const int along[] = {1};
  const Value numbers = call.l.unary(Function::logical_not, call.l.unary(Function::is_nan, elements));
  const Value last = call.l.add(call.l.reduce(Reduction::sum, call.l.cast(numbers, DType::float64), along, true), -1);
  const auto taken = [&](Value places) { return taken_along(call.l, elements, places, 1); };
  const Value found = Sorted{call, last, taken}.at(asked.method, q);  // (lines, quantiles)
  Shape shape = shape_of_q;
  shape.insert(shape.end(), others.begin(), others.end());
  const int turned[] = {1, 0};
  Value y = call.l.reshape(call.l.transpose(found, turned), shape);
  if (!asked.keep) return y;
  for (int i = 0; lines.all && i < lines.rank; ++i) y = call.l.expand_dims(y, call.l.rank(y));
  for (const int axis : lines.axes) y = call.l.expand_dims(y, axis + static_cast<int>(shape_of_q.size()));
  return y;
}

using QuantileBody = Value (*)(OperationCall&, const Lines&, const Asked&);

// Percentages, and the quantiles that ignore NaN, use float32; other quantiles keep their type.
enum class Unit : uint8_t { part, single_part, percent };

Value asked_quantile(OperationCall& call, Unit unit) {
  const Value q = call.tensor(1, DType::float32);
  if (unit == Unit::part) return q;
  const Value single = call.l.cast(q, DType::float32);
  return unit == Unit::percent ? call.l.divide(single, call.l.scalar(100, DType::float32)) : single;
}

// keras.ops.Quantile does not pass its method on: it is always linear.
Operation quantile(const char* name, QuantileBody body, Unit unit) {
  const auto run = [=](OperationCall& call) -> std::vector<Value> {
    const Value x = as_float(call, call.tensor(0));
    const std::string method = call.text(4).value_or("linear");
    return {body(call, lines_of(call, x, 2),
                 {asked_quantile(call, unit), unit == Unit::part ? "linear" : method, call.flag(3, false)})};
  };
  return {{name}, {}, {"x", "q", "axis", "keepdims", "method"}, run, 2};
}

Operation median(const char* name, QuantileBody body) {
  const auto run = [=](OperationCall& call) -> std::vector<Value> {
    const Value x = as_float(call, call.tensor(0));
    return {body(call, lines_of(call, x, 1), {call.l.scalar(0.5, DType::float32), "linear", call.flag(2, false)})};
  };
  return {{name}, {}, {"x", "axis", "keepdims"}, run};
}

}  // namespace

std::vector<Operation> quantiles_operations() {
  return {
      quantile("Quantile", quantiles, Unit::part),
      quantile("Percentile", quantiles, Unit::percent),
      median("Median", quantiles),
      quantile("Nanquantile", quantiles_of_numbers, Unit::single_part),
      quantile("Nanpercentile", quantiles_of_numbers, Unit::percent),
      median("Nanmedian", quantiles_of_numbers),
  };
}

}  // namespace keraunos::loader
