// Operations of TensorFlow's list on sparse tensors, which are given as indices, values and a shape: SparseReshape and
// SparseFillEmptyRows. Embedding columns of TensorFlow consist of them.
#include <algorithm>
#include <numeric>

#include "host/graph/extent.h"
#include "keraunos/error.h"
#include "loader/layers/common/memory.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/literal.h"
#include "loader/ops/literal_elements.h"
#include "loader/ops/sparse.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

int64_t elements_in(std::span<const int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t{1}, host::checked_multiply);
}

// One extent may be -1: the rest. Empty where the shape has another number of elements.
std::vector<int64_t> completed_extents(std::vector<int64_t> extents, int64_t elements) {
  const auto open = std::find(extents.begin(), extents.end(), -1);
  const bool is_open = open != extents.end();
  if (is_open) *open = 1;
  if (std::any_of(extents.begin(), extents.end(), [](int64_t extent) { return extent < 0; })) return {};
  const int64_t others = elements_in(extents);
  if (is_open) *open = others == 0 ? 0 : elements / others;
  return elements_in(extents) == elements ? extents : std::vector<int64_t>();
}

std::string text_of_extents(const std::vector<int64_t>& extents) {
  std::string text;
  for (const int64_t extent : extents) text += (text.empty() ? "(" : ", ") + std::to_string(extent);
  return text + ')';
}

std::vector<int64_t> strides_for(const std::vector<int64_t>& extents) {
  std::vector<int64_t> strides(extents.size(), 1);
  for (size_t axis = extents.size(); axis > 1; --axis)
    strides[axis - 2] = host::checked_multiply(strides[axis - 1], extents[axis - 1]);
  return strides;
}

// in: indices, their shape, the new one (-1: the rest). out: the new indices and shape. For shapes that depend on data.
class ReshapeSparse final : public DynamicKernel, public ChecksOperands {
 public:
  std::string name() const override { return "reshape sparse"; }
  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    return {{DType::int64, Dims{inputs[0].dims[0], inputs[2].dims[0]}}, {DType::int64, inputs[2].dims}};
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const std::vector<int64_t> from = integers_of(inputs[1]), to = completed_extents(integers_of(inputs[2]), elements_in(from));
    if (to.empty()) throw DataError("changes the shape of " + std::to_string(elements_in(from)) + " elements to one of others");
    const std::vector<int64_t> own = strides_for(from), strides = strides_for(to), indices = integers_of(inputs[0]);
    std::vector<int64_t> changed;
    for (size_t i = 0; i < indices.size(); i += from.size()) {
      int64_t place = 0;
      for (size_t axis = 0; axis < from.size(); ++axis) {
        if (indices[i + axis] < 0 || indices[i + axis] >= from[axis])
          throw DataError("has an element at index " + std::to_string(indices[i + axis]) + " of an axis of " +
                          std::to_string(from[axis]));
        place += indices[i + axis] * own[axis];
      }
      for (size_t axis = 0; axis < to.size(); ++axis) changed.push_back(place / strides[axis] % to[axis]);
    }
    std::vector<Tensor> results;
    results.emplace_back(DType::int64, Dims{inputs[0].dims[0], static_cast<int64_t>(to.size())});
    std::copy(changed.begin(), changed.end(), results[0].mutable_values<int64_t>().begin());
    results.push_back(tensor_of_integers(to, DType::int64));
    return results;
  }
};

// Extents that are known beforehand stay known.
Value with_known(OperationCall& call, Value shape, Value found) {
  const auto known = literal_elements(call.l, shape);
  std::vector<Value> extents;
  for (size_t axis = 0; axis < known.size(); ++axis) {
    const int64_t extent[] = {known[axis].value_or(-1)};
    extents.push_back(extent[0] >= 0 ? call.l.constant(TensorView(extent, Dims{1}))
                                     : call.l.slice_axis(found, 0, static_cast<int64_t>(axis), 1));
  }
  return call.l.concatenate(extents, 0);
}

