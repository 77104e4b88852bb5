// Operations of TensorFlow's list on rows of different lengths: their elements (values) and the row starts of each level
// (splits).
#include <algorithm>
#include <cmath>

#include "keraunos/error.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

constexpr int64_t kMostOfRows = int64_t{1} << 28;  // elements: 2 GiB

DType type_of_splits(OperationCall& call, std::span<const Value> splits) {
  for (const Value level : splits) {
    const DType type = call.l.dtype(level);
    if (call.l.rank(level) != 1 || call.l.dim(level, 0).size < 1 || type != call.l.dtype(splits[0]) ||
        (type != DType::int32 && type != DType::int64))
      call.l.refuse("has row starts of " + call.l.dims(level).to_string() + ' ' + std::string(name_of(type)) +
                    "; expected one axis of int32 or int64");
  }
  if (splits.empty()) call.l.refuse("has no row starts");
  return call.l.dtype(splits[0]);
}

// The row starts of all levels, the last for `elements`.
std::vector<std::vector<int64_t>> levels_of(std::span<const TensorView> splits, int64_t elements) {
  std::vector<std::vector<int64_t>> levels;
  for (size_t i = 0; i < splits.size(); ++i)
    levels.push_back(checked_splits(splits[i], i + 1 < splits.size() ? splits[i + 1].dims[0] - 1 : elements));
  return levels;
}

// in: indices, splits of each level; `elements`: those of the last level → the splits of the chosen rows, and the places of their
// elements.
class GatherRows final : public DynamicKernel, public ChecksOperands {
 public:
  explicit GatherRows(int64_t elements) : elements_(elements) {}
  std::string name() const override { return "gather rows"; }
  std::string parameters() const override { return std::to_string(elements_); }
  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    std::vector<TensorType> types(inputs.size() - 1, {inputs[1].dtype, Dims{inputs[0].dims.elements() + 1}});
    types.push_back({DType::int64, Dims{inputs[0].dims.elements()}});
    return types;
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const std::vector<std::vector<int64_t>> levels = levels_of(inputs.subspan(1), elements_);
    std::vector<int64_t> rows = integers_of(inputs[0]);
    std::vector<Tensor> results;
    for (const std::vector<int64_t>& starts : levels) {
      const auto count = static_cast<int64_t>(starts.size()) - 1;
      std::vector<int64_t> chosen{0}, next;
      for (const int64_t row : rows) {
        if (row < 0 || row >= count) throw DataError("has row " + std::to_string(row) + " of " + std::to_string(count) + " rows");
        const int64_t first = starts[static_cast<size_t>(row)], end = starts[static_cast<size_t>(row) + 1];
        if (chosen.back() + end - first > kMostOfRows) throw DataError("gathers rows of too many elements");
        for (int64_t i = first; i < end; ++i) next.push_back(i);
        chosen.push_back(static_cast<int64_t>(next.size()));
      }
      results.push_back(tensor_of_integers(chosen, inputs[1].dtype));
      rows = std::move(next);
    }
    results.push_back(tensor_of_integers(rows, DType::int64));
    return results;
  }

 private:
  int64_t elements_;
};

// The levels that further axes of the indices add have rows of equal lengths.
std::vector<Value> gathered_rows(OperationCall& call) {
  const std::vector<Value> splits = call.tensors(0);
  const DType type = type_of_splits(call, splits);
  const Value values = call.tensor(1), indices = call.tensor(2);
  const int rank = call.l.rank(indices);
  const DType places = call.l.dtype(indices);
  if (rank == 0 || (places != DType::int32 && places != DType::int64) || call.l.rank(values) == 0)
    call.l.refuse("gathers rows by " + call.l.dims(indices).to_string() + ' ' + std::string(name_of(places)) +
                  "; expected int32 or int64 with an axis or more");
  if (call.integer(3, 0) != static_cast<int64_t>(splits.size()) + rank - 1)
    call.l.refuse("gathers rows of " + std::to_string(splits.size()) + " levels and returns " +
                  std::to_string(call.integer(3, 0)));
  std::vector<Value> results;
  int64_t rows = 1;
  for (int axis = 0; axis + 1 < rank; ++axis) {
    rows *= call.l.dim(indices, axis).size;
    std::vector<int64_t> starts;
    for (int64_t row = 0; row <= rows; ++row) starts.push_back(row * call.l.dim(indices, axis + 1).size);
    results.push_back(call.l.cast(call.l.constant(TensorView(starts, Dims{rows + 1})), type));
  }
  std::vector<Value> operands{rank == 1 ? indices : call.l.reshape(indices, {{call.l.dims(indices).elements()}})};
  operands.insert(operands.end(), splits.begin(), splits.end());
  const auto found = call.l.call(std::make_shared<const GatherRows>(call.l.dim(values, 0).size), operands);
  results.insert(results.end(), found.begin(), found.end() - 1);
  results.push_back(rows_at(call, values, found.back()));
  return results;
}

