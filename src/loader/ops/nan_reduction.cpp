// Reductions that ignore NaN, and reductions with counts or weights.
#include <limits>

#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Axes {
  std::vector<int> axes;
  bool keep = false;
};

Axes axes_of(OperationCall& call, Value x) { return {call.axes(1, call.l.rank(x)), call.flag(2, false)}; }

Value reduced(OperationCall& call, Reduction kind, Value x, const Axes& over) {
  return call.l.reduce(kind, x, over.axes, over.keep);
}

bool has_nan(OperationCall& call, Value x) { return is_floating(call.l.dtype(x)); }

Value is_nan(OperationCall& call, Value x) { return call.l.unary(Function::is_nan, x); }

Value without_nan(OperationCall& call, Value x, double instead) {
  return call.l.select(is_nan(call, x), call.l.scalar(instead, call.l.dtype(x)), x);
}

// Small integers are summed as 32-bit integers of the same signedness.
Value summed_type(OperationCall& call, Value x) {
  const DType type = call.l.dtype(x);
  if (is_floating(type) || size_of(type) >= 4) return x;
  return call.l.cast(x, type == DType::uint8 || type == DType::uint16 ? DType::uint32 : DType::int32);
}

Operation total(const char* name, Reduction kind, double neutral) {
  const auto body = [kind, neutral](OperationCall& call) -> std::vector<Value> {
    const Value x = call.tensor(0);
    return {reduced(call, kind, has_nan(call, x) ? without_nan(call, x, neutral) : summed_type(call, x), axes_of(call, x))};
  };
  return {{name}, {}, {"x", "axis", "keepdims"}, body};
}

// NaN if there are only NaNs.
Operation extreme(const char* name, Reduction kind, double neutral) {
  const auto body = [kind, neutral](OperationCall& call) -> std::vector<Value> {
    const Value x = call.tensor(0);
    const Axes over = axes_of(call, x);
    if (call.l.dtype(x) == DType::boolean)
      return {reduced(call, kind == Reduction::maximum ? Reduction::any : Reduction::all, x, over)};
    if (!has_nan(call, x)) return {reduced(call, kind, x, over)};
    const Value none = reduced(call, Reduction::all, is_nan(call, x), over);
    return {call.l.select(none, call.l.scalar(kNan, call.l.dtype(x)), reduced(call, kind, without_nan(call, x, neutral), over))};
  };
  return {{name}, {}, {"x", "axis", "keepdims"}, body};
}

Value count_of_numbers(OperationCall& call, Value x, const Axes& over) {
  return reduced(call, Reduction::sum, call.l.cast(call.l.unary(Function::logical_not, is_nan(call, x)), call.l.dtype(x)), over);
}

Value mean_of(OperationCall& call, Value x, const Axes& over) {
  return call.l.divide(reduced(call, Reduction::sum, without_nan(call, x, 0), over), count_of_numbers(call, x, over));
}

std::vector<Value> mean_of_numbers(OperationCall& call) {
  const Value x = as_float(call, call.tensor(0));
  return {call.l.cast(mean_of(call, widened(call, x), axes_of(call, x)), call.l.dtype(x))};
}

Value variance_of(OperationCall& call, Value x, const Axes& over) {
  const Value apart = call.l.subtract(x, mean_of(call, x, {over.axes, true}));
  return mean_of(call, call.l.unary(Function::square, apart), over);
}

std::vector<Value> variance_of_numbers(OperationCall& call) {
  const Value x = as_float(call, call.tensor(0));
  return {call.l.cast(variance_of(call, widened(call, x), axes_of(call, x)), call.l.dtype(x))};
}

std::vector<Value> deviation_of_numbers(OperationCall& call) {
  const Value x = as_float(call, call.tensor(0));
  return {call.l.cast(call.l.unary(Function::sqrt, variance_of(call, widened(call, x), axes_of(call, x))), call.l.dtype(x))};
}

std::vector<Value> count_nonzero(OperationCall& call) {
  const Value x = call.tensor(0);
  const Value counted = call.l.binary(Function::not_equal, x, call.l.scalar(0, call.l.dtype(x)));
  return {reduced(call, Reduction::sum,
                  call.l.cast(counted, call.dtype(3).value_or(call.is_keras3() ? DType::int32 : DType::int64)),
                  axes_of(call, x))};
}

std::vector<Value> spread(OperationCall& call) {
  const Value x = call.tensor(0);
  if (call.l.dtype(x) == DType::boolean) call.l.refuse("computes with booleans, which Keras does not do either");
  const Axes over = axes_of(call, x);
  return {call.l.subtract(reduced(call, Reduction::maximum, x, over), reduced(call, Reduction::minimum, x, over))};
}

// Weights have x's rank, or are a vector along one axis.
std::vector<Value> average(OperationCall& call) {
  Value x = as_float(call, call.tensor(0));
  const Axes over{call.axes(2, call.l.rank(x)), false};
  if (!call.has(1)) return {reduced(call, Reduction::mean, x, over)};
  Value weights = as_float(call, call.tensor(1));
  const DType type = promoted(call.l.dtype(x), call.l.dtype(weights));
  x = call.l.cast(x, type), weights = call.l.cast(weights, type);
  if (call.l.rank(weights) == call.l.rank(x)) {
    const Value total = reduced(call, Reduction::sum, weights, over);
    return {call.l.divide(reduced(call, Reduction::sum, call.l.multiply(x, weights), over), total)};
  }
  if (call.l.rank(weights) != 1 || over.axes.size() != 1 || call.l.dim(weights, 0) != call.l.dim(x, over.axes[0]))
    call.l.refuse("weighs " + call.l.dims(x).to_string() + " by " + call.l.dims(weights).to_string() +
                  "; expected weights of that rank, or a vector along the only axis");
  const Value sum = reduced(call, Reduction::sum, weights, {{0}, false});
  for (int axis = over.axes[0] + 1; axis < call.l.rank(x); ++axis) weights = call.l.expand_dims(weights, -1);
  return {call.l.divide(reduced(call, Reduction::sum, call.l.multiply(x, weights), over), sum)};
}

}  // namespace

std::vector<Operation> nan_reduction_operations() {
  const std::vector<std::string> parameters{"x", "axis", "keepdims"};
  return {
      total("Nansum", Reduction::sum, 0),
      total("Nanprod", Reduction::product, 1),
      extreme("Nanmax", Reduction::maximum, -kInfinity),
      extreme("Nanmin", Reduction::minimum, kInfinity),
      {{"Nanmean"}, {}, parameters, mean_of_numbers},
      {{"Nanvar"}, {}, parameters, variance_of_numbers},
      {{"Nanstd"}, {}, parameters, deviation_of_numbers},
      {{"CountNonzero"}, {"math.count_nonzero"}, {"x|input", "axis", "keepdims", "dtype"}, count_nonzero},
      {{"Ptp"}, {}, parameters, spread},
      {{"Average"}, {}, {"x", "weights", "axis"}, average, 2},
  };
}

}  // namespace keraunos::loader
