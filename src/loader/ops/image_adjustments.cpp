// TensorFlow's simple changes of images: flips, brightness, contrast, standardisation.
#include <cmath>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "loader/ops/conversions.h"
#include "loader/ops/images.h"

namespace keraunos::loader {
namespace {

Value image_of(OperationCall& call) {
  const Value x = call.tensor(0);
  if (call.l.rank(x) != 3 && call.l.rank(x) != 4)
    call.l.refuse("needs an image of rank 3 or a batch of rank 4, found " + call.l.dims(x).to_string());
  return x;
}

Operation turned_over(const char* name, int axis_from_end) {
  const auto body = [axis_from_end](OperationCall& call) -> std::vector<Value> {
    return {call.l.reverse(image_of(call), -axis_from_end)};
  };
  return {{}, {name}, {"image"}, body};
}

// Floating types other than float16 are computed in float32.
std::pair<Value, DType> adjustable(OperationCall& call, bool half) {
  const Value x = image_of(call);
  const DType type = call.l.dtype(x);
  if (!is_floating(type)) call.l.refuse("changes images of " + std::string(name_of(type)) + ", which is not supported");
  return {half && type == DType::float16 ? x : call.l.cast(x, DType::float32), type};
}

std::vector<Value> brighter(OperationCall& call) {
  const auto [x, type] = adjustable(call, true);
  return {call.l.cast(call.l.add(x, call.l.cast(call.tensor(1, call.l.dtype(x)), call.l.dtype(x))), type)};
}

// Scales around the mean of each channel.
std::vector<Value> contrasted(OperationCall& call) {
  const auto [x, type] = adjustable(call, false);
  if (type == DType::float16) call.l.refuse("changes the contrast of float16, which TensorFlow does not do on a CPU either");
  const int rank = call.l.rank(x), plane[] = {rank - 3, rank - 2};
  const Value mean = call.l.reduce(Reduction::mean, x, plane, true);
  const Value factor = call.l.cast(call.tensor(1, DType::float32), DType::float32);
  return {call.l.cast(call.l.add(call.l.multiply(call.l.subtract(x, mean), factor), mean), type)};
}

// The deviation is at least that of noise.
std::vector<Value> standardised(OperationCall& call) {
  const auto [x, type] = adjustable(call, false);
  if (type == DType::float16) call.l.refuse("standardises float16, which is not supported");
  const int rank = call.l.rank(x), axes[] = {rank - 3, rank - 2, rank - 1};
  const Shape shape = call.l.shape(x);
  const int64_t pixels = host::elements_of({shape.end() - 3, shape.end()});
  const Value centred = call.l.subtract(x, call.l.reduce(Reduction::mean, x, axes, true));
  const Value variance = call.l.reduce(Reduction::mean, call.l.unary(Function::square, centred), axes, true);
  const Value least = number_like(call, 1 / std::sqrt(static_cast<double>(pixels)), x);
  const Value deviation = call.l.binary(Function::maximum, call.l.unary(Function::sqrt, variance), least);
  return {call.l.cast(call.l.divide(centred, deviation), type)};
}

}  // namespace

std::vector<Operation> image_adjustments_operations() {
  return {
      turned_over("image.flip_left_right", 2),
      turned_over("image.flip_up_down", 3),
      {{}, {"image.adjust_brightness"}, {"image", "delta"}, brighter},
      {{}, {"image.adjust_contrast"}, {"images", "contrast_factor"}, contrasted},
      {{}, {"image.per_image_standardization"}, {"image"}, standardised},
  };
}

}  // namespace keraunos::loader
