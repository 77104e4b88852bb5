// tf.gather_nd: each row of the indices is a position along the leading axes, which are folded into one.
#include "host/graph/extent.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

struct Places {
  OperationCall& call;
  Shape table;    // x's shape
  int batch = 0;  // leading axes shared by x and the indices
  int depth = 0;  // number of axes that a row of indices addresses

  Value number(int64_t n) const { return call.l.scalar(static_cast<double>(n), DType::int64); }
  Dim axis(int i) const { return table[static_cast<size_t>(i)]; }

  // Rows of the folded table; −1, which the run reports, for a coordinate outside its axis.
  Value rows(Value indices) const {
    const int last = call.l.rank(indices) - 1;
    Value row = starts(call.l.shape(indices)), inside = call.l.scalar(1, DType::boolean);
    for (int i = 0; i < depth; ++i) {
      const Value coordinate = call.l.squeeze(call.l.slice_axis(indices, last, i, 1), last);
      const Value in_axis = call.l.binary(Function::logical_and, call.l.binary(Function::greater_equal, coordinate, number(0)),
                                          call.l.binary(Function::less, coordinate, number(axis(batch + i).size)));
      inside = call.l.binary(Function::logical_and, inside, in_axis);
      row = call.l.add(call.l.multiply(row, number(axis(batch + i).size)), coordinate);
    }
    return call.l.select(inside, row, number(-1));
  }

  // The index of each batch element, in the indices' shape without the last axis.
  Value starts(Shape shape) const {
    shape.pop_back();
    int64_t batches = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
      if (static_cast<int>(i) < batch)
        batches *= shape[i].size;
      else
        shape[i] = Dim{1, false};
    }
    if (batch == 0) return number(0);
    std::vector<int64_t> numbers;
    for (int64_t i = 0; i < batches; ++i) numbers.push_back(i);
    return call.l.reshape(call.l.constant(TensorView(numbers, Dims{batches})), shape);
  }
};

std::vector<Value> gather_nd(OperationCall& call) {
  const Value x = call.tensor(0), indices = call.l.cast(call.tensor(1), DType::int64);
  const int rank = call.l.rank(indices), batch = static_cast<int>(call.integer(2, 0));
  if (rank == 0) call.l.refuse("gathers by indices of rank 0, expected 1 or more");
  const int64_t depth = call.l.dim(indices, -1).size;
  if (batch < 0 || batch >= rank || depth > call.l.rank(x) - batch)
    call.l.refuse("gathers by indices " + call.l.dims(indices).to_string() + " from " + call.l.dims(x).to_string() +
                  " with batch_dims = " + std::to_string(batch) + ", which does not fit");
  for (int i = 0; i < batch; ++i) {
    if (call.l.dim(x, i).size != call.l.dim(indices, i).size)
      call.l.refuse("gathers from and by tensors of different batch axes");
  }
  const Shape from = call.l.shape(x);
  const Places places{call, from, batch, static_cast<int>(depth)};
  Shape folded{host::product_of(std::span(from).first(static_cast<size_t>(batch + depth)))};
  folded.insert(folded.end(), from.begin() + batch + depth, from.end());
  Shape rows = call.l.shape(indices);
  rows.pop_back();
  return {call.l.gather(call.l.reshape(x, folded), call.l.broadcast_to(places.rows(indices), rows))};
}

}  // namespace

std::vector<Operation> gather_nd_operations() {
  return {{{}, {"gather_nd", "compat.v1.gather_nd"}, {"params", "indices", "batch_dims"}, gather_nd, 2}};
}

}  // namespace keraunos::loader
