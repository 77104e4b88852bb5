// Cumulative sums, products and log-sum-exps.
#include "host/graph/graph.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

using host::Scan;

Value scanned(OperationCall& call, Value x, int axis, Scan op) {
  op.axis = axis;
  return host::graph_of(call.l).add(op, {x})[0];
}

// keras.ops adds booleans as int32; without an axis all elements of all rows are one row.
std::vector<Value> cumulated(OperationCall& call, Value given, Scan::Kind kind) {
  Value x = call.l.cast(given, call.dtype(2).value_or(call.l.dtype(given)));
  if (call.l.dtype(x) == DType::boolean) x = call.l.cast(x, DType::int32);
  if (!call.has(1)) return {scanned(call, flattened(call, x), 0, {.kind = kind})};
  return {scanned(call, x, call.axis(1, call.l.rank(x), 0), {.kind = kind})};
}

Operation keras_scan(const char* name, Scan::Kind kind) {
  const auto body = [kind](OperationCall& call) { return cumulated(call, call.tensor(0), kind); };
  return {{name}, {}, {"x", "axis", "dtype"}, body};
}

// Infinities are replaced by the largest numbers.
Operation scan_beside_nan(const char* name, Scan::Kind kind, double instead) {
  const auto body = [kind, instead](OperationCall& call) {
    const Value x = call.tensor(0);
    const double most = largest_number(call.l.dtype(x));
    return cumulated(call, with_numbers(call, x, {.nan = instead, .high = most, .low = -most}), kind);
  };
  return {{name}, {}, {"x", "axis", "dtype"}, body};
}

Operation tensorflow_scan(const char* name, Scan::Kind kind) {
  const auto body = [kind](OperationCall& call) -> std::vector<Value> {
    const Value x = call.tensor(0);
    const Scan op{.kind = kind, .exclusive = call.flag(2, false), .reverse = call.flag(3, false)};
    return {scanned(call, x, call.axis(1, call.l.rank(x), 0), op)};
  };
  return {{}, {name}, {"x", "axis", "exclusive", "reverse"}, body};
}

}  // namespace

std::vector<Operation> cumulative_operations() {
  return {
      keras_scan("Cumsum", Scan::sum),
      keras_scan("Cumprod", Scan::product),
      scan_beside_nan("Nancumsum", Scan::sum, 0),
      scan_beside_nan("Nancumprod", Scan::product, 1),
      tensorflow_scan("math.cumsum", Scan::sum),
      tensorflow_scan("math.cumprod", Scan::product),
      tensorflow_scan("math.cumulative_logsumexp", Scan::log_sum_exp),
  };
}

}  // namespace keraunos::loader
