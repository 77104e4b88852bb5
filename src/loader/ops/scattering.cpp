// Rows written to, or added at, indices in other tensors: scatter, segment sums, counts of numbers.
#include <limits>
#include <numeric>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "host/ops/scatter.h"
#include "loader/ops/conversions.h"
#include "loader/ops/segment_count.h"

namespace keraunos::loader {
namespace {

using host::Combine;

Value scattered(OperationCall& call, const host::Scatter& op, Value base, Value places, Value rows) {
  const DType type = call.l.dtype(places);
  if (is_floating(type) || type == DType::boolean)
    call.l.refuse("has indices of the dtype " + std::string(name_of(type)) + ", which Keras does not take either");
  if (type != DType::int32) places = call.l.cast(places, DType::int64);
  return host::graph_of(call.l).add(op, {base, places, rows})[0];
}

Value filled_with(OperationCall& call, Value number, const Shape& shape) { return call.l.broadcast_to(number, shape); }

// The sum of rows with equal indices; for booleans whether any is true.
std::vector<Value> scatter_rows(OperationCall& call) {
  const Value places = call.tensor(0), rows = call.tensor(1);
  const auto sizes = call.integers(2);
  if (!sizes) call.l.refuse("is called without a shape");
  Shape shape;
  for (const int64_t size : *sizes) {
    if (size < 0 || size > Range::kMostExtent) call.l.refuse("has an axis of " + std::to_string(size) + " elements");
    shape.push_back(Dim{size});
  }
  const bool flags = call.l.dtype(rows) == DType::boolean;
  const Value base = filled_with(call, number_like(call, 0, rows), shape);
  return {scattered(call, {.combine = flags ? Combine::maximum : Combine::add}, base, places, rows)};
}

Value updated(OperationCall& call, Combine combine, bool negated = false) {
  const Value base = call.tensor(0), places = call.tensor(1);
  Value rows = call.tensor(2, call.l.dtype(base));
  if (call.l.dtype(rows) != call.l.dtype(base))
    call.l.refuse("puts " + std::string(name_of(call.l.dtype(rows))) + " into " + std::string(name_of(call.l.dtype(base))) +
                  ", which Keras does not do either");
  const bool flags = call.l.dtype(base) == DType::boolean;
  if (flags && combine == Combine::multiply)
    combine = Combine::minimum;
  else if (flags && combine != Combine::replace)
    call.l.refuse("computes with booleans, which Keras does not do either");
  if (negated) rows = call.l.unary(Function::negate, rows);
  return scattered(call, {.combine = combine}, base, places, rows);
}

std::vector<Value> scatter_update(OperationCall& call) {
  const std::string how = call.text(3).value_or("replace");
  constexpr std::pair<std::string_view, Combine> kReductionNames[] = {{"replace", Combine::replace},
                                                                      {"add", Combine::add},
                                                                      {"max", Combine::maximum},
                                                                      {"min", Combine::minimum},
                                                                      {"mul", Combine::multiply}};
  for (const auto& [name, combine] : kReductionNames) {
    if (name == how && (how != "replace" || !call.has(3))) return {updated(call, combine)};
  }
  call.l.refuse("has the reduction \"" + how + "\"; expected add, max, min or mul");
}

Operation tensor_scatter(const char* name, Combine combine, bool negated = false) {
  const auto body = [=](OperationCall& call) -> std::vector<Value> { return {updated(call, combine, negated)}; };
  return {{}, {name}, {"tensor", "indices", "updates"}, body, 3};
}

// The result of a segment without rows: TensorFlow's lowest number is finite.
Value empty_segment(OperationCall& call, Combine combine, DType type, bool infinite) {
  if (combine == Combine::add || combine == Combine::multiply) return call.l.scalar(combine == Combine::add ? 0 : 1, type);
  const bool low = combine == Combine::maximum;
  if (is_floating(type) && infinite) return call.l.scalar(low ? -kInfinity : kInfinity, type);
  if (is_floating(type)) return call.l.scalar(low ? -largest_number(type) : largest_number(type), type);
  const bool is_signed = type == DType::int8 || type == DType::int16 || type == DType::int32 || type == DType::int64;
  const auto bits = static_cast<int>(size_of(type)) * 8;
  const uint64_t highest = (bits == 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1) >> (is_signed ? 1 : 0);
  const auto lowest = is_signed ? static_cast<int64_t>(~highest) : int64_t{0};
  const std::vector<int64_t> number{low ? lowest : static_cast<int64_t>(highest)};
  return call.l.cast(call.l.constant(TensorView(number, Dims{})), type);
}

// How the rows of segments are given.
struct SegmentForm {
  bool sorted = false, counted = false;  // counted: the last parameter is the number of segments
  bool picked = false;                   // the rows are data[indices]
};

struct Segments {
  Value data, places;
  Dim count{};
  Shape shape{};  // of the result
  bool sorted = false;
};

std::vector<std::string> parameters_of(const SegmentForm& form) {
  std::vector<std::string> names{"data"};
  if (form.picked) names.push_back("indices");
  names.push_back("segment_ids");
  if (form.counted) names.push_back("num_segments");
  return names;
}

/// The number of segments: the parameter, or derived from the ids.
Segments segments_of(OperationCall& call, SegmentForm form, SegmentCount otherwise) {
  const size_t at = form.picked ? 2 : 1;
  Segments s{.data = call.tensor(0), .places = call.tensor(at), .sorted = form.sorted};
  if (form.picked) {
    const Value indices = call.tensor(1);
    if (call.l.rank(s.data) < 1 || call.l.rank(indices) != 1)
      call.l.refuse("takes rows of " + call.l.dims(s.data).to_string() + " at indices of shape " +
                    call.l.dims(indices).to_string() + "; expected indices of one axis");
    s.data = call.l.gather(s.data, indices, 0);
  }
  // At loading, how many rows or ids there are may follow from artificial data.
  const host::Graph& graph = host::graph_of(call.l);
  if (graph.is_probe && graph.met > 0 && call.l.rank(s.data) > 0 && call.l.rank(s.places) == 1)
    s.places = call.l.broadcast_to(call.l.scalar(0, call.l.dtype(s.places)), {call.l.dim(s.data, 0)});
  const Shape data = call.l.shape(s.data), ids = call.l.shape(s.places);
  const bool fits = !ids.empty() && ids.size() <= data.size() && std::equal(ids.begin(), ids.end(), data.begin());
  if (!fits || ((form.sorted || call.is_keras3()) && ids.size() > 1))
    call.l.refuse("has segment ids of shape " + call.l.dims(s.places).to_string() + " for data of shape " +
                  call.l.dims(s.data).to_string());
  if (call.l.dtype(s.data) == DType::boolean) call.l.refuse("computes with booleans, which Keras does not do either");
  const bool stated = form.counted && call.has(at + 1);
  const int64_t number = stated ? call.integer(at + 1, 0) : 0;
  if (number < 0 || number > Range::kMostExtent) call.l.refuse("has " + std::to_string(number) + " segments");
  s.count = stated ? Dim{number} : segment_count(call.l, form.sorted ? SegmentCount::ascending : otherwise, s.places);
  s.shape.assign(data.begin() + static_cast<ptrdiff_t>(ids.size()), data.end());
  s.shape.insert(s.shape.begin(), s.count);
  return s;
}

Value combined_rows(OperationCall& call, const Segments& s, Combine combine, Value rows, Value base) {
  const Value places = call.l.expand_dims(s.places, call.l.rank(s.places));
  return scattered(call, {.combine = combine, .drop_negative = true}, filled_with(call, base, s.shape), places, rows);
}

Value rows_in_segments(OperationCall& call, const Segments& s) {
  const Value one = call.l.broadcast_to(number_like(call, 1, s.data), call.l.shape(s.data));
  return combined_rows(call, s, Combine::add, one, number_like(call, 0, s.data));
}

// Sorted segments without rows are 0, and a NaN among rows is the extreme.
Value sorted_extreme(OperationCall& call, const Segments& s, Value extreme) {
  const Value zero = number_like(call, 0, s.data);
  if (is_floating(call.l.dtype(s.data))) {
    const Value nan =
        combined_rows(call, s, Combine::maximum, call.l.unary(Function::is_nan, s.data), call.l.scalar(0, DType::boolean));
    extreme = call.l.select(nan, number_like(call, std::numeric_limits<double>::quiet_NaN(), s.data), extreme);
  }
  const Value ones = call.l.broadcast_to(call.l.scalar(1, DType::boolean), call.l.shape(s.data));
  const Value rows = combined_rows(call, s, Combine::replace, ones, call.l.scalar(0, DType::boolean));
  return call.l.select(rows, extreme, zero);
}

Value reduced_segments(OperationCall& call, Combine combine, const Segments& s) {
  const Value result = combined_rows(call, s, combine, s.data, empty_segment(call, combine, call.l.dtype(s.data), s.sorted));
  const bool extreme = combine == Combine::maximum || combine == Combine::minimum;
  return s.sorted && extreme ? sorted_extreme(call, s, result) : result;
}

Operation keras_segment(const char* name, Combine combine) {
  const auto body = [combine](OperationCall& call) -> std::vector<Value> {
    const bool sorted = call.flag(3, false);
    if (sorted && call.has(2)) call.l.refuse("has sorted ids and a number of segments, which Keras does not take either");
    const SegmentCount otherwise = combine == Combine::add ? SegmentCount::distinct : SegmentCount::highest;
    return {reduced_segments(call, combine, segments_of(call, {.sorted = sorted, .counted = !sorted}, otherwise))};
  };
  return {{name}, {}, {"data", "segment_ids", "num_segments", "sorted"}, body, 2};
}

Operation sorted_segment(const char* name, Combine combine) {
  const auto body = [combine](OperationCall& call) -> std::vector<Value> {
    return {reduced_segments(call, combine, segments_of(call, {.sorted = true}, SegmentCount::ascending))};
  };
  return {{}, {name}, {"data", "segment_ids"}, body, 2};
}

Operation unsorted_segment(const char* name, Combine combine) {
  const auto body = [combine](OperationCall& call) -> std::vector<Value> {
    if (!call.has(2)) call.l.refuse("is called without a number of segments");
    return {reduced_segments(call, combine, segments_of(call, {.counted = true}, SegmentCount::highest))};
  };
  return {{}, {name}, {"data", "segment_ids", "num_segments"}, body, 3};
}

// The sum divided by the number of rows, or by its square root.
Operation segment_mean(const char* name, SegmentForm form, bool root) {
  const auto body = [=](OperationCall& call) -> std::vector<Value> {
    if (!form.sorted && !call.has(2)) call.l.refuse("is called without a number of segments");
    const Segments s = segments_of(call, form, SegmentCount::ascending);
    if (!is_floating(call.l.dtype(s.data)))
      call.l.refuse("takes a mean of " + std::string(name_of(call.l.dtype(s.data))) + ", which is not supported");
    const Value count = call.l.binary(Function::maximum, rows_in_segments(call, s), number_like(call, 1, s.data));
    const Value sum = reduced_segments(call, Combine::add, s);
    return {call.l.divide(sum, root ? call.l.unary(Function::sqrt, count) : count)};
  };
  const std::vector<std::string> parameters = parameters_of(form);
  std::vector<std::string> harmless;
  if (form.picked) harmless.push_back("sparse_gradient=*");
  return {{}, {name}, parameters, body, parameters.size(), harmless};
}

constexpr SegmentForm kSorted{.sorted = true}, kCounted{.counted = true};
// As embeddings of several ids look their rows up.
constexpr SegmentForm kPicked{.sorted = true, .counted = true, .picked = true};

Operation picked_sum(const char* name) {
  const auto body = [](OperationCall& call) -> std::vector<Value> {
    return {reduced_segments(call, Combine::add, segments_of(call, kPicked, SegmentCount::ascending))};
  };
  return {{}, {name}, parameters_of(kPicked), body, 4, {"sparse_gradient=*"}};
}

}  // namespace

std::vector<Operation> scattering_operations() {
  return {
      {{"Scatter"}, {"scatter_nd"}, {"indices", "values|updates", "shape"}, scatter_rows, 2},
      {{"ScatterUpdate"}, {}, {"inputs", "indices", "updates", "reduction"}, scatter_update, 3},
      tensor_scatter("tensor_scatter_nd_update", Combine::replace),
      tensor_scatter("tensor_scatter_nd_add", Combine::add),
      tensor_scatter("tensor_scatter_nd_sub", Combine::add, true),
      tensor_scatter("tensor_scatter_nd_max", Combine::maximum),
      tensor_scatter("tensor_scatter_nd_min", Combine::minimum),
      keras_segment("SegmentSum", Combine::add),
      keras_segment("SegmentMax", Combine::maximum),
      keras_segment("SegmentMin", Combine::minimum),
      keras_segment("SegmentProd", Combine::multiply),
      sorted_segment("math.segment_sum", Combine::add),
      sorted_segment("math.segment_max", Combine::maximum),
      sorted_segment("math.segment_min", Combine::minimum),
      sorted_segment("math.segment_prod", Combine::multiply),
      unsorted_segment("math.unsorted_segment_sum", Combine::add),
      unsorted_segment("math.unsorted_segment_max", Combine::maximum),
      unsorted_segment("math.unsorted_segment_min", Combine::minimum),
      unsorted_segment("math.unsorted_segment_prod", Combine::multiply),
      segment_mean("math.segment_mean", kSorted, false),
      segment_mean("math.unsorted_segment_mean", kCounted, false),
      segment_mean("math.unsorted_segment_sqrt_n", kCounted, true),
      picked_sum("sparse.segment_sum"),
      segment_mean("sparse.segment_mean", kPicked, false),
      segment_mean("sparse.segment_sqrt_n", kPicked, true),
  };
}

}  // namespace keraunos::loader
