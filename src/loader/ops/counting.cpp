// Counts how often each number occurs.
#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "host/ops/scatter.h"
#include "loader/layers/common/memory.h"
#include "loader/ops/conversions.h"
#include "loader/ops/segment_count.h"

namespace keraunos::loader {
namespace {

struct BinRule {
  int64_t least = 0, most = INT64_MAX;
  bool by_row = false;  // for a matrix: each row separately
  bool binary = false;  // 1 if a number occurs, not how often
};

int64_t bin_bound(OperationCall& call, size_t parameter, int64_t otherwise) {
  const int64_t number = call.integer(parameter, otherwise);
  if (call.has(parameter) && (number < 0 || number > Range::kMostExtent))
    call.l.refuse("has bins up to " + std::to_string(number));
  return number;
}

// The index (row, number) of each element, or (number).
Value bin_places(OperationCall& call, Value x, const BinRule& bins) {
  const Value numbers = call.l.expand_dims(call.l.cast(x, DType::int64), call.l.rank(x));
  if (!bins.by_row) return numbers;
  const Dim rows = call.l.dim(x, 0);
  debit(call.l, "the numbers of the rows", host::checked_multiply(rows.size, 8));
  std::vector<int64_t> row;
  for (int64_t i = 0; i < rows.size; ++i) row.push_back(i);
  const Value own = call.l.constant(TensorView(row, Dims{rows.size, 1, 1}));
  const Value parts[] = {call.l.broadcast_to(own, call.l.shape(numbers)), numbers};
  return call.l.concatenate(parts, 2);
}

// Numbers beyond the last bin are ignored: their index becomes negative.
Value without_others(OperationCall& call, Value x, int64_t bins) {
  const Value wide = call.l.cast(x, DType::int64);
  const Value inside = call.l.binary(Function::less, wide, call.l.scalar(static_cast<double>(bins), DType::int64));
  return call.l.select(inside, wide, call.l.scalar(-1, DType::int64));
}

Value count_numbers(OperationCall& call, Value x, Value weights, const BinRule& bins) {
  const Dim count = segment_count(call.l, SegmentCount::bins, x, std::min(bins.least, bins.most), bins.most);
  Shape shape{count};
  if (bins.by_row) shape.insert(shape.begin(), call.l.dim(x, 0));
  if (bins.most < INT64_MAX) x = without_others(call, x, bins.most);
  const Value base = call.l.broadcast_to(number_like(call, 0, weights), shape);
  const Value rows = call.l.broadcast_to(weights, call.l.shape(x));
  const host::Scatter op{.combine = bins.binary ? host::Combine::maximum : host::Combine::add, .drop_negative = !bins.by_row};
  return host::graph_of(call.l).add(op, {base, bin_places(call, x, bins), rows})[0];
}

void require_whole_numbers(OperationCall& call, Value x) {
  if (is_floating(call.l.dtype(x)))
    call.l.refuse("counts " + std::string(name_of(call.l.dtype(x))) + ", which Keras does not do either");
}

// The type in which sums of weights are computed.
DType type_of_weights(DType type) {
  if (type == DType::int64 || type == DType::float64 || type == DType::int32) return type;
  return is_floating(type) || type == DType::boolean ? DType::float32 : DType::int32;
}

std::vector<Value> keras_bincount(OperationCall& call) {
  const Value x = call.tensor(0);
  require_whole_numbers(call, x);
  if (call.l.rank(x) != 1 && call.l.rank(x) != 2)
    call.l.refuse("counts the numbers of a tensor of rank " + std::to_string(call.l.rank(x)) + ", expected 1 or 2");
  const BinRule bins{.least = bin_bound(call, 2, 0), .by_row = call.l.rank(x) == 2};
  if (!call.has(1)) return {count_numbers(call, x, call.l.scalar(1, DType::int32), bins)};
  const Value weights = call.tensor(1);
  const DType type = promoted(call.l.dtype(x), call.l.dtype(weights));
  return {call.l.cast(count_numbers(call, x, call.l.cast(weights, type_of_weights(call.l.dtype(weights))), bins), type)};
}

std::vector<Value> tensorflow_bincount(OperationCall& call) {
  Value x = call.tensor(0);
  require_whole_numbers(call, x);
  BinRule bins{.least = bin_bound(call, 2, 0), .most = bin_bound(call, 3, INT64_MAX), .binary = call.flag(6, false)};
  bins.by_row = call.integer(5, 0) == -1 && call.l.rank(x) == 2;
  if (call.has(5) && call.integer(5, 0) != 0 && call.integer(5, 0) != -1)
    call.l.refuse("counts along axis " + std::to_string(call.integer(5, 0)) + ", which TensorFlow does not do either");
  const DType type = call.dtype(4).value_or(DType::int32);
  Value weights = call.has(1) ? call.tensor(1) : call.l.scalar(1, type);
  if (call.has(1) && bins.binary) call.l.refuse("both weighs and tells what occurs, which TensorFlow does not do either");
  if (bins.by_row && bins.most < INT64_MAX) call.l.refuse("counts by rows up to a length, which is not supported");
  if (!bins.by_row) {
    if (call.has(1)) weights = flattened(call, weights);
    x = flattened(call, x);
  }
  return {count_numbers(call, x, weights, bins)};
}

}  // namespace

std::vector<Operation> counting_operations() {
  return {
      {{"Bincount"}, {}, {"x", "weights", "minlength"}, keras_bincount, 1, {"sparse=None|False"}},
      {{},
       {"math.bincount"},
       {"arr", "weights", "minlength", "maxlength", "dtype", "axis", "binary_output"},
       tensorflow_bincount},
  };
}

}  // namespace keraunos::loader
