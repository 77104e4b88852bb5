#include "loader/ops/matrices.h"

#include <limits>
#include <numeric>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "loader/layers/common/memory.h"

namespace keraunos::loader {
namespace {

// The batch axes of both, then the last two axes of `like`.
Shape with_both_batches(OperationCall& call, Value x, Value y, Value like) {
  const Shape a = call.l.shape(x), b = call.l.shape(y), last = call.l.shape(like);
  const size_t rank = std::max(a.size(), b.size());
  Shape shape(last.end() - 2, last.end());
  for (size_t i = 2; i < rank; ++i) {
    const Dim one{1}, first = i < a.size() ? a[a.size() - 1 - i] : one, second = i < b.size() ? b[b.size() - 1 - i] : one;
    if (first.size != second.size && first.size != 1 && second.size != 1)
      call.l.refuse("solves with batches of shapes " + call.l.dims(x).to_string() + " and " + call.l.dims(y).to_string());
    shape.insert(shape.begin(), first.size == 1 ? second : first);
  }
  return shape;
}

void require_matrices(OperationCall& call, Value x) {
  const DType type = call.l.dtype(x);
  if (type != DType::float32 && type != DType::float64)
    call.l.refuse("factors matrices of " + std::string(name_of(type)) + "; float32 and float64 are supported");
  if (call.l.rank(x) < 2) call.l.refuse("needs matrices, found a tensor of rank " + std::to_string(call.l.rank(x)));
}

void require_square(OperationCall& call, Value x) {
  require_matrices(call, x);
  if (call.l.dim(x, -1).size != call.l.dim(x, -2).size)
    call.l.refuse("needs square matrices, found " + call.l.dims(x).to_string());
}

}  // namespace

Value matrices_of(OperationCall& call, size_t parameter) {
  const Value x = call.tensor(parameter);
  require_matrices(call, x);
  return x;
}

Value square_matrices_of(OperationCall& call, size_t parameter) {
  const Value x = call.tensor(parameter);
  require_square(call, x);
  return x;
}

EquationSystem system_of(OperationCall& call) {
  const auto [x, y] = call.operands(0, 1);
  require_square(call, x);
  return {x, y};
}

std::vector<Value> on_matrices(OperationCall& call, LinearAlgebra::Task task, std::span<const Value> operands) {
  constexpr int64_t kMost = LinearAlgebra::kMostOfAnAxis;
  for (const Value& operand : operands) {
    if (call.l.dim(operand, -2).size > kMost || call.l.dim(operand, -1).size > kMost)
      call.l.refuse("takes matrices of " + call.l.dims(operand).to_string() + "; at most " + std::to_string(kMost) +
                    " rows and columns are supported");
  }
  return host::graph_of(call.l).add(LinearAlgebra{task}, {operands.begin(), operands.end()});
}

Value on_matrix(OperationCall& call, LinearAlgebra::Task task, Value x) {
  const Value operands[] = {x};
  return on_matrices(call, task, operands)[0];
}

Value solved(OperationCall& call, LinearAlgebra::Task task, Value x, Value y) {
  if (call.l.dtype(x) != call.l.dtype(y) || call.l.rank(y) < 2 || call.l.dim(x, -1).size != call.l.dim(y, -2).size)
    call.l.refuse("solves matrices " + call.l.dims(x).to_string() + " with " + call.l.dims(y).to_string() +
                  ", which have to be as many rows of one dtype");
  const Value operands[] = {call.l.broadcast_to(x, with_both_batches(call, x, y, x)),
                            call.l.broadcast_to(y, with_both_batches(call, x, y, y))};
  return on_matrices(call, task, operands)[0];
}

LinearAlgebra::Task triangular_task(bool lower, bool transposed) {
  if (transposed) return lower ? LinearAlgebra::solve_lower_transposed : LinearAlgebra::solve_upper_transposed;
  return lower ? LinearAlgebra::solve_lower : LinearAlgebra::solve_upper;
}

Value transposed_matrices(OperationCall& call, Value x) {
  std::vector<int> order(static_cast<size_t>(call.l.rank(x)));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return call.l.transpose(x, order);
}

Value identity_like(OperationCall& call, Value x, int64_t n) {
  debit(call.l, "an identity", host::checked_multiply(n, n));
  Tensor ones(DType::float32, Dims{n, n});
  const std::span<float> values = ones.mutable_values<float>();
  for (int64_t i = 0; i < n * n; ++i) values[static_cast<size_t>(i)] = i % (n + 1) == 0 ? 1.0F : 0.0F;
  return call.l.cast(call.l.constant(std::make_shared<const Tensor>(std::move(ones))), call.l.dtype(x));
}

double epsilon_of(OperationCall& call, Value x) {
  return call.l.dtype(x) == DType::float64 ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon();
}

}  // namespace keraunos::loader
