// Diagonals and triangular parts of matrices.
#include <algorithm>
#include <array>
#include <vector>

#include "host/graph/extent.h"
#include "loader/layers/common/memory.h"
#include "loader/ops/axes.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

using Kept = bool (*)(int64_t row, int64_t column, int64_t k);

constexpr int64_t kMostElements = int64_t{1} << 26;  // of a mask, which is a constant in the graph

// True where `kept` holds, for the last two axes of x.
Value mask_of(OperationCall& call, Value x, int64_t k, Kept kept) {
  const int64_t rows = call.l.dim(x, -2).size, columns = call.l.dim(x, -1).size;
  if (rows > 0 && columns > kMostElements / rows)
    call.l.refuse("takes a part of matrices of " + std::to_string(rows) + " times " + std::to_string(columns) + " elements");
  debit(call.l, "the mask of a part of matrices", host::checked_multiply(rows, columns));
  Tensor mask(DType::boolean, Dims{rows, columns});
  const std::span<bool> values = mask.mutable_values<bool>();
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) values[static_cast<size_t>(i * columns + j)] = kept(i, j, k);
  }
  return call.l.constant(std::make_shared<const Tensor>(std::move(mask)));
}

int64_t offset_of(OperationCall& call, size_t parameter) {
  const int64_t k = call.integer(parameter, 0);
  if (k < -Range::kMostExtent || k > Range::kMostExtent) call.l.refuse("names the diagonal " + std::to_string(k));
  return k;
}

Value part_of(OperationCall& call, Value x, int64_t k, Kept kept) {
  return call.l.select(mask_of(call, x, k, kept), x, call.l.scalar(0, call.l.dtype(x)));
}

Operation triangle(const char* name, Kept kept) {
  const auto body = [kept](OperationCall& call) -> std::vector<Value> {
    const Value x = call.tensor(0);
    if (call.l.rank(x) < 2) call.l.refuse("takes a part of a tensor of rank " + std::to_string(call.l.rank(x)));
    return {part_of(call, x, offset_of(call, 1), kept)};
  };
  return {{name}, {}, {"x", "k"}, body};
}

// tf.linalg.band_part: that many diagonals below and above; negative: all.
std::vector<Value> band_part(OperationCall& call) {
  Value x = call.tensor(0);
  if (call.l.rank(x) < 2) call.l.refuse("takes a part of a tensor of rank " + std::to_string(call.l.rank(x)));
  const int64_t below = call.integer(1, 0), above = call.integer(2, 0);
  if (below >= 0) x = part_of(call, x, below, [](int64_t i, int64_t j, int64_t k) { return i - j <= k; });
  if (above >= 0) x = part_of(call, x, above, [](int64_t i, int64_t j, int64_t k) { return j - i <= k; });
  return {x};
}

std::vector<Value> diagonal(OperationCall& call) {
  return {diagonal_of(call, with_plane_last(call, call.tensor(0), 2, 3), offset_of(call, 1))};
}

std::vector<Value> diagonal_part(OperationCall& call) {
  const Value x = call.tensor(0);
  if (call.l.rank(x) < 2) call.l.refuse("takes a diagonal of a tensor of rank " + std::to_string(call.l.rank(x)));
  return {diagonal_of(call, x, diagonal_named(call, 1))};
}

// Keras sums small integers as 32-bit integers of the same signedness.
std::vector<Value> trace(OperationCall& call) {
  Value x = call.tensor(0);
  const DType type = call.l.dtype(x);
  if (type == DType::boolean || type == DType::int8 || type == DType::int16) x = call.l.cast(x, DType::int32);
  if (type == DType::uint8 || type == DType::uint16) x = call.l.cast(x, DType::uint32);
  const Value along = diagonal_of(call, with_plane_last(call, x, 2, 3), offset_of(call, 1));
  const int last[] = {call.l.rank(along) - 1};
  return {call.l.reduce(Reduction::sum, along, last)};
}

