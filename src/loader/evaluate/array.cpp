#include "loader/evaluate/array.h"

#include <algorithm>
#include <numeric>

#include "keraunos/error.h"

namespace keraunos::loader {
namespace {

int64_t product(const std::vector<int64_t>& dims, size_t first = 0) {
  return std::accumulate(dims.begin() + static_cast<std::ptrdiff_t>(first), dims.end(), int64_t{1}, std::multiplies<>());
}

template <class T>
void copy_rows(const TensorView& view, int64_t first, std::vector<double>& to) {
  const auto* from = static_cast<const std::byte*>(view.data) + first * static_cast<int64_t>(sizeof(T));
  for (size_t i = 0; i < to.size(); ++i) {
    T value;
    std::copy_n(from + i * sizeof(T), sizeof(T), reinterpret_cast<std::byte*>(&value));
    if constexpr (sizeof(T) == 2 && !std::is_integral_v<T>)
      to[i] = static_cast<float>(value);  // float16 and bfloat16
    else
      to[i] = static_cast<double>(value);
  }
}

}  // namespace

Array Array::filled(const std::vector<int64_t>& dims, double value) {
  return {dims, std::vector<double>(static_cast<size_t>(product(dims)), value)};
}

Array Array::rows_of(const TensorView& view, int64_t first, int64_t count) {
  std::vector<int64_t> dims(view.dims.begin(), view.dims.end());
  if (dims.empty()) throw UsageError("an array without axes has no rows");
  dims[0] = count;
  Array rows = filled(dims, 0);
  const int64_t begin = first * product(dims, 1);
  switch (view.dtype) {
    case DType::float32: copy_rows<float>(view, begin, rows.at); break;
    case DType::float64: copy_rows<double>(view, begin, rows.at); break;
    case DType::float16: copy_rows<float16>(view, begin, rows.at); break;
    case DType::bfloat16: copy_rows<bfloat16>(view, begin, rows.at); break;
    case DType::int8: copy_rows<int8_t>(view, begin, rows.at); break;
    case DType::uint8:
    case DType::boolean: copy_rows<uint8_t>(view, begin, rows.at); break;
    case DType::int16: copy_rows<int16_t>(view, begin, rows.at); break;
    case DType::uint16: copy_rows<uint16_t>(view, begin, rows.at); break;
    case DType::int32: copy_rows<int32_t>(view, begin, rows.at); break;
    case DType::uint32: copy_rows<uint32_t>(view, begin, rows.at); break;
    case DType::int64: copy_rows<int64_t>(view, begin, rows.at); break;
    case DType::uint64: copy_rows<uint64_t>(view, begin, rows.at); break;
    case DType::string: throw UsageError("losses and metrics are computed from numbers, found strings");
  }
  return rows;
}

std::string Array::shape() const { return Dims(dims).to_string(); }

Array squeezed(Array x) {
  x.dims.pop_back();
  return x;
}

Array expanded(Array x) {
  x.dims.push_back(1);
  return x;
}

Array flat(const Array& x) { return {{x.size()}, x.at}; }

Array broadcast(const Array& x, const std::vector<int64_t>& dims) {
  if (x.dims == dims) return x;
  const size_t extra = dims.size() - std::min(dims.size(), x.dims.size());
  bool fits = x.dims.size() <= dims.size();
  for (size_t i = 0; fits && i < x.dims.size(); ++i) fits = x.dims[i] == 1 || x.dims[i] == dims[i + extra];
  if (!fits) throw UsageError("shapes " + x.shape() + " and " + Dims(dims).to_string() + " do not fit each other");
  Array wide = Array::filled(dims, 0);
  for (int64_t i = 0; i < wide.size(); ++i) {
    int64_t rest = i, from = 0, stride = 1;
    for (size_t axis = dims.size(); axis-- > 0;) {
      const int64_t index = rest % dims[axis];
      rest /= dims[axis];
      if (axis < extra) continue;
      if (x.dims[axis - extra] != 1) from += index * stride;
      stride *= x.dims[axis - extra];
    }
    wide.at[static_cast<size_t>(i)] = x.at[static_cast<size_t>(from)];
  }
  return wide;
}

std::vector<int64_t> common_dims(const Array& a, const Array& b) {
  const std::vector<int64_t>& longer = a.dims.size() >= b.dims.size() ? a.dims : b.dims;
  const std::vector<int64_t>& shorter = a.dims.size() >= b.dims.size() ? b.dims : a.dims;
  std::vector<int64_t> dims = longer;
  const size_t extra = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    if (dims[i + extra] == 1) dims[i + extra] = shorter[i];
  }
  return dims;
}