// in: splits of each level; `values`: the extents of the elements → the indices of a sparse tensor, and its shape.
class IndicesOfRows final : public Kernel {
 public:
  explicit IndicesOfRows(Dims values) : values_(values) {}
  std::string name() const override { return "indices of rows"; }
  std::string parameters() const override { return values_.to_string(); }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    const auto axes = static_cast<int64_t>(inputs.size()) + values_.rank();
    return std::vector<TensorType>{{DType::int64, {values_.elements(), axes}}, {DType::int64, {axes}}};
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    const std::vector<std::vector<int64_t>> levels = levels_of(inputs, values_[0]);
    std::vector<int64_t> shape{static_cast<int64_t>(levels[0].size()) - 1};
    for (const std::vector<int64_t>& starts : levels) {
      int64_t longest = 0;
      for (size_t row = 0; row + 1 < starts.size(); ++row) longest = std::max(longest, starts[row + 1] - starts[row]);
      shape.push_back(longest);
    }
    for (int axis = 1; axis < values_.rank(); ++axis) shape.push_back(values_[axis]);
    const int64_t inner = values_[0] == 0 ? 0 : values_.elements() / values_[0];
    auto* to = static_cast<int64_t*>(outputs[0].data);
    for (int64_t element = 0; element < values_[0]; ++element) {
      std::vector<int64_t> index(shape.size(), 0);
      int64_t at = element;
      for (size_t level = levels.size(); level-- > 0;) {
        const auto& starts = levels[level];
        const int64_t row = std::upper_bound(starts.begin(), starts.end(), at) - starts.begin() - 1;
        index[level + 1] = at - starts[static_cast<size_t>(row)];
        at = row;
      }
      index[0] = at;
      for (int64_t i = 0; i < inner; ++i) {
        int64_t rest = i;
        for (size_t axis = shape.size(); axis-- > levels.size() + 1; rest /= shape[axis]) index[axis] = rest % shape[axis];
        to = std::copy(index.begin(), index.end(), to);
      }
    }
    std::copy(shape.begin(), shape.end(), static_cast<int64_t*>(outputs[1].data));
  }

 private:
  Dims values_;
};

// The extents that do not depend on data are constants, so that readers get known numbers.
std::vector<Value> sparse_from_rows(OperationCall& call) {
  const std::vector<Value> splits = call.tensors(0);
  type_of_splits(call, splits);
  const Value values = call.tensor(1);
  if (call.l.rank(values) == 0 || splits.size() + static_cast<size_t>(call.l.rank(values)) > static_cast<size_t>(Dims::kMaxRank))
    call.l.refuse("has rows of " + call.l.dims(values).to_string() + " in " + std::to_string(splits.size()) + " levels");
  const auto found = call.l.call(std::make_shared<const IndicesOfRows>(call.l.dims(values)), splits);
  std::vector<int64_t> rows{call.l.dim(splits[0], 0).size - 1}, inner;
  for (int axis = 1; axis < call.l.rank(values); ++axis) inner.push_back(call.l.dim(values, axis).size);
  std::vector<Value> shape{call.l.constant(TensorView(rows, Dims{1})),
                           call.l.slice_axis(found[1], 0, 1, static_cast<int64_t>(splits.size()))};
  if (!inner.empty()) shape.push_back(call.l.constant(TensorView(inner, Dims{static_cast<int64_t>(inner.size())})));
  return {found[0], call.l.reshape(values, {{call.l.dims(values).elements()}}), call.l.concatenate(shape, 0)};
}

