// Operations of TensorFlow's list that count numbers (DenseBincount, RaggedBincount), find intervals (Bucketize) and cross
// features (SparseCross, SparseToDense).
#include <algorithm>

#include "host/graph/graph.h"
#include "host/ops/scatter.h"
#include "keraunos/error.h"
#include "loader/layers/text/hash_kernels.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/conversions.h"
#include "loader/ops/data_integers.h"
#include "loader/ops/literal_bounds.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

// in: numbers, (weights), (row starts), (number of bins); those that the flags name.
struct BinCounting {
  bool binary = false, weighted = false, ragged = false, by_row = false;
  std::optional<int64_t> bins{};
};

class CountBins final : public Kernel, public ChecksOperands {
 public:
  CountBins(BinCounting rule, DType type) : rule_(rule), type_(type) {}
  std::string name() const override { return "count numbers"; }
  std::string parameters() const override {
    return std::string(name_of(type_)) + (rule_.binary ? " binary" : "") + (rule_.weighted ? " weighted" : "") +
           (rule_.ragged ? " ragged" : "") + ' ' + std::to_string(rule_.bins.value_or(-1));
  }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    if (!rule_.bins) return std::nullopt;
    const int64_t rows = rule_.ragged ? inputs[rule_.weighted ? 2 : 1].dims[0] - 1 : inputs[0].dims[0];
    if (!rule_.ragged && inputs[0].dims.rank() == 1) return std::vector<TensorType>{{type_, Dims{*rule_.bins}}};
    return std::vector<TensorType>{{type_, Dims{rows, *rule_.bins}}};
  }
  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    BinCounting one = rule_;
    one.bins = 1;
    std::vector<TensorType> types;
    for (const TensorView& input : inputs) types.push_back({input.dtype, input.dims});
    return *CountBins(one, type_).infer(types);
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    switch (type_) {
      case DType::int32: return count(inputs, *rule_.bins, static_cast<int32_t*>(outputs[0].data));
      case DType::int64: return count(inputs, *rule_.bins, static_cast<int64_t*>(outputs[0].data));
      case DType::float64: return count(inputs, *rule_.bins, static_cast<double*>(outputs[0].data));
      default: return count(inputs, *rule_.bins, static_cast<float*>(outputs[0].data));
    }
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    BinCounting known = rule_;
    known.bins = integers_of(inputs.back()).at(0);
    if (*known.bins < 0 || *known.bins > Range::kMostExtent)
      throw DataError("counts in " + std::to_string(*known.bins) + " bins");
    std::vector<TensorType> types;
    for (const TensorView& input : inputs.first(inputs.size() - 1)) types.push_back({input.dtype, input.dims});
    const CountBins counting(known, type_);
    const TensorType type = (*counting.infer(types))[0];
    std::vector<Tensor> results;
    results.emplace_back(type.dtype, type.dims);
    const MutableView out[] = {results[0].mutable_view()};
    counting.run(inputs, out);
    return results;
  }
  bool rows_are_local() const override { return rule_.by_row; }

 private:
  template <class T>
  void count(std::span<const TensorView> inputs, int64_t bins, T* to) const {
    const std::vector<int64_t> numbers = integers_of(inputs[0]);
    const T* weights = rule_.weighted ? static_cast<const T*>(inputs[1].data) : nullptr;
    std::vector<int64_t> splits;
    if (rule_.ragged) {
      splits = checked_splits(inputs[rule_.weighted ? 2 : 1], static_cast<int64_t>(numbers.size()));
    } else {
      const bool one = inputs[0].dims.rank() == 1;
      const int64_t rows = one ? 1 : inputs[0].dims[0], length = one ? inputs[0].dims[0] : inputs[0].dims[1];
      for (int64_t row = 0; row <= rows; ++row) splits.push_back(row * length);
    }
    std::fill_n(to, (splits.size() - 1) * static_cast<size_t>(bins), T{});
    for (size_t row = 0; row + 1 < splits.size(); ++row, to += bins) {
      for (int64_t i = splits[row]; i < splits[row + 1]; ++i) {
        const int64_t number = numbers[static_cast<size_t>(i)];
        if (number < 0) throw DataError("expected numbers from 0 on, found " + std::to_string(number));
        if (number >= bins) continue;
        if (rule_.binary)
          to[number] = T{1};
        else
          to[number] = static_cast<T>(to[number] + (weights == nullptr ? T{1} : weights[i]));
      }
    }
  }

  BinCounting rule_;
  DType type_;
};

