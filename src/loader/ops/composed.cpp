// Functions of TensorFlow that combine other operations, and that loader/python/tensorflow_functions.cpp cannot express: they
// take lists, or build constants from shapes.
#include <algorithm>
#include <limits>
#include <numeric>

#include "host/graph/extent.h"
#include "loader/layers/common/places.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

std::vector<Value> all_tensors(OperationCall& call) {
  std::vector<Value> all = call.tensors(0);
  if (all.empty()) call.l.refuse("is called with an empty list");
  return all;
}

Value norm_of_all(OperationCall& call, const std::vector<Value>& all) {
  Value sum;
  for (const Value x : all) {
    const int along[] = {0};
    const Value squares = call.l.reduce(Reduction::sum, call.l.unary(Function::square, flattened(call, x)), along);
    sum = sum ? call.l.add(sum, squares) : squares;
  }
  return call.l.unary(Function::sqrt, sum);
}

std::vector<Value> global_norm(OperationCall& call) { return {norm_of_all(call, all_tensors(call))}; }

// All tensors are divided by norm / clip_norm where the norm of all of them together is larger; a norm that is not finite gives
// NaN.
std::vector<Value> clipped_by_global_norm(OperationCall& call) {
  std::vector<Value> all = all_tensors(call);
  const DType type = call.l.dtype(all[0]);
  const Value norm = call.has(2) ? call.l.cast(call.tensor(2, type), type) : norm_of_all(call, all);
  const Value most = call.l.cast(call.tensor(1, type), type), one = call.l.scalar(1, type);
  const Value least = call.l.binary(Function::minimum, call.l.divide(one, norm), call.l.divide(one, most));
  const Value scale = call.l.add(call.l.multiply(most, least), call.l.subtract(norm, norm));
  for (Value& x : all) x = call.l.multiply(x, scale);
  all.push_back(norm);
  return all;
}

std::vector<Value> same_tensors(OperationCall& call) { return call.tensors(0); }

// Between integers by powers of two; integers as numbers from 0 to 1, and back by truncation.
std::vector<Value> image_of_dtype(OperationCall& call) {
  const Value x = call.tensor(0);
  const DType from = call.l.dtype(x), to = call.dtype(1).value_or(from);
  const bool saturates = call.flag(2, false);
  const auto largest = [&](DType type) -> double {
    switch (type) {
      case DType::uint8: return 255;
      case DType::int8: return 127;
      case DType::uint16: return 65535;
      case DType::int16: return 32767;
      case DType::int32: return 2147483647;
      default: call.l.refuse("converts images of " + std::string(name_of(type)) + ", which is not supported");
    }
  };
  const auto saturated = [&](Value v) {
    const DType type = call.l.dtype(v);
    const double least = to == DType::uint8 || to == DType::uint16 ? 0 : -largest(to) - 1;
    const Value bounded = call.l.binary(Function::minimum, v, call.l.scalar(largest(to), type));
    return call.l.binary(Function::maximum, bounded, call.l.scalar(least, type));
  };
  if (from == to) return {x};
  if (is_floating(from) && is_floating(to)) return {call.l.cast(x, to)};
  if (is_floating(to)) return {call.l.multiply(call.l.cast(x, to), 1 / largest(from))};
  if (is_floating(from)) {
    const Value scaled = call.l.multiply(x, largest(to) + 0.5);
    return {call.l.cast(saturates ? saturated(scaled) : scaled, to)};
  }
  const auto levels = [&](DType type) { return largest(type) + 1; };
  if (levels(from) > levels(to)) {
    const Value divided = call.l.binary(Function::floor_divide, x, call.l.scalar(levels(from) / levels(to), from));
    return {call.l.cast(saturates ? saturated(divided) : divided, to)};
  }
  const bool keeps_sign = from == DType::uint8 || from == DType::uint16 || to == DType::int16 || to == DType::int32;
  const Value wide = call.l.cast(saturates && !keeps_sign ? call.l.unary(Function::relu, x) : x, to);
  return {call.l.multiply(wide, levels(to) / levels(from))};
}

// The first steps of each sequence, as many as its length, in the opposite order.
std::vector<Value> reversed_sequences(OperationCall& call) {
  const Value x = call.tensor(0), lengths = call.l.cast(call.tensor(1), DType::int32);
  const int rank = call.l.rank(x), time = call.axis(2, rank, 1), batch = call.axis(3, rank, 0);
  if (rank < 2 || time == batch || call.l.rank(lengths) != 1) call.l.refuse("reverses steps along the axis of the sequences");
  std::vector<int> order{batch, time}, back(static_cast<size_t>(rank));
  for (int axis = 0; axis < rank; ++axis) {
    if (axis != batch && axis != time) order.push_back(axis);
  }
  for (size_t i = 0; i < order.size(); ++i) back[static_cast<size_t>(order[i])] = static_cast<int>(i);
  const Value ordered = call.l.transpose(x, order);
  const Shape shape = call.l.shape(ordered);
  const int64_t steps = shape[1].size;
  Shape folded{host::product_of(std::span(shape).first(2))};
  folded.insert(folded.end(), shape.begin() + 2, shape.end());
  const Value step = numbers_up_to(call.l, steps, 1, 2), end = call.l.expand_dims(lengths, 1);
  const Value mirrored = call.l.add(call.l.subtract(end, step), -1.0);
  const Value within = call.l.binary(Function::less, step, end);
  const Value start = call.l.multiply(numbers_up_to(call.l, shape[0].size, 0, 2), static_cast<double>(steps));
  const Value places = call.l.add(call.l.select(within, mirrored, step), start);
  return {call.l.transpose(call.l.reshape(call.l.gather(call.l.reshape(ordered, folded), places), shape), back)};
}

// x, whose shape must be that of the argument where it states one.
std::vector<Value> ensured_shape(OperationCall& call) {
  const Value x = call.tensor(0);
  const Arg* stated = call.find(1);
  const Arg::List* extents = stated == nullptr ? nullptr : stated->list();
  if (extents == nullptr) return {x};
  const Shape shape = call.l.shape(x);
  bool fits = extents->size() == shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    const auto extent = known_integer(call.l, (*extents)[i]);
    fits = !extent || *extent == shape[i].size;
  }
  if (!fits) call.l.refuse("ensures another shape than " + call.l.dims(x).to_string());
  return {x};
}

}  // namespace

std::vector<Operation> composed_operations() {
  return {
      {{}, {"linalg.global_norm"}, {"t_list"}, global_norm},
      {{}, {"clip_by_global_norm"}, {"t_list", "clip_norm", "use_norm"}, clipped_by_global_norm},
      {{}, {"identity_n"}, {"input"}, same_tensors},
      {{}, {"image.convert_image_dtype"}, {"image", "dtype", "saturate"}, image_of_dtype},
      {{}, {"reverse_sequence"}, {"input", "seq_lengths", "seq_axis", "batch_axis"}, reversed_sequences},
      {{}, {"ensure_shape"}, {"x", "shape"}, ensured_shape},
  };
}

}  // namespace keraunos::loader
