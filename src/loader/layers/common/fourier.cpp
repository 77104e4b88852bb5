#include "loader/layers/common/fourier.h"

#include <cmath>
#include <complex>
#include <numbers>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "loader/layers/common/memory.h"

namespace keraunos::loader {
namespace {

// In float32 longer sums are less exact than Keras's transform. With 16 terms our largest error is up to 2.8 times that of
// TensorFlow (lengths 12 to 6,054), with 8 up to 1.9 times, 2.1 times for 31 and 2.3 times for 17.
constexpr int64_t kMostTerms = 8;

void debit_numbers(Lowering& l, const char* what, int64_t n) {
  debit(l, std::string(what) + " of " + std::to_string(n), host::checked_multiply(n, 4 * int64_t{sizeof(double)}));
}

// exp(∓2πi · turns / n); turns are reduced first, so that no digit is lost.
std::complex<double> root(int64_t turns, int64_t n, Direction direction) {
  const double angle = 2 * std::numbers::pi * static_cast<double>(turns % n) / static_cast<double>(n);
  return {std::cos(angle), direction == Direction::forward ? -std::sin(angle) : std::sin(angle)};
}

Complex each(Complex x, const std::function<Value(Value)>& change) {
  return {change(x.real), x.imaginary ? change(x.imaginary) : Value{}};
}

Complex complex_product(Lowering& l, Complex a, Complex b, bool real_only = false) {
  if (!a.imaginary) return {l.multiply(a.real, b.real), real_only ? Value{} : l.multiply(a.real, b.imaginary)};
  const Value real = l.subtract(l.multiply(a.real, b.real), l.multiply(a.imaginary, b.imaginary));
  if (real_only) return {real, {}};
  return {real, l.add(l.multiply(a.real, b.imaginary), l.multiply(a.imaginary, b.real))};
}

// x times the matrix, in full precision on a GPU too: TF32 is meant for products with weights, and Keras's transforms do not use
// it.
Value product(Lowering& l, Value x, Value matrix) {
  Shape result = l.shape(x);
  const Dim terms = result.back();
  result.back() = l.dim(matrix, 1);
  const Shape rows(result.begin(), result.end() - 1);
  const Value flat = l.reshape(x, {host::product_of(rows), terms});
  return l.reshape(host::graph_of(l).add(host::MatMul{.full_precision = true}, {flat, matrix})[0], result);
}

// One product: real and imaginary parts side by side, in the operand and in the result.
Complex by_matrix(Lowering& l, Complex x, Wanted wanted, Direction direction) {
  const int64_t n = l.dim(x.real, -1).size, results = wanted.results, columns = wanted.real_only ? results : 2 * results;
  const int64_t rows = x.imaginary ? 2 * n : n;
  std::vector<double> matrix(static_cast<size_t>(rows * columns));
  for (int64_t j = 0; j < rows; ++j) {
    for (int64_t k = 0; k < columns; ++k) {
      const std::complex<double> w = root((j % n) * (k % results), n, direction);
      const bool from_imaginary = j >= n, to_imaginary = k >= results;
      const double part = from_imaginary == to_imaginary ? w.real() : from_imaginary ? -w.imag() : w.imag();
      matrix[static_cast<size_t>(j * columns + k)] = part;
    }
  }
  const Value given[] = {x.real, x.imaginary};
  const Value all = x.imaginary ? l.concatenate(given, -1) : x.real;
  const Value y = product(l, all, rounded_constant(l, matrix, Dims{rows, columns}, l.dtype(x.real)));
  if (wanted.real_only) return {y, {}};
  return {l.slice_axis(y, -1, 0, results), l.slice_axis(y, -1, results, results)};
}

// The divisor of n, at most kMostTerms, that divides n most evenly; 0 where there is none.
int64_t factor_of(int64_t n) {
  int levels = 1;
  for (int64_t reach = kMostTerms; reach < n; reach = host::checked_multiply(reach, kMostTerms)) ++levels;
  const double ideal = std::log(static_cast<double>(n)) / levels;
  int64_t best = 0;
  double least = 0;
  for (int64_t a = 2; a <= kMostTerms; ++a) {
    const double away = std::abs(std::log(static_cast<double>(a)) - ideal);
    if (n % a == 0 && (best == 0 || away < least)) best = a, least = away;
  }
  return best;
}

// Cooley and Tukey: n = a·b, x[j·b + i] is transformed along j, multiplied by exp(∓2πi·i·k / n), and transformed along i.
// Frequency k + a·m has the indices k and m.
Complex by_factors(Lowering& l, Complex x, int64_t a, Wanted wanted, Direction direction) {
  const int64_t n = l.dim(x.real, -1).size, b = n / a;
  debit_numbers(l, "the turns of a Fourier transform", n);
  std::vector<double> real, imaginary;
  for (int64_t i = 0; i < b; ++i) {
    for (int64_t k = 0; k < a; ++k) {
      const std::complex<double> w = root(i * k, n, direction);
      real.push_back(w.real()), imaginary.push_back(w.imag());
    }
  }
  const DType type = l.dtype(x.real);
  Complex y = each(x, [&](Value v) { return with_swapped_ends(l, with_last_axes(l, v, 1, {a, b})); });
  y = complex_product(l, by_matrix(l, y, {.results = a}, direction),
                      {rounded_constant(l, real, Dims{b, a}, type), rounded_constant(l, imaginary, Dims{b, a}, type)});
  const int64_t blocks = (wanted.results - 1) / a + 1;
  y = transformed(l, each(y, [&](Value v) { return with_swapped_ends(l, v); }), {blocks, wanted.real_only}, direction);
  return each(y, [&](Value v) {
    return l.slice_axis(with_last_axes(l, with_swapped_ends(l, v), 2, {host::checked_multiply(a, blocks)}), -1, 0,
                        wanted.results);
  });
}

// A transform of 2^m numbers, for constants.
std::vector<std::complex<double>> transform_of(const std::vector<std::complex<double>>& x) {
  const size_t n = x.size(), half = n / 2;
  if (n == 1) return x;
  std::vector<std::complex<double>> even(half), odd(half), y(n);
  for (size_t i = 0; i < half; ++i) even[i] = x[2 * i], odd[i] = x[2 * i + 1];
  even = transform_of(even), odd = transform_of(odd);
  for (size_t k = 0; k < half; ++k) {
    const auto turned = root(static_cast<int64_t>(k), static_cast<int64_t>(n), Direction::forward) * odd[k];
    y[k] = even[k] + turned, y[k + half] = even[k] - turned;
  }
  return y;
}

struct Parts {
  std::vector<double> real, imaginary;
  explicit Parts(std::span<const std::complex<double>> numbers) {
    for (const auto& v : numbers) real.push_back(v.real()), imaginary.push_back(v.imag());
  }
  Complex as_constant(Lowering& l, DType type) const {
    const Dims dims{static_cast<int64_t>(real.size())};
    return {rounded_constant(l, real, dims, type), rounded_constant(l, imaginary, dims, type)};
  }
};

// Bluestein: with j·k = (j² + k² − (k − j)²) / 2 a transform of any length becomes a convolution, which is computed by two
// transforms whose length is a power of two.
Complex by_convolution(Lowering& l, Complex x, Wanted wanted, Direction direction) {
  const int64_t n = l.dim(x.real, -1).size;
  int64_t length = 1;
  while (length < n + wanted.results - 1) length *= 2;
  debit_numbers(l, "the chirp of a Fourier transform", length);
  const auto chirp = [&](int64_t k) { return root(k * k % (2 * n), 2 * n, direction); };
  std::vector<std::complex<double>> chirps, kernel(static_cast<size_t>(length));
  for (int64_t k = 0; k < n; ++k) chirps.push_back(chirp(k));
  for (int64_t k = 0; k < wanted.results; ++k) kernel[static_cast<size_t>(k)] = std::conj(chirps[static_cast<size_t>(k)]);
  for (int64_t k = 1; k < n; ++k) kernel[static_cast<size_t>(length - k)] = std::conj(chirps[static_cast<size_t>(k)]);
  kernel = transform_of(kernel);
  for (auto& v : kernel) v /= static_cast<double>(length);

  const DType type = l.dtype(x.real);
  Complex y = complex_product(l, x, Parts(chirps).as_constant(l, type));
  y = each(y, [&](Value v) { return with_extent(l, v, length); });
  y = transformed(l, y, {.results = length}, Direction::forward);
  y = transformed(l, complex_product(l, y, Parts(kernel).as_constant(l, type)), {.results = wanted.results}, Direction::backward);
  const auto first = std::span(chirps).first(static_cast<size_t>(wanted.results));
  return complex_product(l, y, Parts(first).as_constant(l, type), wanted.real_only);
}

}  // namespace

Complex transformed(Lowering& l, Complex x, Wanted wanted, Direction direction) {
  const int64_t n = l.dim(x.real, -1).size;
  if (n <= kMostTerms) return by_matrix(l, x, wanted, direction);
  const int64_t a = factor_of(n);
  return a > 0 ? by_factors(l, x, a, wanted, direction) : by_convolution(l, x, wanted, direction);
}

// The results after the middle are the conjugates of those before it.
Value inverse_of_real(Lowering& l, Complex half, int64_t n) {
  const int64_t given = n / 2 + 1, rest = n - given;
  const auto behind = [&](Value v) { return l.reverse(l.slice_axis(v, -1, 1, rest), -1); };
  if (rest > 0) {
    const Value real[] = {half.real, behind(half.real)};
    const Value imaginary[] = {half.imaginary, l.unary(Function::negate, behind(half.imaginary))};
    half = {l.concatenate(real, -1), l.concatenate(imaginary, -1)};
  } else {
    half = each(half, [&](Value v) { return l.slice_axis(v, -1, 0, n); });
  }
  const Complex y = transformed(l, half, {.results = n, .real_only = true}, Direction::backward);
  return l.multiply(y.real, 1.0 / static_cast<double>(n));
}

Value rounded_constant(Lowering& l, const std::vector<double>& numbers, const Dims& dims, DType type) {
  if (type == DType::float64) return l.constant(TensorView(numbers, dims));
  const std::vector<float> rounded(numbers.begin(), numbers.end());
  return l.constant(TensorView(rounded, dims));
}

Value with_swapped_ends(Lowering& l, Value x) {
  std::vector<int> order(static_cast<size_t>(l.rank(x)));
  for (int axis = 0; axis < l.rank(x); ++axis) order[static_cast<size_t>(axis)] = axis;
  std::swap(order[order.size() - 2], order[order.size() - 1]);
  return l.transpose(x, order);
}

Value with_last_axes(Lowering& l, Value x, int drop, std::initializer_list<int64_t> last) {
  Shape shape = l.shape(x);
  shape.resize(shape.size() - static_cast<size_t>(drop));
  for (int64_t extent : last) shape.push_back({extent});
  return l.reshape(x, shape);
}

void require_transformable(Lowering& l, Value x) {
  if (l.dtype(x) != DType::float32 && l.dtype(x) != DType::float64)
    l.refuse("transforms numbers of type " + std::string(name_of(l.dtype(x))) + "; TensorFlow takes float32 and float64");
  if (l.rank(x) < 1 || l.dim(x, -1).size < 1) l.refuse("transforms a tensor " + l.dims(x).to_string() + " without elements");
}

Value with_extent(Lowering& l, Value x, int64_t extent) {
  const int64_t found = l.dim(x, -1).size;
  if (found >= extent) return found == extent ? x : l.slice_axis(x, -1, 0, extent);
  const std::vector<int64_t> low(static_cast<size_t>(l.rank(x)), 0);
  std::vector<int64_t> high = low;
  high.back() = extent - found;
  return l.pad(x, low, high, 0);
}

}  // namespace keraunos::loader