// x, bins, weights, row starts.
Value count_bins(OperationCall& call, Value x, Value size, Value weights, Value splits, bool binary) {
  if (is_floating(call.l.dtype(x)) || (call.l.rank(x) != 1 && (splits || call.l.rank(x) != 2)))
    call.l.refuse("counts " + std::string(name_of(call.l.dtype(x))) + ' ' + call.l.dims(x).to_string() +
                  "; expected integers of one or two axes");
  const DType type = call.l.dtype(weights);
  if (type != DType::int32 && type != DType::int64 && type != DType::float32 && type != DType::float64)
    call.l.refuse("counts in " + std::string(name_of(type)) + ", which TensorFlow does not do either");
  BinCounting rule{.binary = binary,
                   .weighted = call.l.dims(weights).elements() > 0,
                   .ragged = bool(splits),
                   .by_row = !splits && call.l.rank(x) == 2};
  if (rule.weighted && call.l.dims(weights) != call.l.dims(x))
    call.l.refuse("weighs numbers of " + call.l.dims(x).to_string() + " by " + call.l.dims(weights).to_string());
  rule.bins = literal_bound(call.l, size);
  if (rule.bins && (*rule.bins < 0 || *rule.bins > Range::kMostExtent))
    call.l.refuse("counts in " + std::to_string(*rule.bins) + " bins");
  std::vector<Value> operands{call.l.dtype(x) == DType::int32 ? x : call.l.cast(x, DType::int64)};
  if (rule.weighted) operands.push_back(weights);
  if (rule.ragged) operands.push_back(splits);
  if (!rule.bins) operands.push_back(size);
  return call.l.call(std::make_shared<const CountBins>(rule, type), operands)[0];
}

std::vector<Value> dense_bincount(OperationCall& call) {
  return {count_bins(call, call.tensor(0), call.tensor(1), call.tensor(2), {}, call.flag(3, false))};
}

// Counts all numbers, whatever their axes.
std::vector<Value> bincount(OperationCall& call) {
  const auto flat = [&](Value x) { return call.l.rank(x) == 1 ? x : call.l.reshape(x, {{call.l.dims(x).elements()}}); };
  const Value weights = call.tensor(2);
  return {count_bins(call, flat(call.tensor(0)), call.tensor(1), flat(weights), {}, false)};
}

std::vector<Value> ragged_bincount(OperationCall& call) {
  return {count_bins(call, call.tensor(1), call.tensor(2), call.tensor(3), call.tensor(0), call.flag(4, false))};
}

// The number of boundaries not above x. Boundaries are float32, and integers are compared in that type.
std::vector<Value> bucketize(OperationCall& call) {
  const Value x = call.tensor(0);
  const Arg* given = call.find(1);
  std::vector<float> boundaries;
  for (const Arg& item : given == nullptr || given->list() == nullptr ? Arg::List{} : *given->list()) {
    const double* number = std::get_if<double>(&item.value);
    if (number == nullptr) call.l.refuse("has boundaries that are no numbers");
    boundaries.push_back(static_cast<float>(*number));
  }
  if (!std::is_sorted(boundaries.begin(), boundaries.end())) call.l.refuse("has boundaries that do not ascend");
  const DType type = call.l.dtype(x) == DType::float64 ? DType::float64 : DType::float32;
  const Value edges = call.l.cast(call.l.constant(TensorView(boundaries, Dims{static_cast<int64_t>(boundaries.size())})), type);
  const Value below = call.l.binary(Function::less, call.l.expand_dims(call.l.cast(x, type), -1), edges);
  const int last[] = {call.l.rank(x)};
  return {call.l.reduce(Reduction::sum, call.l.cast(call.l.unary(Function::logical_not, below), DType::int32), last)};
}

