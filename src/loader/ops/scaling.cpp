// keras.ops.image.scale_and_translate: scales and moves axes by numbers that may be tensors.
#include <numbers>

#include "host/graph/extent.h"
#include "loader/layers/common/places.h"
#include "loader/ops/axes.h"
#include "loader/ops/conversions.h"
#include "loader/ops/images.h"

namespace keraunos::loader {
namespace {

class ScaledAxis {
 public:
  ScaledAxis(OperationCall& call, std::string method, bool antialias)
      : call_(call), l(call.l), method_(std::move(method)), antialias_(antialias) {}

  /// (from, to): the weight of each element in each result. `scale` and `offset` have one floating dtype.
  Value weights(int64_t from, int64_t to, Value scale, Value offset) const {
    const DType type = l.dtype(scale);
    const Value inverse = l.unary(Function::reciprocal, scale);
    const Value widened_by = antialias_ ? l.binary(Function::maximum, inverse, l.scalar(1, type)) : l.scalar(1, type);
    Value sample = l.multiply(l.add(line_of(to, 1, type), 0.5), inverse);
    sample = l.add(l.subtract(sample, l.multiply(offset, inverse)), -0.5);
    const Value apart = l.unary(Function::abs, l.subtract(sample, line_of(from, 0, type)));
    Value w = kernel(l.divide(apart, widened_by));
    const int along[] = {0};
    const Value sum = l.reduce(Reduction::sum, w, along, true), zero = l.scalar(0, type);
    const Value counts = l.binary(Function::greater, l.unary(Function::abs, sum), l.scalar(1000 * 0x1p-23, type));
    const Value divisor = l.select(l.binary(Function::equal, sum, zero), l.scalar(1, type), sum);
    w = l.select(counts, l.divide(w, divisor), zero);
    const Value inside = l.binary(Function::logical_and, l.binary(Function::greater_equal, sample, l.scalar(-0.5, type)),
                                  l.binary(Function::less_equal, sample, l.scalar(static_cast<double>(from) - 0.5, type)));
    return l.select(inside, w, zero);
  }

 private:
  Value line_of(int64_t count, int axis, DType type) const { return l.cast(numbers_up_to(l, count, axis, 2), type); }

  Value kernel(Value x) const {
    const auto number = [&](double value) { return number_like(call_, value, x); };
    if (method_ == "linear") return l.binary(Function::maximum, number(0), l.subtract(number(1), l.unary(Function::abs, x)));
    if (method_ == "cubic") return cubic(x);
    const double radius = method_ == "lanczos3" ? 3 : 5;
    const Value angle = l.multiply(x, std::numbers::pi);
    const Value y =
        l.multiply(l.multiply(l.unary(Function::sin, angle), radius), l.unary(Function::sin, l.divide(angle, number(radius))));
    const Value square = l.multiply(l.unary(Function::square, x), std::numbers::pi * std::numbers::pi);
    const Value divisor = l.select(l.binary(Function::equal, x, number(0)), number(1), square);
    const Value out = l.select(l.binary(Function::greater, x, number(1e-3)), l.divide(y, divisor), number(1));
    return l.select(l.binary(Function::greater, x, number(radius)), number(0), out);
  }

  // Keys's cubic.
  Value cubic(Value x) const {
    const auto number = [&](double value) { return number_like(call_, value, x); };
    const Value near = l.add(l.multiply(l.multiply(l.add(l.multiply(x, 1.5), -2.5), x), x), 1);
    const Value far = l.add(l.multiply(l.add(l.multiply(l.add(l.multiply(x, -0.5), 2.5), x), -4), x), 2);
    const Value out = l.select(l.binary(Function::greater_equal, x, number(1)), far, near);
    return l.select(l.binary(Function::greater_equal, x, number(2)), number(0), out);
  }

  OperationCall& call_;
  Lowering& l;
  std::string method_;
  bool antialias_;
};

std::string kernel_name(OperationCall& call) {
  std::string method = call.text(5).value_or("");
  if (method == "linear" || method == "bilinear" || method == "trilinear") return "linear";
  if (method == "cubic" || method == "bicubic" || method == "tricubic") return "cubic";
  if (method == "lanczos3" || method == "lanczos5") return method;
  call.l.refuse("scales by \"" + method + "\", which Keras does not do either");
}

Value one_of(OperationCall& call, Value numbers, size_t i) {
  return call.l.squeeze(call.l.slice_axis(numbers, 0, static_cast<int64_t>(i), 1), 0);
}

// The sizes after scaling. Sizes of axes that are not scaled are not read; the size of the batch axis may be None.
std::optional<std::vector<int64_t>> target_sizes(OperationCall& call) {
  const Arg* argument = call.find(1);
  const Arg::List* list = argument == nullptr ? nullptr : argument->list();
  if (list == nullptr) return call.integers(1);
  std::vector<int64_t> sizes;
  for (const Arg& item : *list) {
    const auto* size = std::get_if<int64_t>(&item.value);
    if (size == nullptr && !item.is_none()) return call.integers(1);
    sizes.push_back(size == nullptr ? 0 : *size);
  }
  return sizes;
}

std::vector<Value> scale_and_translate(OperationCall& call) {
  Lowering& l = call.l;
  const Value x = call.tensor(0);
  require_real_images(call, x);
  const auto sizes = target_sizes(call);
  const auto [scale, offset] = call.operands(2, 3, OperationCall::PythonNumbers::strong);
  if (l.rank(x) < 2 || !call.has(4) || !sizes || static_cast<int>(sizes->size()) != l.rank(x))
    l.refuse("needs the spatial axes and a size for each axis of " + l.dims(x).to_string());
  const std::vector<int> axes = call.ordered_axes(4, l.rank(x));
  const auto count = static_cast<int64_t>(axes.size());
  if (!is_floating(l.dtype(scale)) || l.rank(scale) != 1 || l.rank(offset) != 1 || l.dim(scale, 0).size < count ||
      l.dim(offset, 0).size < count)
    l.refuse("needs a scale and a translation, floating numbers, for each spatial axis");
  const ScaledAxis scaled(call, kernel_name(call), call.flag(6, true));
  Value y = x;
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t from = l.dim(y, axes[i]).size, to = (*sizes)[static_cast<size_t>(axes[i])];
    if (to < 1 || to > Range::kMostExtent) l.refuse("scales to " + std::to_string(to) + " elements");
    const Value weights = l.cast(scaled.weights(from, to, one_of(call, scale, i), one_of(call, offset, i)), l.dtype(y));
    const int own[] = {axes[i]}, last[] = {l.rank(y) - 1};
    y = moved(call, l.matmul(moved(call, y, own, last), weights), last, own);
  }
  return {y};
}

}  // namespace

std::vector<Operation> scaling_operations() {
  return {{{"ScaleAndTranslate"},
           {},
           {"images", "output_shape", "scale", "translation", "spatial_dims", "method", "antialias"},
           scale_and_translate,
           4}};
}

}  // namespace keraunos::loader
