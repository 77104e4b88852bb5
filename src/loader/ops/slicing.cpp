// x[key] with integers, slices, None, the ellipsis, and integer tensors, as in NumPy.
#include <algorithm>

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

// Slices are objects (Keras 3) or plain dicts {"start", "stop", "step"} (Keras 2).
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
  const int64_t stated = bound(call, slice.step, 1);
  if (stated == 0) call.l.refuse("slices with a step of 0");
  const int64_t step = std::clamp(stated, -extent - 1, extent + 1);  // larger steps have the same result
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

}  // namespace

std::vector<Operation> slicing_operations() {
  return {
      {{"GetItem"}, {"__operators__.getitem"}, {"x|tensor", "key|slice_spec"}, get_item, 2, {"var=None"}},
  };
}

}  // namespace keraunos::loader
