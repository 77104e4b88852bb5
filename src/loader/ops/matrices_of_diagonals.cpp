// TensorFlow's functions that write diagonals: linalg.diag, linalg.set_diag, linalg.tensor_diag.
#include <algorithm>

#include "host/graph/extent.h"
#include "loader/layers/common/memory.h"
#include "loader/ops/axes.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

constexpr int64_t kLargestMask = int64_t{1} << 26;

// True on diagonal k of a matrix.
Value on_diagonal(OperationCall& call, int64_t rows, int64_t columns, int64_t k) {
  if (rows > 0 && columns > kLargestMask / rows)
    call.l.refuse("writes a diagonal of a matrix of " + std::to_string(rows) + " times " + std::to_string(columns) + " elements");
  debit(call.l, "the mask of a diagonal", host::checked_multiply(rows, columns));
  Tensor mask(DType::boolean, Dims{rows, columns});
  const std::span<bool> values = mask.mutable_values<bool>();
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) values[static_cast<size_t>(i * columns + j)] = j - i == k;
  }
  return call.l.constant(std::make_shared<const Tensor>(std::move(mask)));
}

// Element i of `along` in the row (k < 0: in the column) i of matrices.
Value spread_to(OperationCall& call, Value along, int64_t k, Dim rows, Dim columns) {
  const int64_t length = call.l.dim(along, -1).size, width = k < 0 ? columns.size : rows.size;
  const int axis = call.l.rank(along) - 1;
  if (width < length) along = call.l.slice_axis(along, axis, 0, width);
  std::vector<int64_t> low(static_cast<size_t>(axis) + 1, 0), high = low;
  high.back() = std::max<int64_t>(width - length, 0);
  along = call.l.expand_dims(call.l.pad(along, low, high, 0), k < 0 ? axis : axis + 1);
  Shape whole = call.l.shape(along);
  whole[static_cast<size_t>(axis)] = rows, whole[static_cast<size_t>(axis) + 1] = columns;
  return call.l.broadcast_to(along, whole);
}

std::vector<Value> matrices_with(OperationCall& call) {
  const Value along = call.tensor(0);
  if (call.l.rank(along) < 1) call.l.refuse("writes a number as a diagonal");
  const int64_t k = diagonal_named(call, 1), side = call.l.dim(along, -1).size + std::abs(k);
  const auto extent = [&](size_t parameter, int64_t least) {
    const int64_t given = call.integer(parameter, -1);
    if (given != -1 && (given < least || given > Range::kMostExtent)) call.l.refuse("makes matrices that are too small for it");
    return given;
  };
  const int64_t length = call.l.dim(along, -1).size, rows_least = length - std::min<int64_t>(k, 0),
                columns_least = length + std::max<int64_t>(k, 0);
  int64_t rows = extent(2, rows_least), columns = extent(3, columns_least);
  if (rows == -1 && columns == -1) {
    rows = columns = side;
  } else if (rows == -1) {
    rows = rows_least;
  } else if (columns == -1) {
    columns = columns_least;
  }
  if (std::min(rows, columns) > side) call.l.refuse("makes matrices whose diagonal is longer than what it writes");
  const Value padding =
      call.has(4) ? call.l.cast(call.tensor(4, call.l.dtype(along)), call.l.dtype(along)) : number_like(call, 0, along);
  return {call.l.select(on_diagonal(call, rows, columns, k), spread_to(call, along, k, {rows}, {columns}), padding)};
}

std::vector<Value> with_diagonal(OperationCall& call) {
  const Value x = call.tensor(0), along = call.tensor(1, call.l.dtype(x));
  if (call.l.rank(x) < 2 || call.l.rank(along) != call.l.rank(x) - 1) call.l.refuse("writes diagonals of another rank");
  const int64_t k = diagonal_named(call, 2);
  const Dim rows = call.l.dim(x, -2), columns = call.l.dim(x, -1);
  const int64_t length = std::min(rows.size + std::min<int64_t>(k, 0), columns.size - std::max<int64_t>(k, 0));
  if (length != call.l.dim(along, -1).size)
    call.l.refuse("writes " + std::to_string(call.l.dim(along, -1).size) + " elements on a diagonal of " +
                  std::to_string(length));
  return {call.l.select(on_diagonal(call, rows.size, columns.size, k), spread_to(call, along, k, rows, columns), x)};
}

// All axes of the result are those of the argument, twice.
std::vector<Value> tensor_with(OperationCall& call) {
  const Value x = call.tensor(0);
  Shape twice = call.l.shape(x);
  if (twice.size() * 2 > static_cast<size_t>(Dims::kMaxRank)) call.l.refuse("writes a diagonal of too many axes");
  twice.insert(twice.end(), twice.begin(), twice.begin() + call.l.rank(x));
  const Value flat = flattened(call, x);
  const Dim side = call.l.dim(flat, 0);
  const Value square =
      call.l.select(on_diagonal(call, side.size, side.size, 0), call.l.broadcast_to(flat, {side, side}), number_like(call, 0, x));
  return {call.l.reshape(square, twice)};
}

std::vector<Value> diagonal_of_tensor(OperationCall& call) {
  const Value x = call.tensor(0);
  const Shape shape = call.l.shape(x), half(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(shape.size() / 2));
  if (shape.size() % 2 != 0 || !std::equal(half.begin(), half.end(), shape.begin() + static_cast<std::ptrdiff_t>(half.size())))
    call.l.refuse("takes the diagonal of " + call.l.dims(x).to_string() + ", whose halves differ");
  const Dim side = host::product_of(half);
  return {call.l.reshape(diagonal_of(call, call.l.reshape(x, {side, side})), half)};
}

}  // namespace

std::vector<Operation> matrices_of_diagonals_operations() {
  const std::vector<std::string> alignment{"align=*"};
  return {
      {{}, {"linalg.diag"}, {"diagonal", "k", "num_rows", "num_cols", "padding_value"}, matrices_with, 1, alignment},
      {{}, {"linalg.set_diag"}, {"input", "diagonal", "k"}, with_diagonal, 1, alignment},
      {{}, {"linalg.tensor_diag"}, {"diagonal"}, tensor_with},
      {{}, {"linalg.tensor_diag_part"}, {"input"}, diagonal_of_tensor},
  };
}

}  // namespace keraunos::loader
