// Operations of TensorFlow's list that order, cut, multiply and sum sparse tensors: indices (elements, axes), values (elements)
// and a shape (axes).
#include <algorithm>
#include <numeric>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "host/ops/scatter.h"
#include "keraunos/error.h"
#include "loader/ops/data_integers.h"
#include "loader/ops/table.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

// The indices as int64, of two axes.
Value indices_of(OperationCall& call, size_t parameter) {
  const Value indices = call.tensor(parameter);
  if (call.l.rank(indices) != 2 || is_floating(call.l.dtype(indices)) || call.l.dtype(indices) == DType::string)
    call.l.refuse("has indices of " + call.l.dims(indices).to_string() + "; expected integers (elements, axes)");
  return call.l.cast(indices, DType::int64);
}

Value shape_like(OperationCall& call, size_t parameter, Value indices) {
  const Value shape = call.tensor(parameter);
  if (call.l.rank(shape) != 1 || call.l.dim(shape, 0).size != call.l.dim(indices, 1).size || is_floating(call.l.dtype(shape)))
    call.l.refuse("has a shape of " + call.l.dims(shape).to_string() + " for indices of " + call.l.dims(indices).to_string());
  return call.l.cast(shape, DType::int64);
}

Value values_like(OperationCall& call, size_t parameter, Value indices) {
  const Value values = call.tensor(parameter);
  if (call.l.rank(values) != 1 || call.l.dim(values, 0).size != call.l.dim(indices, 0).size)
    call.l.refuse("has values of " + call.l.dims(values).to_string() + " for indices of " + call.l.dims(indices).to_string());
  return values;
}

// Indices → the order in which they ascend.
class OrderOfIndices final : public Kernel {
 public:
  std::string name() const override { return "order of indices"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    return std::vector<TensorType>{{DType::int64, Dims{inputs[0].dims[0]}}};
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    const int64_t count = inputs[0].dims[0], axes = inputs[0].dims[1];
    const int64_t* indices = elements_of<int64_t>(inputs[0]).data();
    auto* const order = static_cast<int64_t*>(outputs[0].data);
    std::iota(order, order + count, int64_t{0});
    std::stable_sort(order, order + count, [&](int64_t a, int64_t b) {
      return std::lexicographical_compare(indices + a * axes, indices + (a + 1) * axes, indices + b * axes,
                                          indices + (b + 1) * axes);
    });
  }
};

std::vector<Value> reordered(OperationCall& call) {
  const Value indices = indices_of(call, 0), values = values_like(call, 1, indices);
  shape_like(call, 2, indices);
  const Value operand[] = {indices};
  const Value order = call.l.call(std::make_shared<const OrderOfIndices>(), operand)[0];
  return {call.l.gather(indices, order), rows_at(call, values, order)};
}

// in: indices, start, size → the places of the elements inside, and their indices there.
class SliceIndices final : public DynamicKernel {
 public:
  std::string name() const override { return "slice indices"; }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const auto start = elements_of<int64_t>(inputs[1]), size = elements_of<int64_t>(inputs[2]);
    std::vector<int64_t> places, indices;
    const int64_t* index = elements_of<int64_t>(inputs[0]).data();
    for (int64_t i = 0; i < inputs[0].dims[0]; ++i, index += start.size()) {
      bool inside = true;
      for (size_t axis = 0; axis < start.size(); ++axis)
        inside = inside && index[axis] >= start[axis] && index[axis] - start[axis] < size[axis];
      if (!inside) continue;
      places.push_back(i);
      for (size_t axis = 0; axis < start.size(); ++axis) indices.push_back(index[axis] - start[axis]);
    }
    std::vector<Tensor> results;
    results.push_back(tensor_of_integers(places, DType::int64));
    results.emplace_back(DType::int64, Dims{static_cast<int64_t>(places.size()), static_cast<int64_t>(start.size())});
    std::copy(indices.begin(), indices.end(), results[1].mutable_values<int64_t>().begin());
    return results;
  }
};

