#include "cli/diff_tensors.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "host/run/convert.h"

namespace keraunos::cli {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

Tensor as_doubles(const Tensor& tensor) {
  Tensor doubles(DType::float64, tensor.dims());
  host::convert(tensor.data(), tensor.dtype(), doubles.data(), DType::float64, tensor.dims().elements());
  return doubles;
}

std::string number_text(double number) {
  std::array<char, 40> room{};
  std::snprintf(room.data(), room.size(), "%.9g", number);
  return room.data();
}

struct Element {
  double abs = 0, rel = 0, excess = 0;  // `excess`: in units of the tolerance
};

Element element_of(double a, double b, const Tolerance& tolerance) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return {};
  const double abs = std::abs(a - b);
  if (!std::isfinite(abs)) return {kInfinite, kInfinite, kInfinite};
  const double allowed = tolerance.atol + tolerance.rtol * std::abs(b);
  return {abs, b == 0 ? kInfinite : abs / std::abs(b), allowed > 0 ? abs / allowed : kInfinite};
}

ArrayDifference difference_of_numbers(const Tensor& a, const Tensor& b, const Tolerance& tolerance) {
  const Tensor left = as_doubles(a), right = as_doubles(b);
  const auto x = left.values<double>(), y = right.values<double>();
  ArrayDifference difference;
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const Element element = element_of(x[i], y[i], tolerance);
    difference.max_abs = std::max(difference.max_abs, element.abs);
    difference.max_rel = std::max(difference.max_rel, element.rel);
    if (element.excess > 1) ++difference.elements;
    if (element.excess > worst) worst = element.excess, difference.worst = static_cast<int64_t>(i);
  }
  difference.differs = difference.elements > 0;
  if (x.empty()) return difference;
  const auto at = static_cast<size_t>(difference.worst);
  difference.where = place_text(difference.worst, a.dims()) + ": " + number_text(x[at]) + " and " + number_text(y[at]);
  return difference;
}

ArrayDifference difference_of_texts(const Tensor& a, const Tensor& b) {
  const auto x = a.values<std::string_view>(), y = b.values<std::string_view>();
  ArrayDifference difference;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i] || difference.elements++ > 0) continue;
    difference.worst = static_cast<int64_t>(i);
    difference.where =
        place_text(difference.worst, a.dims()) + ": \"" + std::string(x[i]) + "\" and \"" + std::string(y[i]) + '"';
  }
  difference.differs = difference.elements > 0;
  if (difference.differs) difference.max_abs = difference.max_rel = kInfinite;
  return difference;
}

}  // namespace

std::string place_text(int64_t flat, const Dims& dims) {
  std::string text;
  for (int axis = dims.rank() - 1; axis >= 0; --axis) {
    text = std::to_string(flat % dims[axis]) + (text.empty() ? "" : ", ") + text;
    flat /= dims[axis];
  }
  return '(' + text + (dims.rank() == 1 ? ",)" : ")");
}

ArrayDifference difference_of(const Tensor& a, const Tensor& b, const Tolerance& tolerance) {
  if (a.dtype() != DType::string && b.dtype() != DType::string) return difference_of_numbers(a, b, tolerance);
  if (a.dtype() == b.dtype()) return difference_of_texts(a, b);
  return {.differs = true, .max_abs = kInfinite, .max_rel = kInfinite, .where = "text and numbers"};
}

}  // namespace keraunos::cli