// in: starts, limits, steps; each has one element or one for each row.
template <class T>
std::pair<std::vector<int64_t>, std::vector<T>> counted_rows(std::span<const TensorView> inputs) {
  size_t rows = 1;
  for (const TensorView& input : inputs) rows = input.dims.rank() > 0 ? static_cast<size_t>(input.dims[0]) : rows;
  const auto at = [&](size_t i, size_t row) { return elements_of<T>(inputs[i])[inputs[i].dims.rank() == 0 ? 0 : row]; };
  std::vector<int64_t> splits{0};
  std::vector<T> values;
  for (size_t row = 0; row < rows; ++row) {
    const T start = at(0, row), limit = at(1, row), step = at(2, row);
    if (step == 0) throw DataError("counts by 0");
    double count = (static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(step);
    if constexpr (std::is_same_v<T, float>) count = (limit - start) / step;
    count = std::ceil(count);
    if (!(count < static_cast<double>(kMostOfRows - static_cast<int64_t>(values.size()))))
      throw DataError("counts too many numbers");
    T value = start;
    for (double i = 0; i < count; ++i) {
      if (i > 0) value = static_cast<T>(value + step);
      values.push_back(value);
    }
    splits.push_back(static_cast<int64_t>(values.size()));
  }
  return {std::move(splits), std::move(values)};
}

class CountRows final : public DynamicKernel, public ChecksOperands {
 public:
  explicit CountRows(DType splits) : splits_(splits) {}
  std::string name() const override { return "count rows"; }
  std::string parameters() const override { return std::string(name_of(splits_)); }
  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    int64_t rows = 1;
    for (const TensorView& input : inputs) rows = input.dims.rank() > 0 ? input.dims[0] : rows;
    return {{splits_, Dims{rows + 1}}, {inputs[0].dtype, Dims{rows}}};
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    switch (inputs[0].dtype) {
      case DType::int32: return counted<int32_t>(inputs);
      case DType::int64: return counted<int64_t>(inputs);
      case DType::float32: return counted<float>(inputs);
      default: return counted<double>(inputs);
    }
  }

 private:
  template <class T>
  std::vector<Tensor> counted(std::span<const TensorView> inputs) const {
    const auto [splits, values] = counted_rows<T>(inputs);
    std::vector<Tensor> results;
    results.push_back(tensor_of_integers(splits, splits_));
    results.emplace_back(inputs[0].dtype, Dims{static_cast<int64_t>(values.size())});
    std::copy(values.begin(), values.end(), results[1].template mutable_values<T>().begin());
    return results;
  }

  DType splits_;
};

std::vector<Value> ranges(OperationCall& call) {
  const Value operands[] = {call.tensor(0), call.tensor(1), call.tensor(2)};
  const DType type = call.l.dtype(operands[0]), splits = call.dtype(3).value_or(DType::int64);
  std::optional<int64_t> rows;
  for (const Value v : operands) {
    const bool fits = call.l.rank(v) == 0 || (call.l.rank(v) == 1 && (!rows || *rows == call.l.dim(v, 0).size));
    if (!fits || call.l.dtype(v) != type)
      call.l.refuse("counts by " + call.l.dims(v).to_string() + " beside other shapes or types");
    if (call.l.rank(v) == 1) rows = call.l.dim(v, 0).size;
  }
  if ((type != DType::int32 && type != DType::int64 && type != DType::float32 && type != DType::float64) ||
      (splits != DType::int32 && splits != DType::int64))
    call.l.refuse("counts " + std::string(name_of(type)) + ", which TensorFlow does not do either");
  return call.l.call(std::make_shared<const CountRows>(splits), operands);
}

}  // namespace

std::vector<Operation> raw_ragged_parts_operations() {
  return {
      {{},
       {"raw_ops.RaggedGather"},
       {"params_nested_splits", "params_dense_values", "indices", "OUTPUT_RAGGED_RANK"},
       gathered_rows,
       3,
       {"PARAMS_RAGGED_RANK=*"},
       1,
       2},
      {{},
       {"raw_ops.RaggedTensorToSparse"},
       {"rt_nested_splits", "rt_dense_values"},
       sparse_from_rows,
       2,
       {"RAGGED_RANK=*"},
       1,
       1},
      {{}, {"raw_ops.RaggedRange"}, {"starts", "limits", "deltas", "Tsplits"}, ranges, 3},
  };
}

}  // namespace keraunos::loader
