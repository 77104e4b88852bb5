// Builder: operations that move data without computing.
#include <algorithm>
#include <numeric>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "keraunos/error.h"

namespace keraunos {

using host::ValueInfo;

namespace {

int normalised(int axis, int rank, const char* what) {
  const int position = axis < 0 ? axis + rank : axis;
  if (position >= 0 && position < rank) return position;
  throw UsageError(std::string(what) + ": axis " + std::to_string(axis) + " does not exist in a tensor of rank " +
                   std::to_string(rank));
}

void require_rank(size_t found, int rank, const char* what) {
  if (static_cast<int>(found) == rank) return;
  throw UsageError(std::string(what) + " needs one number per axis of a tensor of rank " + std::to_string(rank) + ", found " +
                   std::to_string(found));
}

}  // namespace

Value Builder::reshape(Value x, const Shape& target) {
  if (host::elements_of(target) != host::elements_of(shape(x))) {
    throw UsageError("a tensor of shape " + dims(x).to_string() + " cannot be reshaped to " + host::text_of(target));
  }
  if (target == shape(x)) return x;
  return host::graph_of(*this).add(host::Reshape{}, {x}, {ValueInfo{.shape = target, .dtype = dtype(x)}})[0];
}

Value Builder::expand_dims(Value x, int axis) {
  Shape target = shape(x);
  const int position = normalised(axis, rank(x) + 1, "expand_dims");
  target.insert(target.begin() + position, Dim{1, false});
  return reshape(x, target);
}

Value Builder::squeeze(Value x, int axis) {
  const int position = normalised(axis, rank(x), "squeeze");
  if (dim(x, position).size != 1)
    throw UsageError("squeeze: axis " + std::to_string(axis) + " of " + dims(x).to_string() + " is not 1");
  Shape target = shape(x);
  target.erase(target.begin() + position);
  return reshape(x, target);
}

Value Builder::transpose(Value x, std::span<const int> permutation) {
  require_rank(permutation.size(), rank(x), "transpose");
  std::vector<int> order(permutation.begin(), permutation.end());
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != static_cast<int>(i)) throw UsageError("transpose needs each axis once");
  }
  if (std::is_sorted(order.begin(), order.end())) return x;
  return host::graph_of(*this).add(host::Transpose{std::move(order)}, {x})[0];
}

Value Builder::slice(Value x, std::span<const int64_t> start, std::span<const int64_t> size, std::span<const int64_t> step) {
  require_rank(start.size(), rank(x), "slice");
  require_rank(size.size(), rank(x), "slice");
  require_rank(step.size(), rank(x), "slice");
  Shape target;
  bool whole = true;
  for (size_t axis = 0; axis < start.size(); ++axis) {
    const Dim dim = shape(x)[axis];
    const int64_t last =
        host::checked_add(start[axis], host::checked_multiply(host::checked_subtract(size[axis], 1), step[axis]));
    if (size[axis] > 0 && (start[axis] < 0 || start[axis] >= dim.size || last < 0 || last >= dim.size)) {
      throw UsageError("slice: elements " + std::to_string(start[axis]) + " to " + std::to_string(last) + " lie outside axis " +
                       std::to_string(axis) + " of " + dims(x).to_string());
    }
    const bool all = start[axis] == 0 && size[axis] == dim.size && step[axis] == 1;
    whole = whole && all;
    target.push_back({std::max<int64_t>(size[axis], 0), dim.varies});
  }
  if (whole) return x;
  host::Slice op{.start = {start.begin(), start.end()}, .step = {step.begin(), step.end()}};
  return host::graph_of(*this).add(std::move(op), {x}, {ValueInfo{.shape = std::move(target), .dtype = dtype(x)}})[0];
}

Value Builder::slice_axis(Value x, int axis, int64_t start, int64_t size, int64_t step) {
  const auto position = static_cast<size_t>(normalised(axis, rank(x), "slice"));
  std::vector<int64_t> starts(shape(x).size(), 0), sizes, steps(shape(x).size(), 1);
  for (const Dim& d : shape(x)) sizes.push_back(d.size);
  starts[position] = start, sizes[position] = size, steps[position] = step;
  return slice(x, starts, sizes, steps);
}

Value Builder::reverse(Value x, int axis) {
  const int64_t size = dim(x, axis).size;
  return size < 2 ? x : slice_axis(x, axis, size - 1, size, -1);
}

Value Builder::concatenate(std::span<const Value> parts, int axis) {
  if (parts.empty()) throw UsageError("concatenate needs at least one tensor");
  const int position = normalised(axis, rank(parts[0]), "concatenate");
  if (parts.size() == 1) return parts[0];
  return host::graph_of(*this).add(host::Concat{position}, {parts.begin(), parts.end()})[0];
}

Value Builder::pad(Value x, std::span<const int64_t> low, std::span<const int64_t> high, double value) {
  require_rank(low.size(), rank(x), "pad");
  require_rank(high.size(), rank(x), "pad");
  const auto is_zero = [](int64_t number) { return number == 0; };
  if (std::ranges::all_of(low, is_zero) && std::ranges::all_of(high, is_zero)) return x;
  host::Pad op{.low = {low.begin(), low.end()}, .high = {high.begin(), high.end()}, .value = value};
  return host::graph_of(*this).add(std::move(op), {x})[0];
}

Value Builder::gather(Value table, Value ids, int axis) {
  return host::graph_of(*this).add(host::Gather{.axis = normalised(axis, rank(table), "gather")}, {table, ids})[0];
}

}  // namespace keraunos