// The number of an element among all is the same in both shapes.
std::vector<Value> sparse_reshape(OperationCall& call) {
  const Value indices = call.tensor(0), shape = call.tensor(1), new_shape = call.tensor(2);
  if (call.l.rank(shape) != 1 || call.l.rank(new_shape) != 1 || call.l.dim(new_shape, 0).size < 1)
    call.l.refuse("changes the shape " + call.l.dims(shape).to_string() + " to " + call.l.dims(new_shape).to_string() +
                  "; expected a list of extents for each");
  require_indices(call, indices, static_cast<size_t>(call.l.dim(shape, 0).size));
  const auto from = literal_of(call.l, shape), stated = literal_of(call.l, new_shape);
  if (!from || !stated) {
    const Value operands[] = {indices, shape, new_shape};
    const auto found = call.l.call(std::make_shared<const ReshapeSparse>(), operands);
    return {found[0], with_known(call, new_shape, found[1])};
  }
  const std::vector<int64_t> to = completed_extents(*stated, elements_in(*from));
  if (to.empty())
    call.l.refuse("changes the shape of " + std::to_string(elements_in(*from)) +
                  " elements to one of others: " + text_of_extents(*stated));
  const auto row = [&](const std::vector<int64_t>& numbers) {
    return call.l.constant(TensorView(numbers, Dims{1, static_cast<int64_t>(numbers.size())}));
  };
  std::vector<int64_t> positive = to;
  for (int64_t& extent : positive) extent = std::max<int64_t>(extent, 1);
  const int axes[] = {1};
  const Value place =
      call.l.expand_dims(call.l.reduce(Reduction::sum, call.l.multiply(indices, row(strides_for(*from))), axes), 1);
  const Value there =
      call.l.binary(Function::floor_mod, call.l.binary(Function::floor_divide, place, row(strides_for(positive))), row(positive));
  return {there, call.l.constant(TensorView(to, Dims{static_cast<int64_t>(to.size())}))};
}

// in: indices, values, the value of a row that has none. out: the same with one element in each such row, which rows these are,
// and where each element of the input is in the output.
class FillEmptyRows final : public DynamicKernel {
 public:
  explicit FillEmptyRows(int64_t rows) : rows_(rows) {}
  std::string name() const override { return "fill empty rows"; }
  std::string parameters() const override { return std::to_string(rows_); }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const auto indices = elements_of<int64_t>(inputs[0]);
    const auto width = static_cast<size_t>(inputs[0].dims[1]);
    const auto count = static_cast<size_t>(inputs[0].dims[0]);
    std::vector<size_t> ends(static_cast<size_t>(rows_), 0);  // of each row's elements, in the order of rows
    for (size_t i = 0; i < count; ++i) {
      const int64_t row = indices[i * width];
      if (row < 0 || row >= rows_)
        throw DataError("has an element in row " + std::to_string(row) + " of a tensor of " + std::to_string(rows_) + " rows");
      ++ends[static_cast<size_t>(row)];
    }
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    std::vector<size_t> by_row(count);
    std::vector<size_t> next(ends.size(), 0);
    for (size_t row = 1; row < ends.size(); ++row) next[row] = ends[row - 1];
    for (size_t i = 0; i < count; ++i) by_row[next[static_cast<size_t>(indices[i * width])]++] = i;
    std::vector<Tensor> results;
    results.emplace_back(DType::boolean, Dims{rows_});
    results.emplace_back(DType::int64, Dims{static_cast<int64_t>(count)});
    const auto empty = results[0].mutable_values<bool>();
    const auto place_of = results[1].mutable_values<int64_t>();
    std::vector<int64_t> places;
    std::vector<size_t> sources;  // `count`: the value for empty rows
    for (size_t row = 0, at = 0; row < ends.size(); ++row) {
      empty[row] = at == ends[row];
      for (; at < ends[row]; ++at) {
        const size_t i = by_row[at];
        place_of[i] = static_cast<int64_t>(sources.size());
        sources.push_back(i);
        places.insert(places.end(), indices.begin() + static_cast<ptrdiff_t>(i * width),
                      indices.begin() + static_cast<ptrdiff_t>((i + 1) * width));
      }
      if (!empty[row]) continue;
      sources.push_back(count);
      places.push_back(static_cast<int64_t>(row));
      places.resize(places.size() + width - 1, 0);
    }
    const auto all = static_cast<int64_t>(sources.size());
    Tensor rows(DType::int64, Dims{all, inputs[0].dims[1]});
    std::copy(places.begin(), places.end(), rows.mutable_values<int64_t>().begin());
    results.insert(results.begin(), picked(inputs[1], inputs[2], sources));
    results.insert(results.begin(), std::move(rows));
    return results;
  }

 private:
  static Tensor picked(const TensorView& values, const TensorView& otherwise, const std::vector<size_t>& sources) {
    const auto count = static_cast<size_t>(values.dims.elements());
    const Dims dims{static_cast<int64_t>(sources.size())};
    if (values.dtype == DType::string) {
      std::vector<std::string> texts;
      for (const size_t i : sources)
        texts.emplace_back(i == count ? elements_of<std::string_view>(otherwise)[0] : elements_of<std::string_view>(values)[i]);
      return Tensor::strings(texts, dims);
    }
    Tensor result(values.dtype, dims);
    const auto bytes = static_cast<size_t>(size_of(values.dtype));
    auto* to = static_cast<std::byte*>(result.mutable_view().data);
    for (const size_t i : sources) {
      const auto* from = static_cast<const std::byte*>(i == count ? otherwise.data : values.data) + (i == count ? 0 : i * bytes);
      to = std::copy_n(from, bytes, to);
    }
    return result;
  }

  int64_t rows_;
};

