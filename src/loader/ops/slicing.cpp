// x[key]: integers, slices, None, the ellipsis, and integer tensors, as NumPy reads them.
#include <algorithm>
#include <numeric>

#include "keraunos/error.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

using Key = Arg::List;

bool is_ellipsis(const Arg& key) {
  if (std::holds_alternative<Arg::Ellipsis>(key.value)) return true;
  const std::string* text = std::get_if<std::string>(&key.value);
  return text != nullptr && *text == "__ellipsis__";
}

// Slices come as such (Keras 3) or as plain dicts {"start", "stop", "step"} (Keras 2).
std::optional<Arg::Slice> slice_in(const Arg& key) {
  if (const auto* slice = std::get_if<std::shared_ptr<const Arg::Slice>>(&key.value)) return **slice;
  const auto* members = std::get_if<Arg::Members>(&key.value);
  if (members == nullptr) return std::nullopt;
  Arg::Slice slice;
  for (const auto& [name, value] : *members) {
    if (name == "start") slice.start = value;
    if (name == "stop") slice.stop = value;
    if (name == "step") slice.step = value;
  }
  return slice;
}

int64_t bound(OperationCall& call, const Arg& argument, int64_t otherwise) {
  if (argument.is_none()) return otherwise;
  const auto known = known_integer(call.l, argument);
  if (!known) call.l.refuse("slices at a position that depends on data");
  return *known;
}

// Python's slice.indices(): negative positions count from the end, all are clamped.
Value sliced(OperationCall& call, Value x, int axis, const Arg::Slice& slice) {
  const int64_t extent = call.l.dim(x, axis).size;
  const int64_t step = bound(call, slice.step, 1);
  if (step == 0) call.l.refuse("slices with a step of 0");
  const int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? extent : extent - 1;
  const auto clamped = [&](const Arg& argument, int64_t otherwise) {
    if (argument.is_none()) return otherwise;
    const int64_t position = bound(call, argument, 0);
    return std::clamp(position < 0 ? position + extent : position, lowest, highest);
  };
  const int64_t start = clamped(slice.start, step > 0 ? 0 : extent - 1);
  const int64_t stop = clamped(slice.stop, step > 0 ? extent : -1);
  const int64_t count = step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
  return call.l.slice_axis(x, axis, count > 0 ? start : 0, std::max<int64_t>(count, 0), count > 0 ? step : 1);
}

Value indexed(OperationCall& call, Value x, int axis, int64_t index) {
  const int64_t extent = call.l.dim(x, axis).size, position = index < 0 ? index + extent : index;
  if (position < 0 || position >= extent) {
    call.l.refuse("takes element " + std::to_string(index) + " of an axis of " + std::to_string(extent));
  }
  return call.l.squeeze(call.l.slice_axis(x, axis, position, 1), axis);
}

std::vector<Value> get_item(OperationCall& call) {
  Value x = call.tensor(0);
  const Arg* key = call.find(1);
  if (key == nullptr && !call.is_none(1)) call.l.refuse("is called without an index");
  if (key == nullptr) return {call.l.expand_dims(x, 0)};  // x[None]
  const Key keys = key->list() != nullptr ? *key->list() : Key{*key};
  const auto consumes = [](const Arg& item) { return !item.is_none() && !is_ellipsis(item); };
  const auto consumed = static_cast<int>(std::count_if(keys.begin(), keys.end(), consumes));
  if (consumed > call.l.rank(x)) call.l.refuse("has more indices than its tensor has axes");
  const int skipped = call.l.rank(x) - consumed;
  int axis = 0;
  for (const Arg& item : keys) {
    if (is_ellipsis(item)) {
      axis += skipped;
    } else if (item.is_none()) {
      x = call.l.expand_dims(x, axis++);
    } else if (const auto slice = slice_in(item)) {
      x = sliced(call, x, axis++, *slice);
    } else if (const auto index = known_integer(call.l, item); index && !std::holds_alternative<bool>(item.value)) {
      x = indexed(call, x, axis, *index);
    } else if (const Traced* ids = item.tensor(); ids != nullptr && call.l.dtype(ids->value) != DType::boolean) {
      x = call.l.gather(x, ids->value, axis);
      axis += call.l.rank(ids->value);
    } else {
      call.l.refuse("is indexed by something whose shape depends on data, such as a boolean mask");
    }
  }
  return {x};
}

