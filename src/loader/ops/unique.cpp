// Distinct elements, or slices along an axis. The host finds them, because without a size their number depends on the data.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "host/graph/extent.h"
#include "keraunos/kernel.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

// Equality of rows, element by element: two NaN differ, 0 and −0 are equal. NaN comes after all numbers.
template <class T>
struct RowsOf {
  const T* data;
  int64_t width;

  auto at(int64_t row, int64_t i) const {
    if constexpr (sizeof(T) == 2 && !std::is_integral_v<T>)
      return static_cast<float>(data[row * width + i]);
    else
      return data[row * width + i];
  }
  bool less(int64_t a, int64_t b) const {
    for (int64_t i = 0; i < width; ++i) {
      const auto x = at(a, i), y = at(b, i);
      if (x < y) return true;
      if (y < x) return false;
      if ((x != x) != (y != y)) return y != y;
    }
    return false;
  }
  bool equal(int64_t a, int64_t b) const {
    for (int64_t i = 0; i < width; ++i) {
      if (!(at(a, i) == at(b, i))) return false;
    }
    return true;
  }
};

struct Distinct {
  std::vector<int32_t> first, inverse, counts;  // first index of each, index of each row's representative, number of occurrences
};

template <class T>
Distinct found_in(const RowsOf<T>& rows, int64_t count, bool sorted) {
  std::vector<int32_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return rows.less(a, b); });
  Distinct found;
  found.inverse.resize(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || !rows.equal(order[i - 1], order[i])) found.first.push_back(order[i]), found.counts.push_back(0);
    ++found.counts.back();
    found.inverse[static_cast<size_t>(order[i])] = static_cast<int32_t>(found.first.size() - 1);
  }
  if (sorted) return found;
  std::vector<int32_t> by_place(found.first.size()), number(found.first.size());
  std::iota(by_place.begin(), by_place.end(), 0);
  std::sort(by_place.begin(), by_place.end(),
            [&](int32_t a, int32_t b) { return found.first[static_cast<size_t>(a)] < found.first[static_cast<size_t>(b)]; });
  Distinct moved;
  for (size_t i = 0; i < by_place.size(); ++i) {
    const auto from = static_cast<size_t>(by_place[i]);
    number[from] = static_cast<int32_t>(i);
    moved.first.push_back(found.first[from]), moved.counts.push_back(found.counts[from]);
  }
  for (const int32_t which : found.inverse) moved.inverse.push_back(number[static_cast<size_t>(which)]);
  return moved;
}

Distinct found_in(const TensorView& x, bool sorted) {
  const int64_t count = x.dims[0], width = x.dims[1];
  const auto as = [&]<class T>(T) { return found_in(RowsOf<T>{static_cast<const T*>(x.data), width}, count, sorted); };
  switch (x.dtype) {
    case DType::float32: return as(float{});
    case DType::float64: return as(double{});
    case DType::float16: return as(float16{});
    case DType::bfloat16: return as(bfloat16{});
    case DType::int8: return as(int8_t{});
    case DType::int16: return as(int16_t{});
    case DType::uint16: return as(uint16_t{});
    case DType::int32: return as(int32_t{});
    case DType::uint32: return as(uint32_t{});
    case DType::int64: return as(int64_t{});
    case DType::uint64: return as(uint64_t{});
    default: return as(uint8_t{});
  }
}

// x (rows, width), fill value (1) of x's dtype → the distinct rows, the first index of each, the representative's index for each
// row of x, the number of occurrences. With a size there are that many results: missing ones are filled, as in Keras, indices
// with 1 and counts with 0; rows beyond the size are dropped.
class UniqueKernel final : public Kernel {
 public:
  UniqueKernel(bool sorted, std::optional<int64_t> size) : sorted_(sorted), size_(size) {}
  std::string name() const override { return "unique"; }
  std::string parameters() const override {
    return (sorted_ ? "sorted" : "") + (size_ ? " size=" + std::to_string(*size_) : std::string());
  }

  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    if (!size_) return std::nullopt;
    return types(inputs[0].dtype, inputs[0].dims, *size_);
  }

  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    write(inputs, outputs, found_in(inputs[0], sorted_));
  }

  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const Distinct found = found_in(inputs[0], sorted_);
    std::vector<Tensor> results;
    std::vector<MutableView> views;
    for (const TensorType& type : types(inputs[0].dtype, inputs[0].dims, static_cast<int64_t>(found.first.size()))) {
      results.emplace_back(type.dtype, type.dims);
      views.push_back(results.back().mutable_view());
    }
    write(inputs, views, found);
    return results;
  }

 private:
  static std::vector<TensorType> types(DType type, const Dims& rows, int64_t count) {
    return {
        {type, Dims{count, rows[1]}}, {DType::int32, Dims{count}}, {DType::int32, Dims{rows[0]}}, {DType::int32, Dims{count}}};
  }

  static void write(std::span<const TensorView> inputs, std::span<const MutableView> outputs, const Distinct& found) {
    const auto bytes = static_cast<size_t>(size_of(inputs[0].dtype)), row = bytes * static_cast<size_t>(inputs[0].dims[1]);
    const auto size = static_cast<size_t>(outputs[1].dims[0]), kept = std::min(size, found.first.size());
    auto* to = static_cast<std::byte*>(outputs[0].data);
    for (size_t i = 0; i < kept && row > 0; ++i)
      std::memcpy(to + i * row, static_cast<const std::byte*>(inputs[0].data) + static_cast<size_t>(found.first[i]) * row, row);
    for (size_t i = kept * row; i < size * row; i += bytes) std::memcpy(to + i, inputs[1].data, bytes);
    write_list(outputs[1], found.first, 1), write_list(outputs[2], found.inverse, 0), write_list(outputs[3], found.counts, 0);
  }

  static void write_list(const MutableView& to, const std::vector<int32_t>& from, int32_t fill) {
    auto* numbers = static_cast<int32_t*>(to.data);
    for (size_t i = 0; i < static_cast<size_t>(to.dims[0]); ++i) numbers[i] = i < from.size() ? from[i] : fill;
  }

  bool sorted_;
  std::optional<int64_t> size_;
};