std::vector<Value> fill_empty_rows(OperationCall& call) {
  const Value shape = call.tensor(2), operands[] = {call.tensor(0), call.tensor(1), call.tensor(3, call.l.dtype(call.tensor(1)))};
  const auto extents = literal_elements(call.l, shape);
  if (call.l.rank(shape) != 1 || extents.empty() || !extents[0])
    call.l.refuse("fills empty rows of a tensor of which the number of rows is not known beforehand");
  require_indices(call, operands[0], extents.size());
  const bool fits = call.l.rank(operands[1]) == 1 && call.l.dim(operands[1], 0) == call.l.dim(operands[0], 0) &&
                    call.l.rank(operands[2]) == 0 && call.l.dtype(operands[2]) == call.l.dtype(operands[1]);
  if (!fits)
    call.l.refuse("fills rows of " + std::string(name_of(call.l.dtype(operands[1]))) + ' ' +
                  call.l.dims(operands[1]).to_string() + " with " + std::string(name_of(call.l.dtype(operands[2]))) + ' ' +
                  call.l.dims(operands[2]).to_string() + " at indices of shape " + call.l.dims(operands[0]).to_string() +
                  "; expected one value for each index and one for empty rows");
  if (*extents[0] < 0 || *extents[0] > Range::kMostExtent) call.l.refuse("has " + std::to_string(*extents[0]) + " rows");
  const int64_t bytes_of_row = 8 * (static_cast<int64_t>(extents.size()) + 4);
  debit(call.l, "the rows of a sparse tensor", host::checked_multiply(*extents[0], bytes_of_row));
  return call.l.call(std::make_shared<const FillEmptyRows>(*extents[0]), operands);
}

}  // namespace

void require_indices(OperationCall& call, Value indices, size_t axes) {
  if (call.l.dtype(indices) != DType::int64 || call.l.rank(indices) != 2 ||
      call.l.dim(indices, 1).size != static_cast<int64_t>(axes))
    call.l.refuse("has indices of " + std::string(name_of(call.l.dtype(indices))) + ' ' + call.l.dims(indices).to_string() +
                  " for a shape of " + std::to_string(axes) + " axes; expected int64 of shape (count, " + std::to_string(axes) +
                  ')');
}

std::vector<Value> listed_tensors(OperationCall& call, size_t parameter) {
  const Arg* given = call.find(parameter);
  std::vector<Value> values;
  if (given == nullptr || given->list() == nullptr) return values;
  for (const Arg& item : *given->list()) {
    const Traced* traced = item.tensor();
    if (traced == nullptr) call.l.refuse("expects a list of tensors");
    values.push_back(traced->value);
  }
  return values;
}

std::vector<Operation> raw_sparse_operations() {
  return {
      {{}, {"raw_ops.SparseReshape"}, {"input_indices", "input_shape", "new_shape"}, sparse_reshape, 3},
      {{}, {"raw_ops.SparseFillEmptyRows"}, {"indices", "values", "dense_shape", "default_value"}, fill_empty_rows, 4},
  };
}

}  // namespace keraunos::loader
