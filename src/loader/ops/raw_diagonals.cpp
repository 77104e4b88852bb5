// Operations of TensorFlow's list (tf.raw_ops) for diagonals of matrices; one diagonal at a time. Parameters are the operation's
// inputs, then its attributes.
#include <algorithm>

#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

// The place of a diagonal: column - row.
int64_t diagonal_of(OperationCall& call, size_t parameter) {
  const auto k = call.integers(parameter);
  if (!k || k->empty() || k->size() > 2 || k->front() != k->back())
    call.l.refuse("is called with more than one diagonal, or with one that depends on data, which is not supported");
  return k->front();
}

struct Matrix {
  int64_t rows, columns, k;
  int64_t below() const { return std::max<int64_t>(-k, 0); }
  int64_t length() const { return std::min(rows - below(), columns - std::max<int64_t>(k, 0)); }
};

void check(OperationCall& call, const Matrix& matrix) {
  if (matrix.rows < 1 || matrix.columns < 1 || matrix.length() < 1 || matrix.rows > kMostPieces || matrix.columns > kMostPieces)
    call.l.refuse("has no diagonal " + std::to_string(matrix.k) + " in a matrix of " + std::to_string(matrix.rows) +
                  " rows and " + std::to_string(matrix.columns) + " columns");
}

// `matrix` (…, rows, columns) with the diagonal replaced by (…, length).
Value with_diagonal(OperationCall& call, const Matrix& matrix, Value diagonal, Value around) {
  check(call, matrix);
  if (call.l.dim(diagonal, -1).size != matrix.length())
    call.l.refuse("sets a diagonal of " + std::to_string(matrix.length()) + " elements to " + call.l.dims(diagonal).to_string());
  std::vector<int32_t> ids;  // of each row
  std::vector<int8_t> is_on;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    ids.push_back(static_cast<int32_t>(std::clamp<int64_t>(row - matrix.below(), 0, matrix.length() - 1)));
    for (int64_t column = 0; column < matrix.columns; ++column) is_on.push_back(column - row == matrix.k ? 1 : 0);
  }
  const int axis = call.l.rank(diagonal) - 1;
  const Value rows = call.l.gather(diagonal, call.l.constant(TensorView(ids, Dims{matrix.rows})), axis);
  const Value mask = call.l.constant(TensorView(is_on, Dims{matrix.rows, matrix.columns}));
  return call.l.select(call.l.cast(mask, DType::boolean), call.l.expand_dims(rows, axis + 1), around);
}

// −1: what the diagonal needs.
int64_t extent(OperationCall& call, size_t parameter) {
  const auto stated = call.integers(parameter);
  if (stated && stated->size() != 1) call.l.refuse("is called with extents that are no numbers");
  return stated ? stated->front() : -1;
}

std::vector<Value> matrix_diag(OperationCall& call) {
  const Value diagonal = call.tensor(0);
  if (call.l.rank(diagonal) < 1) call.l.refuse("makes a matrix of a scalar");
  const int64_t k = call.is_none(1) ? 0 : diagonal_of(call, 1), side = call.l.dim(diagonal, -1).size + std::abs(k);
  const int64_t rows = extent(call, 2), columns = extent(call, 3);
  const Value around = call.is_none(4) ? call.l.scalar(0, call.l.dtype(diagonal)) : call.tensor(4);
  call.text(5);  // how several diagonals are aligned
  return {with_diagonal(call, {rows < 0 ? side : rows, columns < 0 ? side : columns, k}, diagonal, around)};
}

std::vector<Value> set_diag(OperationCall& call) {
  const Value x = call.tensor(0);
  if (call.l.rank(x) < 2) call.l.refuse("sets the diagonal of a tensor " + call.l.dims(x).to_string());
  const Matrix matrix{call.l.dim(x, -2).size, call.l.dim(x, -1).size, call.is_none(2) ? 0 : diagonal_of(call, 2)};
  call.text(3);
  return {with_diagonal(call, matrix, call.tensor(1), x)};
}

std::vector<Value> diag_part(OperationCall& call) {
  const Value x = call.tensor(0);
  const int rank = call.l.rank(x);
  if (rank < 2) call.l.refuse("takes the diagonal of a tensor " + call.l.dims(x).to_string());
  const Matrix matrix{call.l.dim(x, -2).size, call.l.dim(x, -1).size, call.is_none(1) ? 0 : diagonal_of(call, 1)};
  check(call, matrix);
  call.is_none(2);  // fills what one diagonal does not need
  call.text(3);
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < matrix.length(); ++i)
    ids.push_back(static_cast<int32_t>((i + matrix.below()) * matrix.columns + i + std::max<int64_t>(matrix.k, 0)));
  Shape flat = call.l.shape(x);
  flat.pop_back();
  flat.back() = Dim{matrix.rows * matrix.columns};
  return {call.l.gather(call.l.reshape(x, flat), call.l.constant(TensorView(ids, Dims{matrix.length()})), rank - 2)};
}

}  // namespace

std::vector<Operation> raw_diagonals_operations() {
  const std::vector<std::string> diag{"diagonal", "k", "num_rows", "num_cols", "padding_value", "align"};
  const std::vector<std::string> set{"input", "diagonal", "k", "align"}, part{"input", "k", "padding_value", "align"};
  return {
      {{}, {"raw_ops.MatrixDiag"}, {"diagonal"}, matrix_diag, 1},
      {{}, {"raw_ops.MatrixDiagV2"}, diag, matrix_diag, 5},
      {{}, {"raw_ops.MatrixDiagV3"}, diag, matrix_diag, 5},
      {{}, {"raw_ops.MatrixSetDiag"}, {"input", "diagonal"}, set_diag, 2},
      {{}, {"raw_ops.MatrixSetDiagV2"}, set, set_diag, 3},
      {{}, {"raw_ops.MatrixSetDiagV3"}, set, set_diag, 3},
      {{}, {"raw_ops.MatrixDiagPart"}, {"input"}, diag_part, 1},
      {{}, {"raw_ops.MatrixDiagPartV2"}, part, diag_part, 3},
      {{}, {"raw_ops.MatrixDiagPartV3"}, part, diag_part, 3},
  };
}

}  // namespace keraunos::loader
