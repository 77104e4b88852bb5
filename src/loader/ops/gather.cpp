// keras.ops.take and tf.gather.
#include <algorithm>
#include <numeric>

#include "keraunos/error.h"
#include "loader/layers/common/ids.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

// Keras counts negative indices from the end; TensorFlow's gather does not.
Value as_indices(OperationCall& call, Value ids, int64_t extent) {
  return call.is_keras3() ? counted_from_end(call.l, ids, extent) : ids;
}

// tf.gather with batch axes: they and the axis are folded into one table; each row of ids reads its own part of it.
struct ByBatch {
  OperationCall& call;
  int axis, batch;

  // (batch…, axis, the other axes) as (batch·axis, the other axes).
  Value table(Value x) const {
    std::vector<int> order(call.l.shape(x).size());
    std::iota(order.begin(), order.end(), 0);
    std::rotate(order.begin() + batch, order.begin() + axis, order.begin() + axis + 1);
    const Value ordered = call.l.transpose(x, order);
    const Shape from = call.l.shape(ordered);
    Dim rows{1, false};
    for (int i = 0; i <= batch; ++i) {
      const Dim& dim = from[static_cast<size_t>(i)];
      rows.size *= dim.size, rows.varies = rows.varies || dim.varies;
    }
    Shape folded{rows};
    folded.insert(folded.end(), from.begin() + batch + 1, from.end());
    return call.l.reshape(ordered, folded);
  }

  // Ids into the table. An id outside its own part becomes an id outside the table, so that the run reports it.
  Value places(Value ids, int64_t extent) const {
    const Value wide = call.l.cast(ids, DType::int64), none = call.l.scalar(-1, DType::int64);
    const Value least = call.l.scalar(0, DType::int64), end = call.l.scalar(static_cast<double>(extent), DType::int64);
    const Value inside = call.l.binary(Function::logical_and, call.l.binary(Function::greater_equal, wide, least),
                                       call.l.binary(Function::less, wide, end));
    return call.l.select(inside, call.l.add(wide, starts(ids, extent)), none);
  }

  // The start of each row's part.
  Value starts(Value ids, int64_t extent) const {
    Shape shape = call.l.shape(ids);
    int64_t rows = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
      if (static_cast<int>(i) < batch)
        rows *= shape[i].size;
      else
        shape[i] = Dim{1, false};
    }
    std::vector<int64_t> first;
    for (int64_t row = 0; row < rows; ++row) first.push_back(row * extent);
    return call.l.reshape(call.l.constant(TensorView(first, Dims{rows})), shape);
  }

  // The gathered tensor has the axes: the batch, the ids' other axes, x's other axes; those of x before the axis move before the
  // ids'.
  Value in_order(Value found, int ids_rank) const {
    std::vector<int> order(call.l.shape(found).size());
    std::iota(order.begin(), order.end(), 0);
    std::rotate(order.begin() + batch, order.begin() + ids_rank, order.begin() + ids_rank + axis - batch);
    return call.l.transpose(found, order);
  }

  Value operator()(Value x, Value ids) const {
    for (int i = 0; i < batch; ++i) {
      if (call.l.dim(x, i).size != call.l.dim(ids, i).size) call.l.refuse("gathers from and by tensors of different batch axes");
    }
    const int64_t extent = call.l.dim(x, axis).size;
    return in_order(call.l.gather(table(x), places(ids, extent), 0), call.l.rank(ids));
  }
};

int batch_axes(OperationCall& call, Value x, Value ids) {
  const int64_t given = call.integer(3, 0), count = given < 0 ? given + call.l.rank(ids) : given;
  if (count < 0 || count > call.l.rank(ids) || count >= call.l.rank(x))
    call.l.refuse("has batch_dims = " + std::to_string(given) + " of its indices' " + std::to_string(call.l.rank(ids)) + " axes");
  return static_cast<int>(count);
}

// Without an axis Keras 3 takes from all elements in one row, TensorFlow along the axis batch_dims.
std::vector<Value> take(OperationCall& call) {
  Value x = call.tensor(0);
  const Value ids = call.tensor(1);
  const int batch = batch_axes(call, x, ids);
  if (!call.has(2) && call.is_keras3()) x = call.l.reshape(x, {Dim{call.l.dims(x).elements(), false}});
  const int axis = call.axis(2, call.l.rank(x), call.is_keras3() ? 0 : static_cast<int>(call.integer(3, 0)));
  if (axis < batch) call.l.refuse("gathers along axis " + std::to_string(axis) + ", which is a batch axis");
  if (batch > 0) return {ByBatch{call, axis, batch}(x, ids)};
  return {call.l.gather(x, as_indices(call, ids, call.l.dim(x, axis).size), axis)};
}

}  // namespace

std::vector<Operation> gather_operations() {
  return {
      {{"Take"}, {"gather", "compat.v1.gather"}, {"x|params", "indices", "axis", "batch_dims"}, take, 2, {"validate_indices=*"}}};
}

}  // namespace keraunos::loader
