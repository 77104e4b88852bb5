// Operations of TensorFlow's list (tf.raw_ops) to which layers of Keras are traced, and which differ from all functions.
// Parameters are the operation's inputs, then its attributes.
#include <algorithm>
#include <cmath>

#include "loader/layers/common/resampling.h"
#include "loader/ops/geometry.h"
#include "loader/ops/literal.h"

namespace keraunos::loader {
namespace {

struct Moments {
  Value mean, variance, unbiased;
};

// Statistics of each channel, as Keras's LayerNormalization uses them: its rows are the channels here, and is_training is set.
Moments moments_of(Lowering& l, Value x) {
  std::vector<int> axes;
  int64_t count = 1;
  for (int axis = 0; axis + 1 < l.rank(x); ++axis) {
    axes.push_back(axis);
    count *= l.dim(x, axis).size;
  }
  const Value mean = l.reduce(Reduction::mean, x, axes);
  const Value variance = l.reduce(Reduction::mean, l.unary(Function::square, l.subtract(x, mean)), axes);
  const auto n = static_cast<double>(count);
  return {mean, variance, count > 1 ? l.multiply(variance, n / (n - 1)) : variance};
}

// After the normalised tensor TensorFlow returns the statistics, which inference passes on, and memory for its gradient.
std::vector<Value> fused_batch_norm(OperationCall& call) {
  const Layout layout(call, 7, call.tensor(0));
  const Value x = layout.last(call.tensor(0));
  const bool of_batch = call.flag(6, true);
  const Value scale = call.tensor(1), offset = call.tensor(2), mean_given = call.tensor(3), variance_given = call.tensor(4);
  const DType wide = call.l.dtype(scale);
  const Moments moments =
      of_batch ? moments_of(call.l, call.l.cast(x, wide)) : Moments{mean_given, variance_given, variance_given};
  const auto [mean, variance, unbiased] = moments;
  constexpr double kUsualEpsilon = 1e-4;  // TensorFlow's default
  const Value deviation = call.l.unary(Function::rsqrt, call.l.add(variance, call.number(5, kUsualEpsilon)));
  const Value by = call.l.multiply(scale, deviation);
  const Value shifted = call.l.add(call.l.multiply(call.l.subtract(call.l.cast(x, wide), mean), by), offset);
  return {layout.given(call.l.cast(shifted, call.l.dtype(x))), mean, unbiased, mean, variance, variance};
}

Operation batch_norm_named(const char* name) {
  return {{},
          {name},
          {"x", "scale", "offset", "mean", "variance", "epsilon", "is_training", "data_format"},
          fused_batch_norm,
          5,
          {"exponential_avg_factor=*"}};
}

struct Resizing {
  Interpolation method;
  bool has_points;  // the operation's pixels may be points, as in TensorFlow 1
};

std::vector<Value> resized(OperationCall& call, Resizing how) {
  const Value x = call.tensor(0);
  if (call.l.rank(x) != 4) call.l.refuse("resizes images of rank 4, found " + call.l.dims(x).to_string());
  const auto size = call.integers(1);
  if (!size || size->size() != 2) call.l.refuse("is called without a size of two numbers");
  const bool corners = call.flag(2, false), centres = how.method == Interpolation::area || call.flag(3, false);
  if (corners && centres) call.l.refuse("aligns corners of pixels that have centres, which TensorFlow does not do either");
  if (!centres && !how.has_points) call.l.refuse("resizes with half_pixel_centers = False, which is not supported for it");
  return {centres ? resize(call.l, x, size->at(0), size->at(1), how.method, false)
                  : resize_points(call.l, x, size->at(0), size->at(1), how.method, corners)};
}

Operation resize_named(const char* name, Resizing how) {
  return {{},
          {name},
          {"images", "size", "align_corners", "half_pixel_centers"},
          [how](OperationCall& call) { return resized(call, how); },
          2};
}

// What tf.image.resize calls with antialias = True, and for kernels that have no operation of their own.
std::vector<Value> scale_whole_images(OperationCall& call) {
  static constexpr std::pair<std::string_view, Interpolation> kKernels[] = {
      {"triangle", Interpolation::bilinear}, {"keyscubic", Interpolation::bicubic},
      {"lanczos3", Interpolation::lanczos3}, {"lanczos5", Interpolation::lanczos5},
      {"gaussian", Interpolation::gaussian}, {"mitchellcubic", Interpolation::mitchellcubic}};
  const Value x = call.tensor(0);
  if (call.l.rank(x) != 4) call.l.refuse("resizes images of rank 4, found " + call.l.dims(x).to_string());
  const auto size = call.integers(1);
  const auto scale = literal_reals(call.l, call.tensor(2)), moved = literal_reals(call.l, call.tensor(3));
  if (!size || size->size() != 2 || !scale || scale->size() != 2 || !moved || moved->size() != 2)
    call.l.refuse("is called with a size, scale or translation that depends on data or is not of two numbers");
  for (size_t i = 0; i < 2; ++i) {
    const double whole = static_cast<double>(size->at(i)) / static_cast<double>(call.l.dim(x, static_cast<int>(i) + 1).size);
    if (moved->at(i) != 0 || !(std::abs(scale->at(i) - whole) <= 1e-6 * whole))
      call.l.refuse("scales by " + std::to_string(scale->at(i)) + " and moves by " + std::to_string(moved->at(i)) +
                    "; whole images are supported: a scale of size / extent and a translation of 0");
  }
  const std::string kernel = call.text(4).value_or("lanczos3");
  const auto found = std::find_if(std::begin(kKernels), std::end(kKernels), [&](const auto& row) { return row.first == kernel; });
  const bool antialias = call.flag(5, true);
  const bool has_operation = kernel == "triangle" || kernel == "keyscubic";  // without antialias another rounding
  if (found == std::end(kKernels) || (has_operation && !antialias))
    call.l.refuse("resizes by the kernel \"" + kernel + "\" with antialias = " + (antialias ? "True" : "False") +
                  ", which tf.image.resize does not do");
  return {resize(call.l, x, size->at(0), size->at(1), found->second, antialias)};
}

// x / (bias + alpha · the sum of squares over 2 · radius + 1 channels) ^ beta.
std::vector<Value> local_response(OperationCall& call) {
  const Value x = call.tensor(0);
  if (call.l.rank(x) != 4) call.l.refuse("normalises tensors of rank 4, found " + call.l.dims(x).to_string());
  const int64_t radius = call.integer(1, 5), channels = call.l.dim(x, -1).size;
  if (radius < 0) call.l.refuse("has a depth_radius of " + std::to_string(radius));
  const int64_t reach = std::min(radius, std::max<int64_t>(channels - 1, 0));
  // A window of ones over the channels, treated as an image with one line.
  const Shape shape = call.l.shape(x);
  Shape lines{{1}, {1}, {1}};
  for (int axis = 0; axis < 3; ++axis) {
    const Dim dim = shape[static_cast<size_t>(axis)];
    lines[0].size *= dim.size, lines[0].varies = lines[0].varies || dim.varies;
  }
  lines[1] = shape[3];
  const Value squares = call.l.reshape(call.l.unary(Function::square, x), lines);
  const std::vector<float> ones(static_cast<size_t>(2 * reach + 1), 1);
  const Value window = call.l.cast(call.l.constant(TensorView(ones, Dims{2 * reach + 1, 1, 1})), call.l.dtype(x));
  Window around;
  around.size[0] = 2 * reach + 1, around.low[0] = around.high[0] = reach;
  const Value sum = call.l.reshape(call.l.convolve(squares, window, around), shape);
  const Value base = call.l.add(call.l.multiply(sum, call.number(3, 1)), call.number(2, 1));
  return {call.l.multiply(x, call.l.binary(Function::power, base, call.l.scalar(-call.number(4, 0.5), call.l.dtype(x))))};
}

}  // namespace

std::vector<Operation> raw_layers_operations() {
  return {
      batch_norm_named("raw_ops.FusedBatchNorm"),
      batch_norm_named("raw_ops.FusedBatchNormV2"),
      batch_norm_named("raw_ops.FusedBatchNormV3"),
      resize_named("raw_ops.ResizeArea", {Interpolation::area, false}),
      resize_named("raw_ops.ResizeBicubic", {Interpolation::bicubic, false}),
      resize_named("raw_ops.ResizeBilinear", {Interpolation::bilinear, true}),
      resize_named("raw_ops.ResizeNearestNeighbor", {Interpolation::nearest, true}),
      {{},
       {"raw_ops.ScaleAndTranslate"},
       {"images", "size", "scale", "translation", "kernel_type", "antialias"},
       scale_whole_images,
       4},
      {{},
       {"raw_ops.LRN", "nn.local_response_normalization", "nn.lrn"},
       {"input", "depth_radius", "bias", "alpha", "beta"},
       local_response,
       1},
  };
}

}  // namespace keraunos::loader