// The shape of the part ends where that of the whole does.
std::vector<Value> sliced(OperationCall& call) {
  const Value indices = indices_of(call, 0), values = values_like(call, 1, indices), shape = shape_like(call, 2, indices);
  const Value start = shape_like(call, 3, indices), size = shape_like(call, 4, indices);
  const Value operands[] = {indices, start, size};
  const std::vector<Value> found = call.l.call(std::make_shared<const SliceIndices>(), operands);
  const Value left = call.l.binary(Function::maximum, call.l.subtract(shape, start), call.l.scalar(0, DType::int64));
  return {found[1], rows_at(call, values, found[0]), call.l.binary(Function::minimum, size, left)};
}

// The sum of the elements at each place, as a tensor of this shape.
Value dense_sum(OperationCall& call, Value indices, Value values, const std::vector<int64_t>& sizes) {
  Shape shape;
  for (const int64_t size : sizes) {
    if (size < 0) call.l.refuse("has an axis of " + std::to_string(size));
    shape.push_back({size, false});
  }
  for (int axis = 1; axis < call.l.rank(values); ++axis) shape.push_back(call.l.dim(values, axis));
  const Value zeros = call.l.broadcast_to(call.l.scalar(0, call.l.dtype(values)), shape);
  return host::graph_of(call.l).add(host::Scatter{.combine = host::Combine::add}, {zeros, indices, values})[0];
}

// Rows of b, weighed by the values, are added to the rows of the result.
std::vector<Value> sparse_product(OperationCall& call) {
  const Value indices = indices_of(call, 0), values = values_like(call, 1, indices), shape = shape_like(call, 2, indices);
  Value b = call.tensor(3);
  const bool turned = call.flag(4, false);
  constexpr int kTurned[] = {1, 0};
  if (call.flag(5, false) && call.l.rank(b) == 2) b = call.l.transpose(b, kTurned);
  const std::vector<int64_t> sizes = read_integers(call.l, shape, {1, call.l.rank(b) == 2 ? call.l.dim(b, 0).size : 1});
  if (sizes.size() != 2 || call.l.rank(b) != 2 || sizes[turned ? 0 : 1] != call.l.dim(b, 0).size ||
      call.l.dtype(b) != call.l.dtype(values))
    call.l.refuse("multiplies a sparse tensor with indices of " + call.l.dims(indices).to_string() + " by " +
                  call.l.dims(b).to_string());
  const auto column = [&](int64_t i) { return call.l.slice_axis(indices, 1, i, 1); };
  const Value rows = call.l.gather(b, call.l.squeeze(column(turned ? 0 : 1), 1));
  return {dense_sum(call, column(turned ? 1 : 0), call.l.multiply(rows, call.l.expand_dims(values, 1)), {sizes[turned ? 1 : 0]})};
}

std::vector<Value> sparse_sum(OperationCall& call) {
  const Value indices = indices_of(call, 0), values = values_like(call, 1, indices), shape = shape_like(call, 2, indices);
  const Value whole = dense_sum(call, indices, values, read_integers(call.l, shape));
  const auto axes = call.integers(3);
  const bool keeps = call.flag(4, false);
  const CallArguments sum{.positional = {{Traced{whole, {}}}},
                          .keywords = {{"axis", axes && !axes->empty() ? *call.find(3) : Arg{}}, {"keepdims", {keeps}}}};
  return {lower_call(call.l, *find_function("math.reduce_sum"), "SparseReduceSum", &sum).at(0).value};
}

}  // namespace

std::vector<Operation> raw_sparse_parts_operations() {
  return {
      {{}, {"raw_ops.SparseReorder"}, {"input_indices", "input_values", "input_shape"}, reordered, 3},
      {{}, {"raw_ops.SparseSlice"}, {"indices", "values", "shape", "start", "size"}, sliced, 5},
      {{},
       {"raw_ops.SparseTensorDenseMatMul"},
       {"a_indices", "a_values", "a_shape", "b", "adjoint_a", "adjoint_b"},
       sparse_product,
       4},
      {{},
       {"raw_ops.SparseReduceSum"},
       {"input_indices", "input_values", "input_shape", "reduction_axes", "keep_dims"},
       sparse_sum,
       4},
  };
}

}  // namespace keraunos::loader
