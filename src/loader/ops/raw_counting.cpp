// Operations of TensorFlow's list that count numbers (DenseBincount, RaggedBincount) and find intervals (Bucketize).
#include <algorithm>

#include "keraunos/error.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/conversions.h"
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

}  // namespace

std::vector<Operation> raw_counting_operations() {
  return {
      {{}, {"raw_ops.DenseBincount"}, {"input", "size", "weights", "binary_output"}, dense_bincount, 3},
      {{}, {"raw_ops.Bincount"}, {"arr", "size", "weights"}, bincount, 3},
      {{}, {"raw_ops.RaggedBincount"}, {"splits", "values", "size", "weights", "binary_output"}, ragged_bincount, 4},
      {{}, {"raw_ops.Bucketize"}, {"input", "boundaries"}, bucketize, 1},
  };
}

}  // namespace keraunos::loader
