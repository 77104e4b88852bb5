// Norms of vectors and matrices.
#include <algorithm>
#include <cmath>

#include "loader/ops/axes.h"
#include "loader/ops/conversions.h"
#include "loader/ops/matrices.h"

namespace keraunos::loader {
namespace {

struct Order {
  bool euclidean = true;  // includes Frobenius's
  double number = 2;
  bool nuclear = false;  // the sum of the singular values
};

Order order_of(OperationCall& call, bool of_matrix) {
  const Arg* given = call.find(1);
  if (given == nullptr) return {};
  if (const std::string* name = std::get_if<std::string>(&given->value)) {
    if (*name == "inf" || *name == "-inf") return {false, *name == "inf" ? kInfinity : -kInfinity};
    if (*name == "fro" && of_matrix) return {};
    if (*name == "nuc" && of_matrix) return {.euclidean = false, .nuclear = true};
    call.l.refuse("takes the norm \"" + *name + "\", which is not supported");
  }
  const double number = call.number(1, 2);
  return {number == 2 && !of_matrix, number};
}

Value summed(OperationCall& call, Value x, int axis, bool keep) {
  const int along[] = {axis};
  return call.l.reduce(Reduction::sum, x, along, keep);
}

Value euclidean(OperationCall& call, Value x, const std::vector<int>& axes, bool keep) {
  return call.l.unary(Function::sqrt, call.l.reduce(Reduction::sum, call.l.unary(Function::square, x), axes, keep));
}

Value of_vector(OperationCall& call, Value x, double order, int axis, bool keep) {
  const int along[] = {axis};
  const Value size = call.l.unary(Function::abs, x);
  if (std::isinf(order)) return call.l.reduce(order > 0 ? Reduction::maximum : Reduction::minimum, size, along, keep);
  const DType type = call.l.dtype(x);
  if (order == 0)
    return summed(call, call.l.cast(call.l.binary(Function::not_equal, x, call.l.scalar(0, type)), type), axis, keep);
  const Value sum = summed(call, call.l.binary(Function::power, size, call.l.scalar(order, type)), axis, keep);
  return call.l.binary(Function::power, sum, call.l.scalar(1 / order, type));
}

// The largest, or smallest, sum over columns (order 1) or rows (infinity).
Value of_matrix(OperationCall& call, Value x, double order, int row, int column, bool keep) {
  if (order != 1 && order != -1 && !std::isinf(order))
    call.l.refuse("takes a norm of order " + std::to_string(order) + " of matrices");
  const bool by_columns = std::abs(order) == 1;
  const int summed_over = by_columns ? row : column, along[] = {by_columns ? column : row};
  const Value sums = summed(call, call.l.unary(Function::abs, x), summed_over, true);
  Value y = call.l.reduce(order > 0 ? Reduction::maximum : Reduction::minimum, sums, along, true);
  if (keep) return y;
  y = call.l.squeeze(y, std::max(row, column));
  return call.l.squeeze(y, std::min(row, column));
}

// The sum, the largest or the smallest singular value. Keras inserts axes of 1 at the axes as written, one after the other, into
// the result.
Value by_singular_values(OperationCall& call, Value x, const Order& order, const std::vector<int>& axes, bool keep) {
  const int rank = call.l.rank(x), to[] = {rank - 2, rank - 1};
  const Value matrices = moved(call, x, axes, to);
  if (call.l.dtype(x) != DType::float32 && call.l.dtype(x) != DType::float64)
    call.l.refuse("takes singular values of " + std::string(name_of(call.l.dtype(x))) + ", which Keras does not do either");
  const Value values = on_matrix(call, LinearAlgebra::singular_values, matrices);
  const int last[] = {rank - 2};
  const Reduction kind = order.nuclear ? Reduction::sum : order.number > 0 ? Reduction::maximum : Reduction::minimum;
  Value y = call.l.reduce(kind, values, last);
  if (!keep) return y;
  for (const int64_t axis : call.integers(2).value_or(std::vector<int64_t>{0, 1}))
    y = call.l.expand_dims(y, static_cast<int>(axis));
  return y;
}

std::vector<Value> norm(OperationCall& call) {
  Value x = call.tensor(0);
  if (!is_floating(call.l.dtype(x))) x = call.l.cast(x, DType::float32);
  const std::vector<int> axes = call.ordered_axes(2, call.l.rank(x));
  const bool keep = call.flag(3, false);
  const Order order = order_of(call, axes.size() == 2);
  if (axes.size() != 1 && axes.size() != 2)
    call.l.refuse("takes a norm over " + std::to_string(axes.size()) + " axes, which Keras does not do either");
  if (order.euclidean) {
    std::vector<int> sorted = axes;
    std::sort(sorted.begin(), sorted.end());
    return {euclidean(call, x, sorted, keep)};
  }
  const bool by_singular = axes.size() == 2 && (order.nuclear || std::abs(order.number) == 2);
  if (by_singular) return {by_singular_values(call, x, order, axes, keep)};
  if (axes.size() == 1) return {of_vector(call, x, order.number, axes[0], keep)};
  return {of_matrix(call, x, order.number, axes[0], axes[1], keep)};
}

// Without an axis TensorFlow takes the norm of all elements, in one row; two axes are those of matrices.
std::vector<Value> norm_of_tensorflow(OperationCall& call) {
  const Value x = call.tensor(0);
  const int rank = call.l.rank(x);
  const bool keep = call.flag(3, false);
  if (call.has(2)) {
    const std::vector<int> axes = call.ordered_axes(2, rank);
    const bool is_matrix = axes.size() == 2, is_listed = call.find(2)->list() != nullptr;
    if (is_listed && !is_matrix)
      call.l.refuse("takes a norm over a list of " + std::to_string(axes.size()) + " axes; expected 2");
    const Arg* named = call.find(1);
    const auto* name = named == nullptr ? nullptr : std::get_if<std::string>(&named->value);
    if (named == nullptr || (name != nullptr && (*name == "euclidean" || (*name == "fro" && is_matrix)))) {
      std::vector<int> sorted = axes;
      std::sort(sorted.begin(), sorted.end());
      return {euclidean(call, x, sorted, keep)};
    }
    const Order order = order_of(call, is_matrix);
    if (order.euclidean) return {euclidean(call, x, axes, keep)};
    if (!is_matrix) return {of_vector(call, x, order.number, axes[0], keep)};
    if (order.number == 2 && !keep) return {by_singular_values(call, x, order, axes, false)};
    return {of_matrix(call, x, order.number, axes[0], axes[1], keep)};
  }
  const Value flat = flattened(call, x);
  const Arg* named = call.find(1);
  const bool is_named = named != nullptr && std::get_if<std::string>(&named->value) != nullptr;
  const Order order = is_named && *call.text(1) != "inf" ? Order{} : order_of(call, false);
  const int along[] = {0};
  const Value y = order.euclidean ? euclidean(call, flat, {along[0]}, false) : of_vector(call, flat, order.number, 0, false);
  return {keep ? call.l.reshape(y, Shape(static_cast<size_t>(rank), Dim{1})) : y};
}

}  // namespace

std::vector<Operation> norms_operations() {
  return {{{"Norm"}, {}, {"x", "ord", "axis", "keepdims"}, norm},
          {{}, {"norm", "compat.v1.norm"}, {"tensor", "ord", "axis", "keepdims|keep_dims"}, norm_of_tensorflow}};
}

}  // namespace keraunos::loader
