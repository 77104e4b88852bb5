// Operations of TensorFlow's list (tf.raw_ops) that differ from all functions: parts of tensors, and tensors of shapes.
// Parameters are the operation's inputs, then its attributes.
#include <algorithm>

#include "keraunos/error.h"
#include "loader/ops/data_integers.h"
#include "loader/ops/literal_elements.h"
#include "loader/ops/table.h"

namespace keraunos::loader {
namespace {

// Bit i of a mask belongs to item i of the specification.
bool bit(int64_t mask, size_t item) { return item < 63 && (mask >> item & 1) != 0; }

using Places = std::vector<std::optional<int64_t>>;

// The integers of an argument; none where they depend on data.
Places places_of(OperationCall& call, size_t parameter) {
  const Value v = call.tensor(parameter);
  if (call.l.rank(v) != 1 || call.l.dim(v, 0).size > static_cast<int64_t>(Dims::kMaxRank))
    call.l.refuse("is called without places");
  return literal_elements(call.l, v);
}

Value element(Lowering& l, Value list, size_t i) { return l.squeeze(l.slice_axis(list, 0, static_cast<int64_t>(i), 1), 0); }

// x[begin:end:strides]; the masks turn items into ":", "...", None or an element, whose index may depend on data.
std::vector<Value> strided_slice(OperationCall& call) {
  const Places begin = places_of(call, 1), end = places_of(call, 2);
  const Places step = call.has(3) ? places_of(call, 3) : Places(begin.size(), 1);
  if (begin.size() != end.size() || begin.size() != step.size())
    call.l.refuse("slices by " + std::to_string(begin.size()) + " begins, " + std::to_string(end.size()) + " ends and " +
                  std::to_string(step.size()) + " steps");
  const int64_t open_begin = call.integer(4, 0), open_end = call.integer(5, 0), ellipsis = call.integer(6, 0);
  const int64_t new_axis = call.integer(7, 0), shrink = call.integer(8, 0);
  Arg::List key;
  int axis = 0, taken = 0;  // of the result; axes of x that the items take
  int64_t longest = 1;      // the end that stands for one of data at loading
  for (const Dim& extent : call.l.shape(call.tensor(0))) longest = std::max(longest, extent.size);
  for (size_t i = 0; i < begin.size(); ++i) taken += bit(ellipsis, i) || bit(new_axis, i) ? 0 : 1;
  std::vector<std::pair<int, size_t>> elements;  // axes of which the element of an item is taken afterwards
  for (size_t i = 0; i < begin.size(); ++i) {
    if (bit(ellipsis, i)) {
      key.push_back({Arg::Ellipsis{}});
      axis += std::max(call.l.rank(call.tensor(0)) - taken, 0);
    } else if (bit(new_axis, i)) {
      key.push_back({});
      ++axis;
    } else if (bit(shrink, i) && begin[i]) {
      key.push_back({*begin[i]});
    } else {
      const auto place = [&](bool open, size_t parameter, const std::optional<int64_t>& at, int64_t at_loading) {
        if (open || at) return open ? Arg{} : Arg{*at};
        return Arg{read_integer(call.l, element(call.l, call.tensor(parameter), i), at_loading)};
      };
      const bool whole = bit(shrink, i);
      if (whole) elements.emplace_back(axis, i);
      key.push_back(
          {std::make_shared<const Arg::Slice>(Arg::Slice{.start = place(whole || bit(open_begin, i), 1, begin[i], 0),
                                                         .stop = place(whole || bit(open_end, i), 2, end[i], longest),
                                                         .step = {whole ? Arg{int64_t{1}} : place(false, 3, step[i], 1)}})});
      ++axis;
    }
  }
  const CallArguments item{.positional = {{Traced{call.tensor(0), {}}}, {std::move(key)}}};
  Value x = lower_call(call.l, *find_function("__operators__.getitem"), "StridedSlice", &item)[0].value;
  for (auto one = elements.rbegin(); one != elements.rend(); ++one)
    x = call.l.gather(x, element(call.l, call.tensor(1), one->second), one->first);
  return {x};
}

// A size of −1 takes all elements from `begin` on.
std::vector<Value> raw_slice(OperationCall& call) {
  Value x = call.tensor(0);
  const Places begin = places_of(call, 1);
  const auto rank = static_cast<size_t>(call.l.rank(x));
  std::vector<int64_t> whole;
  for (const Dim& extent : call.l.shape(x)) whole.push_back(extent.size);
  const std::vector<int64_t> size = read_integers(call, 2, whole).value_or(std::vector<int64_t>{});
  if (begin.size() != rank || size.size() != rank)
    call.l.refuse("slices a tensor of rank " + std::to_string(rank) + " by " + std::to_string(begin.size()) + " places");
  for (size_t i = 0; i < rank; ++i) {
    const int axis = static_cast<int>(i);
    const int64_t extent = call.l.dim(x, axis).size;
    if (!begin[i] && size[i] >= 0 && size[i] <= extent) {
      std::vector<int64_t> ids;
      for (int64_t k = 0; k < size[i]; ++k) ids.push_back(k);
      const Value first = call.l.cast(element(call.l, call.tensor(1), i), DType::int64);
      x = call.l.gather(x, call.l.add(first, call.l.constant(TensorView(ids, Dims{size[i]}))), axis);
      continue;
    }
    const int64_t first = begin[i] ? *begin[i] : read_integer(call.l, element(call.l, call.tensor(1), i), 0);
    const int64_t taken = size[i] == -1 ? extent - first : size[i];
    if (first < 0 || taken < 0 || first > extent || taken > extent - first)
      call.l.refuse("slices " + std::to_string(taken) + " elements from " + std::to_string(first) + " on of an axis of " +
                    std::to_string(extent));
    if (taken != extent) x = call.l.slice_axis(x, axis, first, taken);
  }
  return {x};
}

// An empty list of axes means all axes of one element.
std::vector<Value> raw_squeeze(OperationCall& call) {
  Value x = call.tensor(0);
  const int rank = call.l.rank(x);
  const auto listed = call.integers(1);
  const bool all = !listed || listed->empty();
  std::vector<int> axes;
  for (int axis = 0; all && axis < rank; ++axis) {
    if (call.l.dim(x, axis).size == 1 && !call.l.dim(x, axis).varies) axes.push_back(axis);
  }
  if (!all) axes = call.axes(1, rank);
  for (size_t i = axes.size(); i > 0; --i) {
    if (call.l.dim(x, axes[i - 1]).size != 1)
      call.l.refuse("squeezes an axis of " + std::to_string(call.l.dim(x, axes[i - 1]).size) + " elements");
    x = call.l.squeeze(x, axes[i - 1]);
  }
  return {x};
}

std::vector<Value> raw_fill(OperationCall& call) {
  Shape shape;
  const auto sizes = read_integers(call, 0);
  if (!sizes) call.l.refuse("is called without a shape");
  for (const int64_t size : *sizes) shape.push_back({size, false});
  return {call.l.broadcast_to(call.tensor(1), shape)};
}

// A condition of one axis selects whole rows.
std::vector<Value> raw_select(OperationCall& call) {
  Value condition = call.l.cast(call.tensor(0), DType::boolean);
  const auto [then, otherwise] = call.operands(1, 2);
  if (call.l.rank(condition) == 1) {
    while (call.l.rank(condition) < call.l.rank(then)) condition = call.l.expand_dims(condition, call.l.rank(condition));
  }
  return {call.l.select(condition, then, otherwise)};
}

std::vector<Value> half_of_squares(OperationCall& call) {
  const Value x = call.tensor(0);
  std::vector<int> axes;
  for (int axis = 0; axis < call.l.rank(x); ++axis) axes.push_back(axis);
  const Value sum =
      axes.empty() ? call.l.unary(Function::square, x) : call.l.reduce(Reduction::sum, call.l.unary(Function::square, x), axes);
  return {call.l.multiply(sum, 0.5)};
}

}  // namespace

std::vector<Operation> raw_shapes_operations() {
  return {
      {{},
       {"raw_ops.StridedSlice"},
       {"input", "begin", "end", "strides", "begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"},
       strided_slice,
       4},
      {{}, {"raw_ops.Slice"}, {"input", "begin", "size"}, raw_slice, 3},
      {{}, {"slice"}, {"input_", "begin", "size"}, raw_slice},
      {{},
       {"strided_slice"},
       {"input_", "begin", "end", "strides", "begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"},
       strided_slice,
       1,
       {"var=None"}},
      {{}, {"raw_ops.Squeeze"}, {"input", "axis|squeeze_dims"}, raw_squeeze, 1},
      {{}, {"raw_ops.Fill"}, {"dims", "value"}, raw_fill, 2},
      {{}, {"raw_ops.Select"}, {"condition", "x|t", "y|e"}, raw_select, 3},
      {{}, {"raw_ops.L2Loss"}, {"t"}, half_of_squares, 1},
  };
}

}  // namespace keraunos::loader