// A square matrix with the elements of a vector on a diagonal.
Value matrix_of(OperationCall& call, Value x, int64_t k) {
  const Dim length = call.l.dim(x, 0);
  const Dim extent{length.size + std::abs(k), length.varies};
  if (extent.size > Range::kMostExtent) call.l.refuse("names the diagonal " + std::to_string(k));
  const int64_t low[] = {std::max<int64_t>(k, 0)}, high[] = {std::max<int64_t>(-k, 0)};
  const Value row = call.l.broadcast_to(call.l.expand_dims(call.l.pad(x, low, high, 0), 0), {extent, extent});
  return part_of(call, row, k, [](int64_t i, int64_t j, int64_t offset) { return j - i == offset; });
}

std::vector<Value> diag(OperationCall& call) {
  const Value x = call.tensor(0);
  const int64_t k = offset_of(call, 1);
  if (call.l.rank(x) != 1 && call.l.rank(x) != 2)
    call.l.refuse("takes a tensor of rank " + std::to_string(call.l.rank(x)) + ", expected 1 or 2");
  return {call.l.rank(x) == 1 ? matrix_of(call, x, k) : diagonal_of(call, x, k)};
}

std::vector<Value> diagflat(OperationCall& call) {
  const Value x = call.tensor(0);
  return {matrix_of(call, call.l.reshape(x, {host::product_of(call.l.shape(x))}), offset_of(call, 1))};
}

}  // namespace

int64_t diagonal_named(OperationCall& call, size_t parameter) {
  const auto given = call.integers(parameter);
  if (!given || given->empty()) return 0;
  if (given->size() > 2 || given->front() != given->back()) call.l.refuse("names several diagonals, which is not supported");
  if (std::abs(given->front()) > Range::kMostExtent) call.l.refuse("names the diagonal " + std::to_string(given->front()));
  return given->front();
}

Value diagonal_of(OperationCall& call, Value x, int64_t k) {
  const Shape shape = call.l.shape(x);
  const size_t last = shape.size() - 1;
  const int64_t rows = shape[last - 1].size, columns = shape[last].size;
  const int64_t first_row = std::max<int64_t>(-k, 0), first_column = std::max<int64_t>(k, 0);
  const int64_t length = std::max<int64_t>(0, std::min(rows - first_row, columns - first_column));
  Shape folded(shape.begin(), shape.end() - 2);
  folded.push_back(host::product_of(std::span(shape).subspan(last - 1)));
  const Value flat = call.l.reshape(x, folded);
  if (length == 0) return call.l.slice_axis(flat, -1, 0, 0);
  std::array<int64_t, Dims::kMaxRank> start{}, size{}, step{};
  for (size_t i = 0; i < folded.size(); ++i) size[i] = folded[i].size, step[i] = 1;
  const size_t axis = folded.size() - 1;
  start[axis] = first_row * columns + first_column, size[axis] = length, step[axis] = columns + 1;
  const auto part = [&](const auto& all) { return std::span<const int64_t>(all.data(), folded.size()); };
  return call.l.slice(flat, part(start), part(size), part(step));
}

Value with_plane_last(OperationCall& call, Value x, size_t first, size_t second) {
  const int rank = call.l.rank(x);
  if (rank < 2) call.l.refuse("takes a diagonal of a tensor of rank " + std::to_string(rank));
  const int from[] = {call.axis(first, rank, 0), call.axis(second, rank, 1)}, to[] = {rank - 2, rank - 1};
  if (from[0] == from[1]) call.l.refuse("takes a diagonal of one axis twice");
  return moved(call, x, from, to);
}

std::vector<Operation> triangles_operations() {
  return {
      triangle("Tril", [](int64_t i, int64_t j, int64_t k) { return j - i <= k; }),
      triangle("Triu", [](int64_t i, int64_t j, int64_t k) { return j - i >= k; }),
      {{}, {"linalg.band_part"}, {"input", "num_lower", "num_upper"}, band_part},
      {{}, {"linalg.diag_part"}, {"input", "k", "padding_value"}, diagonal_part, 1, {"padding_value=*", "align=*"}},
      {{"Diagonal"}, {}, {"x", "offset", "axis1", "axis2"}, diagonal},
      {{"Trace"}, {}, {"x", "offset", "axis1", "axis2"}, trace},
      {{"Diag"}, {}, {"x", "k"}, diag},
      {{"Diagflat"}, {}, {"x", "k"}, diagflat},
  };
}

}  // namespace keraunos::loader
