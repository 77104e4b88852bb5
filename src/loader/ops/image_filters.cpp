// Filters of images, channel by channel: edges, blur, and structural similarity.
#include <cmath>

#include "loader/layers/common/memory.h"
#include "loader/ops/conversions.h"
#include "loader/ops/images.h"

namespace keraunos::loader {
namespace {

constexpr int64_t kMostTaps = 4096;

// Extends each side by one row and column, reflected without the edge itself.
Value mirrored_edge(OperationCall& call, Value x, int axis) {
  const int64_t extent = call.l.dim(x, axis).size;
  if (extent < 2) call.l.refuse("mirrors an axis of " + std::to_string(extent) + " elements");
  const Value parts[] = {call.l.slice_axis(x, axis, 1, 1), x, call.l.slice_axis(x, axis, extent - 2, 1)};
  return call.l.concatenate(parts, axis);
}

// (N, H, W, C) → (N, H, W, C, 2): gradients along rows and columns.
Value sobel(OperationCall& call, Value x) {
  const Value wide = mirrored_edge(call, mirrored_edge(call, x, 1), 2);
  const Value found = filtered(call, wide, {{-1, -2, -1, 0, 0, 0, 1, 2, 1}, {-1, 0, 1, -2, 0, 2, -1, 0, 1}}, 3, 3, false);
  Shape shape = call.l.shape(x);
  shape.push_back(Dim{2});
  return call.l.reshape(found, shape);
}

std::vector<Value> sobel_edges(OperationCall& call) {
  const Value given = call.tensor(0);
  require_real_images(call, given);
  if (call.l.rank(given) != 4) call.l.refuse("needs a batch of images, found " + call.l.dims(given).to_string());
  if (!call.is_keras3()) return {sobel(call, given)};
  const Images images(call, given, 1);
  const Value found = sobel(call, images.batch());
  const int order[] = {0, 3, 1, 2, 4};
  return {images.channels_first() ? call.l.transpose(found, order) : found};
}

// In float32 where Keras uses it: the rounding of the exponents is visible in the weights.
template <class T>
std::vector<T> bell(int64_t size, T sigma, bool divided) {
  std::vector<T> all;
  T sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    const T x = static_cast<T>(i) - static_cast<T>(size - 1) / 2;
    all.push_back(std::exp(divided ? T(-0.5) * (x / sigma) * (x / sigma) : -(x * x) / (2 * sigma * sigma)));
    sum += all.back();
  }
  for (T& weight : all) weight /= sum;
  return all;
}

std::vector<double> bell_of(DType type, int64_t size, double sigma, bool divided) {
  if (type == DType::float64) return bell<double>(size, sigma, divided);
  const std::vector<float> single = bell<float>(size, static_cast<float>(sigma), divided);
  return {single.begin(), single.end()};
}

std::vector<double> outer_taps(OperationCall& call, const std::vector<double>& rows, const std::vector<double>& columns) {
  debit(call.l, "the elements of a filter", static_cast<int64_t>(rows.size() * columns.size() * sizeof(double)));
  std::vector<double> all;
  for (const double a : rows) {
    for (const double b : columns) all.push_back(a * b);
  }
  return all;
}

void require_taps(OperationCall& call, int64_t size) {
  if (size < 1 || size > kMostTaps) call.l.refuse("has a filter of " + std::to_string(size) + " elements");
}

std::pair<double, double> two_sigmas(OperationCall& call, size_t parameter) {
  const Arg* given = call.find(parameter);
  if (given == nullptr) return {1, 1};
  const auto number = [&](const Arg& item) {
    if (const double* real = std::get_if<double>(&item.value)) return *real;
    const auto whole = known_integer(call.l, item);
    if (!whole) call.l.refuse("needs a sigma of two numbers known beforehand");
    return static_cast<double>(*whole);
  };
  if (given->list() == nullptr || given->list()->size() != 2) call.l.refuse("needs a sigma of two numbers");
  return {number(given->list()->front()), number(given->list()->back())};
}

// The taps of the second axis come first and are read as rows of the first axis's length, as in Keras.
std::vector<Value> gaussian_blur(OperationCall& call) {
  const Value given = call.tensor(0);
  require_real_images(call, given);
  const auto size = call.integers(1).value_or(std::vector<int64_t>{3, 3});
  if (size.size() != 2) call.l.refuse("needs a kernel size of two numbers");
  require_taps(call, size[0]), require_taps(call, size[1]);
  const auto [first, second] = two_sigmas(call, 2);
  const DType type = call.l.dtype(given);
  const Images images(call, given, 3);
  const std::vector<double> taps = outer_taps(call, bell_of(type, size[1], second, true), bell_of(type, size[0], first, true));
  return {images.restored(filtered(call, images.batch(), {taps}, size[0], size[1], true))};
}

// The mean similarity of an image's windows.
std::vector<Value> structural_similarity(OperationCall& call) {
  Lowering& l = call.l;
  const Value given = call.tensor(0), other = call.tensor(1);
  const DType type = l.dtype(given);
  const Images first(call, as_float(call, given), 7), second(call, l.cast(other, is_floating(type) ? type : DType::float32), 7);
  const int64_t size = call.integer(3, 11);
  require_taps(call, size);
  const Value a = first.batch(), b = second.batch();
  const std::vector<double> line = bell_of(l.dtype(a), size, call.number(4, 1.5), false), taps = outer_taps(call, line, line);
  const auto mean = [&](Value v) { return filtered(call, v, {taps}, size, size, false); };
  const double most = call.number(2, 1), c1 = std::pow(call.number(5, 0.01) * most, 2),
               c2 = std::pow(call.number(6, 0.03) * most, 2);
  const Value ma = mean(a), mb = mean(b), aa = l.multiply(ma, ma), bb = l.multiply(mb, mb), ab = l.multiply(ma, mb);
  const Value va = l.subtract(mean(l.multiply(a, a)), aa), vb = l.subtract(mean(l.multiply(b, b)), bb);
  const Value cov = l.subtract(mean(l.multiply(a, b)), ab);
  const Value above = l.multiply(l.add(l.multiply(ab, 2), c1), l.add(l.multiply(cov, 2), c2));
  const Value below = l.multiply(l.add(l.add(aa, bb), c1), l.add(l.add(va, vb), c2));
  const int window[] = {1, 2}, channels[] = {1};
  const Value alike = l.reduce(Reduction::mean, l.reduce(Reduction::mean, l.divide(above, below), window), channels);
  return {l.cast(first.is_one() ? l.squeeze(alike, 0) : alike, type)};
}

}  // namespace

std::vector<Operation> image_filters_operations() {
  return {
      {{"SobelEdges"}, {"image.sobel_edges"}, {"images|image", "data_format"}, sobel_edges},
      {{"GaussianBlur"}, {}, {"images", "kernel_size", "sigma", "data_format"}, gaussian_blur},
      {{"SSIM"},
       {},
       {"image1", "image2", "max_val", "filter_size", "filter_sigma", "k1", "k2", "data_format"},
       structural_similarity,
       2},
  };
}

}  // namespace keraunos::loader