// Hashed features of one column each: one bucket per row. The result is sparse: indices, buckets, shape.
std::vector<Value> sparse_cross(OperationCall& call) {
  constexpr int64_t kKey = 0xdecafcaffe;
  const std::vector<Value> features = call.tensors(3);
  const int64_t buckets = call.integer(5, 0);
  const auto is_empty = [&](size_t parameter) {
    const Arg* list = call.find(parameter);
    return list == nullptr || list->list() == nullptr || list->list()->empty();
  };
  if (!is_empty(0) || !is_empty(1) || !is_empty(2) || features.empty())
    call.l.refuse("crosses sparse features, which is not supported");
  if (!call.flag(4, false) || buckets < 1 || call.integer(6, kKey) != kKey)
    call.l.refuse("crosses features without buckets or with a key of its own, which is not supported");
  std::vector<Value> columns;
  for (const Value feature : features) {
    if (call.l.rank(feature) != 2 || call.l.dim(feature, 1).size != 1)
      call.l.refuse("crosses features of shape " + call.l.dims(feature).to_string() + "; supported is (batch, 1)");
    const DType type = call.l.dtype(feature);
    if (is_floating(type) || type == DType::boolean) call.l.refuse("crosses " + std::string(name_of(type)));
    columns.push_back(type == DType::string ? feature : call.l.cast(feature, DType::int64));
  }
  const Value crossed = call.l.call(text::crossing_kernel(static_cast<uint64_t>(buckets)), columns)[0];
  const int64_t rows = call.l.dim(features[0], 0).size;
  std::vector<int64_t> places;
  for (int64_t row = 0; row < rows; ++row) places.insert(places.end(), {row, 0});
  const std::vector<int64_t> shape{rows, 1};
  return {call.l.constant(TensorView(places, Dims{rows, 2})), call.l.reshape(crossed, {call.l.dim(features[0], 0)}),
          call.l.constant(TensorView(shape, Dims{2}))};
}

// A repeated index is an error in TensorFlow; here its last element is used.
std::vector<Value> sparse_to_dense(OperationCall& call) {
  Value places = call.tensor(0);
  const auto sizes = read_integers(call, 1);
  Value rows = call.tensor(2);
  if (!sizes) call.l.refuse("is called without a shape");
  if (call.l.rank(places) < 2) places = call.l.reshape(places, {{call.l.dims(places).elements()}, {1}});
  Shape shape;
  for (const int64_t size : *sizes) shape.push_back({size, false});
  rows = call.l.broadcast_to(rows, {call.l.dim(places, 0)});
  const Value base = call.l.broadcast_to(call.l.cast(call.tensor(3), call.l.dtype(rows)), shape);
  return {host::graph_of(call.l).add(host::Scatter{}, {base, places, rows})[0]};
}

}  // namespace

std::vector<Operation> raw_counting_operations() {
  return {
      {{}, {"raw_ops.DenseBincount"}, {"input", "size", "weights", "binary_output"}, dense_bincount, 3},
      {{}, {"raw_ops.Bincount"}, {"arr", "size", "weights"}, bincount, 3},
      {{}, {"raw_ops.RaggedBincount"}, {"splits", "values", "size", "weights", "binary_output"}, ragged_bincount, 4},
      {{}, {"raw_ops.Bucketize"}, {"input", "boundaries"}, bucketize, 1},
      {{},
       {"raw_ops.SparseCross"},
       {"indices", "values", "shapes", "dense_inputs", "hashed_output", "num_buckets", "hash_key"},
       sparse_cross,
       4,
       {"sparse_types=*", "dense_types=*", "out_type=*", "internal_type=*"},
       4},
      {{},
       {"raw_ops.SparseToDense"},
       {"sparse_indices", "output_shape", "sparse_values", "default_value", "validate_indices"},
       sparse_to_dense,
       4,
       {"validate_indices=*"}},
  };
}

}  // namespace keraunos::loader