// Keras counts negative indices from the end; TensorFlow's gather does not.
Value counted_from_end(OperationCall& call, Value ids, int64_t extent) {
  const DType type = call.l.dtype(ids);
  if (!call.is_keras3() || (type != DType::int32 && type != DType::int64 && type != DType::int16 && type != DType::int8))
    return ids;
  const Value shifted = call.l.add(ids, call.l.scalar(static_cast<double>(extent), type));
  return call.l.select(call.l.binary(Function::less, ids, call.l.scalar(0, type)), shifted, ids);
}

// tf.gather with batch axes: they and the axis are folded into one, of which each row of ids takes its own part.
Value gathered_by_batch(OperationCall& call, Value x, Value ids, int axis, int batch) {
  const Shape from = call.l.shape(x), wanted = call.l.shape(ids);
  std::vector<int> order(from.size()), back;
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin() + batch, order.begin() + axis, order.begin() + axis + 1);
  Dim rows{1, false};
  for (int i = 0; i < batch; ++i)
    rows.size *= from[static_cast<size_t>(i)].size, rows.varies = rows.varies || from[static_cast<size_t>(i)].varies;
  const int64_t extent = from[static_cast<size_t>(axis)].size;
  const auto rank = static_cast<int>(from.size()), taken = call.l.rank(ids);
  Shape table{{rows.size * extent, rows.varies}}, offsets_shape(wanted.size(), Dim{1, false});
  for (int i = batch + 1; i < rank; ++i) table.push_back(from[static_cast<size_t>(order[static_cast<size_t>(i)])]);
  for (int i = 0; i < batch; ++i) offsets_shape[static_cast<size_t>(i)] = wanted[static_cast<size_t>(i)];
  std::vector<int64_t> starts;
  for (int64_t row = 0; row < rows.size; ++row) starts.push_back(row * extent);
  const Value offsets = call.l.reshape(call.l.constant(TensorView(starts, Dims{rows.size})), offsets_shape);
  const Value wide = call.l.cast(ids, DType::int64), last = call.l.scalar(static_cast<double>(extent), DType::int64);
  const Value inside =
      call.l.binary(Function::logical_and, call.l.binary(Function::greater_equal, wide, call.l.scalar(0, DType::int64)),
                    call.l.binary(Function::less, wide, last));
  const Value places =
      call.l.select(inside, call.l.add(wide, offsets), call.l.scalar(-1, DType::int64));  // outside: an error of the run
  const Value found = call.l.gather(call.l.reshape(call.l.transpose(x, order), table), places, 0);
  // found: batch, ids' other axes, then x's other axes; those between batch and axis go before the ids.
  for (int i = 0; i < batch; ++i) back.push_back(i);
  for (int i = 0; i < axis - batch; ++i) back.push_back(taken + i);
  for (int i = batch; i < taken; ++i) back.push_back(i);
  for (int i = taken + axis - batch; i < call.l.rank(found); ++i) back.push_back(i);
  return call.l.transpose(found, back);
}

std::vector<Value> take(OperationCall& call) {
  Value x = call.tensor(0);
  const Value ids = call.tensor(1);
  const auto batch = static_cast<int>(call.integer(3, 0)), counted = batch < 0 ? batch + call.l.rank(ids) : batch;
  if (counted < 0 || counted > call.l.rank(ids) || counted >= call.l.rank(x))
    call.l.refuse("has batch_dims = " + std::to_string(batch) + " of its indices' " + std::to_string(call.l.rank(ids)) + " axes");
  if (!call.has(2) && call.is_keras3()) x = call.l.reshape(x, {Dim{call.l.dims(x).elements(), false}});
  const int axis = call.has(2) ? call.axis(2, call.l.rank(x), 0) : counted;
  if (axis < counted)
    call.l.refuse("gathers along axis " + std::to_string(axis) + " inside " + std::to_string(counted) + " batch axes");
  if (counted > 0) return {gathered_by_batch(call, x, ids, axis, counted)};
  return {call.l.gather(x, counted_from_end(call, ids, call.l.dim(x, axis).size), axis)};
}

}  // namespace

std::vector<Operation> slicing_operations() {
  return {
      {{"GetItem"}, {"__operators__.getitem"}, {"x|tensor", "key|slice_spec"}, get_item, 2, {"var=None"}},
      {{"Take"}, {"gather", "compat.v1.gather"}, {"x|params", "indices", "axis", "batch_dims"}, take, 2, {"validate_indices=*"}},
  };
}

}  // namespace keraunos::loader