void refuse_what_no_rows_have(OperationCall& call, Value rows) {
  if (call.l.dtype(rows) == DType::string) call.l.refuse("finds distinct texts, which is not supported");
  if (call.l.dim(rows, 0).size > std::numeric_limits<int32_t>::max()) call.l.refuse("numbers more than 2^31 elements as int32");
}

std::vector<Value> unique_rows(OperationCall& call, Value rows, bool sorted, std::optional<int64_t> size, double fill) {
  refuse_what_no_rows_have(call, rows);
  const Value operands[] = {rows, call.l.reshape(call.l.cast(call.l.scalar(fill, DType::float64), call.l.dtype(rows)), {Dim{1}})};
  return call.l.call(std::make_shared<UniqueKernel>(sorted, size), operands);
}

// keras.ops: the values, then the requested ones of indices, inverse and counts.
std::vector<Value> unique(OperationCall& call) {
  const Value x = call.tensor(0);
  if (call.l.dtype(x) == DType::boolean) call.l.refuse("finds distinct booleans, which Keras does not do either");
  const bool flat = !call.has(5);
  const int axis = flat ? 0 : call.axis(5, call.l.rank(x), 0);
  // Keras exchanges the axis with the first one, which determines the sort order of slices.
  std::vector<int> order(static_cast<size_t>(call.l.rank(x)));
  std::iota(order.begin(), order.end(), 0);
  if (!flat) std::swap(order[0], order[static_cast<size_t>(axis)]);
  const Value ordered = flat ? flattened(call, x) : call.l.transpose(x, order);
  Shape rest = call.l.shape(ordered);
  const Dim count = rest.front();
  rest.erase(rest.begin());
  std::optional<int64_t> size;
  if (call.has(6)) size = call.integer(6, 0);
  if (size && (*size < 0 || *size > std::max(count.size, kMostPieces)))
    call.l.refuse("has room for " + std::to_string(*size) + " elements, of which there are " + std::to_string(count.size));
  const Value rows = call.l.reshape(ordered, {count, host::product_of(rest)});
  std::vector<Value> found = unique_rows(call, rows, call.flag(1, true), size, call.number(7, 0));
  Shape shape{call.l.dim(found[0], 0)};
  shape.insert(shape.end(), rest.begin(), rest.end());
  std::vector<Value> results{call.l.reshape(found[0], shape)};
  if (!flat) results[0] = call.l.transpose(results[0], order);
  if (call.flag(2, false)) results.push_back(found[1]);
  if (call.flag(3, false)) results.push_back(flat ? call.l.reshape(found[2], call.l.shape(x)) : found[2]);
  if (call.flag(4, false)) results.push_back(found[3]);
  return results;
}

// tf.unique: the values in order of first occurrence, and the index of each element's value.
Operation tensorflow_unique(const char* name, bool counts) {
  const auto body = [counts](OperationCall& call) -> std::vector<Value> {
    const Value x = call.tensor(0);
    if (call.l.rank(x) != 1) call.l.refuse("expects a tensor of rank 1, found " + call.l.dims(x).to_string());
    const auto found = unique_rows(call, call.l.expand_dims(x, 1), false, std::nullopt, 0);
    const DType type = call.dtype(1).value_or(DType::int32);
    std::vector<Value> results{call.l.squeeze(found[0], 1), call.l.cast(found[2], type)};
    if (counts) results.push_back(call.l.cast(found[3], type));
    return results;
  };
  return {{}, {name}, {"x", "out_idx"}, body};
}

}  // namespace

std::vector<Operation> unique_operations() {
  return {
      {{"Unique"}, {}, {"x", "sorted", "return_index", "return_inverse", "return_counts", "axis", "size", "fill_value"}, unique},
      tensorflow_unique("unique", false),
      tensorflow_unique("unique_with_counts", true),
  };
}

}  // namespace keraunos::loader