Array zip(const Array& a, const Array& b, const std::function<double(double, double)>& f) {
  const std::vector<int64_t> dims = common_dims(a, b);
  Array x = broadcast(a, dims);
  const Array y = broadcast(b, dims);
  for (size_t i = 0; i < x.at.size(); ++i) x.at[i] = f(x.at[i], y.at[i]);
  return x;
}

Array map(Array x, const std::function<double(double)>& f) {
  for (double& value : x.at) value = f(value);
  return x;
}

Array with_last(const Array& x, int64_t axis) {
  const int64_t rank = x.rank();
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) throw UsageError("there is no axis " + std::to_string(axis) + " in the shape " + x.shape());
  if (axis == rank - 1) return x;
  const auto place = static_cast<size_t>(axis);
  std::vector<int64_t> dims = x.dims;
  dims.erase(dims.begin() + axis);
  dims.push_back(x.dims[place]);
  Array moved = Array::filled(dims, 0);
  const int64_t length = x.dims[place], inner = product(x.dims, place + 1);
  for (int64_t i = 0; i < x.size(); ++i) {
    const int64_t in = i % inner, at = i / inner % length, out = i / inner / length;
    moved.at[static_cast<size_t>((out * inner + in) * length + at)] = x.at[static_cast<size_t>(i)];
  }
  return moved;
}

Array sum_from(const Array& x, int first) {
  const std::vector<int64_t> dims(x.dims.begin(), x.dims.begin() + first);
  Array sums = Array::filled(dims, 0);
  const int64_t length = product(x.dims, static_cast<size_t>(first));
  for (int64_t i = 0; i < x.size(); ++i) sums.at[static_cast<size_t>(i / length)] += x.at[static_cast<size_t>(i)];
  return sums;
}

Array mean_from(const Array& x, int first) {
  const auto length = static_cast<double>(product(x.dims, static_cast<size_t>(first)));
  return map(sum_from(x, first), [&](double sum) { return sum / length; });
}

Array by_line(const Array& x, const std::function<double(const double* line, int64_t length)>& f) {
  if (x.rank() == 0) throw UsageError("a loss or metric over the last axis needs one, found a number");
  const int64_t length = x.last();
  Array result = Array::filled({x.dims.begin(), x.dims.end() - 1}, 0);
  for (size_t i = 0; i < result.at.size(); ++i) result.at[i] = f(x.at.data() + static_cast<int64_t>(i) * length, length);
  return result;
}

double sum_of(const Array& x) { return std::accumulate(x.at.begin(), x.at.end(), 0.0); }

void to_same_rank(Array& a, Array& b, bool expand_rank_1) {
  Array &longer = a.rank() > b.rank() ? a : b, &shorter = a.rank() > b.rank() ? b : a;
  if (longer.rank() != shorter.rank() + 1 || longer.last() != 1) return;
  if (shorter.rank() == 1 && expand_rank_1)
    shorter = expanded(std::move(shorter));
  else
    longer = squeezed(std::move(longer));
}

double place_of_largest(const double* line, int64_t length) {
  return static_cast<double>(std::max_element(line, line + length) - line);
}

}  // namespace keraunos::loader
