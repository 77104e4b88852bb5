// Operations that repeat elements or fill: tile, repeat, pad, broadcast.
#include <algorithm>
#include <numeric>

#include "host/graph/extent.h"
#include "loader/layers/common/memory.h"
#include "loader/ops/data_integers.h"

namespace keraunos::loader {
namespace {

Value taken(OperationCall& call, Value x, int axis, const std::vector<int64_t>& picked) {
  return call.l.gather(x, call.l.constant(TensorView(picked, Dims{static_cast<int64_t>(picked.size())})), axis);
}

std::vector<Value> tile(OperationCall& call) {
  Value x = call.tensor(0);
  auto repeats = read_integers(call, 1);
  if (!repeats) call.l.refuse("is called without a number of repeats");
  while (static_cast<int>(repeats->size()) < call.l.rank(x)) repeats->insert(repeats->begin(), 1);
  while (static_cast<int>(repeats->size()) > call.l.rank(x)) x = call.l.expand_dims(x, 0);
  for (int axis = 0; axis < call.l.rank(x); ++axis) {
    const int64_t count = (*repeats)[static_cast<size_t>(axis)];
    if (count < 0 || count > kMostPieces) call.l.refuse("repeats an axis " + std::to_string(count) + " times");
    if (count == 0) x = call.l.slice_axis(x, axis, 0, 0);
    if (count > 1) x = call.l.concatenate(std::vector<Value>(static_cast<size_t>(count), x), axis);
  }
  return {x};
}

// Repeats each element `count` times: a new axis after it is broadcast and folded in.
Value repeated(OperationCall& call, Value x, int axis, int64_t count) {
  Shape wide = call.l.shape(x), folded = wide;
  wide.insert(wide.begin() + axis + 1, Dim{count, false});
  folded[static_cast<size_t>(axis)].size = host::checked_multiply(folded[static_cast<size_t>(axis)].size, count);
  return call.l.reshape(call.l.broadcast_to(call.l.expand_dims(x, axis + 1), wide), folded);
}

// axis=None: all axes, including the batch, in one row.
std::vector<Value> repeat(OperationCall& call) {
  Value x = call.tensor(0);
  const auto counts = call.integers(1);
  if (!counts || counts->empty()) call.l.refuse("is called without a number of repeats");
  for (int64_t count : *counts) {
    if (count < 0 || count > kMostPieces) call.l.refuse("repeats an element " + std::to_string(count) + " times");
  }
  if (!call.has(2)) x = call.l.reshape(x, {Dim{call.l.dims(x).elements(), false}});
  const int axis = call.has(2) ? call.axis(2, call.l.rank(x), 0) : 0;
  if (counts->size() == 1) return {repeated(call, x, axis, counts->front())};
  const int64_t extent = call.l.dim(x, axis).size;
  if (static_cast<int64_t>(counts->size()) != extent) {
    call.l.refuse("gives " + std::to_string(counts->size()) + " numbers of repeats for an axis of " + std::to_string(extent));
  }
  std::vector<int64_t> picked;
  for (int64_t i = 0; i < extent; ++i) picked.insert(picked.end(), static_cast<size_t>((*counts)[static_cast<size_t>(i)]), i);
  return {taken(call, x, axis, picked)};
}

struct Widths {
  std::vector<int64_t> low, high;
};

// A pair for each axis; in Keras 3 also one number, one pair, or one number for each axis.
Widths widths_of(OperationCall& call, int rank) {
  const Arg given = call.listed(1);
  if (given.is_none()) call.l.refuse("is called without a number of elements to pad with");
  const auto fail = [&] { call.l.refuse("needs a pair of numbers known beforehand for each axis to pad"); };
  const auto width = [&](const Arg& item) {
    const auto known = known_integer(call.l, item);
    if (!known || *known < 0) fail();
    return known.value_or(0);
  };
  Widths all;
  const auto put = [&](const Arg& item) {
    const Arg::List* pair = item.list();
    if (pair != nullptr && pair->size() != 2 && pair->size() != 1) fail();
    all.low.push_back(width(pair ? pair->front() : item)), all.high.push_back(width(pair ? pair->back() : item));
  };
  const Arg::List* list = given.list();
  const bool one_pair = list != nullptr && !list->empty() && list->front().list() == nullptr && list->front().tensor() == nullptr;
  if (list == nullptr || one_pair)
    put(given);
  else
    for (const Arg& item : *list) put(item);
  if (call.is_keras3() && all.low.size() == 1) {
    all.low.resize(static_cast<size_t>(rank), all.low[0]), all.high.resize(static_cast<size_t>(rank), all.high[0]);
  }
  if (static_cast<int>(all.low.size()) != rank) fail();
  return all;
}

// The indices of an axis extended by its mirror image; "symmetric" repeats the edge.
std::vector<int64_t> mirrored(OperationCall& call, int64_t extent, int64_t low, int64_t high, bool edge) {
  const int64_t most = edge ? extent : extent - 1, skip = edge ? 0 : 1;
  if (low > most || high > most) call.l.refuse("mirrors more elements than an axis of " + std::to_string(extent) + " has");
  std::vector<int64_t> picked;
  for (int64_t i = low; i > 0; --i) picked.push_back(i - 1 + skip);
  for (int64_t i = 0; i < extent; ++i) picked.push_back(i);
  for (int64_t i = 0; i < high; ++i) picked.push_back(extent - 1 - skip - i);
  return picked;
}

std::vector<Value> pad(OperationCall& call) {
  Value x = call.tensor(0);
  const Widths widths = widths_of(call, call.l.rank(x));
  std::string mode = call.text(2).value_or("constant");
  std::transform(mode.begin(), mode.end(), mode.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (mode == "constant") return {call.l.pad(x, widths.low, widths.high, call.number(3, 0))};
  if (mode != "reflect" && mode != "symmetric") call.l.refuse("pads in the mode \"" + mode + "\", which is not supported");
  if (call.number(3, 0) != 0)
    call.l.refuse("pads in the mode \"" + mode + "\" with constant_values, which Keras does not do either");
  for (int axis = 0; axis < call.l.rank(x); ++axis) {
    const int64_t low = widths.low[static_cast<size_t>(axis)], high = widths.high[static_cast<size_t>(axis)];
    if (low + high > 0) x = taken(call, x, axis, mirrored(call, call.l.dim(x, axis).size, low, high, mode == "symmetric"));
  }
  return {x};
}

std::vector<Value> broadcast_to(OperationCall& call) {
  const Value x = call.tensor(0);
  std::vector<int64_t> own;  // the extents that stand for those of data at loading
  const Arg* given = call.find(1);
  const int64_t rank = given == nullptr || given->tensor() == nullptr ? 0 : call.l.dims(given->tensor()->value).elements();
  if (rank > static_cast<int64_t>(Dims::kMaxRank)) call.l.refuse("broadcasts to " + std::to_string(rank) + " axes");
  for (int64_t i = 0; i < rank; ++i) {
    const int64_t axis = call.l.rank(x) - rank + i;
    own.push_back(axis < 0 ? 1 : call.l.dim(x, static_cast<int>(axis)).size);
  }
  const auto sizes = read_integers(call, 1, own);
  if (!sizes) call.l.refuse("is called without a shape");
  Shape target;
  for (int64_t size : *sizes) target.push_back({size, false});
  return {call.l.broadcast_to(x, target)};
}

std::vector<Value> filled_like(OperationCall& call, double value) {
  const Value x = call.tensor(0);
  const DType type = call.dtype(1).value_or(call.l.dtype(x));
  if (type != DType::string) return {call.l.broadcast_to(call.l.scalar(value, type), call.l.shape(x))};
  if (value != 0) call.l.refuse("makes texts of ones, which TensorFlow does not do either");
  const Dims dims = call.l.dims(x);
  debit(call.l, "empty texts", host::checked_multiply(dims.elements(), int64_t{sizeof(std::string)}));
  const Tensor empty = Tensor::strings(std::vector<std::string>(static_cast<size_t>(dims.elements())), dims);
  return {call.l.constant(empty)};
}

}  // namespace

std::vector<Operation> copying_operations() {
  const std::vector<std::string> like{"x|input|tensor", "dtype"}, hints{"layout=None", "optimize=*"};
  return {
      {{"Tile"}, {"tile"}, {"x|input", "repeats|multiples"}, tile},
      {{"Repeat"}, {"repeat"}, {"x|input", "repeats", "axis"}, repeat},
      {{"Pad"}, {"compat.v1.pad", "pad"}, {"x|tensor", "pad_width|paddings", "mode", "constant_values"}, pad, 1},
      {{"BroadcastTo"}, {"broadcast_to"}, {"x|input", "shape"}, broadcast_to},
      {{"ZerosLike"},
       {"zeros_like", "compat.v1.zeros_like"},
       like,
       [](OperationCall& call) { return filled_like(call, 0); },
       1,
       hints},
      {{"OnesLike"},
       {"ones_like", "compat.v1.ones_like"},
       like,
       [](OperationCall& call) { return filled_like(call, 1); },
       1,
       hints},
  };
}

}  // namespace keraunos::loader
