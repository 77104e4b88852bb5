// Conversions of colours.
#include "loader/ops/conversions.h"
#include "loader/ops/images.h"

namespace keraunos::loader {
namespace {

struct Channels {
  Value first, second, third;
};

Channels channels_of(OperationCall& call, Value x) {
  const int last = call.l.rank(x) - 1;
  if (call.l.dim(x, last).size != 3)
    call.l.refuse("needs images of 3 channels, found " + std::to_string(call.l.dim(x, last).size));
  const auto channel = [&](int64_t i) { return call.l.slice_axis(x, last, i, 1); };
  return {channel(0), channel(1), channel(2)};
}

Value three_channels(OperationCall& call, Value a, Value b, Value c) {
  const Value parts[] = {a, b, c};
  return call.l.concatenate(parts, call.l.rank(a) - 1);
}

Value grey(OperationCall& call, Value x) {
  const Channels rgb = channels_of(call, x);
  const Value sum = call.l.add(call.l.multiply(rgb.first, 0.2989), call.l.multiply(rgb.second, 0.5870));
  return call.l.add(sum, call.l.multiply(rgb.third, 0.1140));
}

// A grey image is not changed; integers are truncated.
std::vector<Value> keras_grey(OperationCall& call) {
  const Value given = call.tensor(0);
  const Images images(call, given, 1);
  if (call.l.dim(images.batch(), 3).size == 1) return {given};
  const DType type = call.l.dtype(given);
  return {images.restored(call.l.cast(grey(call, as_float(call, images.batch())), type))};
}

std::vector<Value> tensorflow_grey(OperationCall& call) {
  const Value x = call.tensor(0);
  require_real_images(call, x);
  return {call.l.cast(grey(call, call.l.cast(x, DType::float32)), call.l.dtype(x))};
}

std::vector<Value> grey_to_rgb(OperationCall& call) {
  const Value x = call.tensor(0);
  if (call.l.dim(x, -1).size != 1) call.l.refuse("needs images of 1 channel, found " + std::to_string(call.l.dim(x, -1).size));
  return {three_channels(call, x, x, x)};
}

// In TensorFlow's order: the norm is computed first.
Value to_hsv(OperationCall& call, Value x) {
  Lowering& l = call.l;
  const auto [r, g, b] = channels_of(call, x);
  const auto number = [&](double value) { return number_like(call, value, x); };
  const auto is = [&](Function how, Value v, Value w) { return l.binary(how, v, w); };
  const Value value = is(Function::maximum, is(Function::maximum, r, g), b);
  const Value range = l.subtract(value, is(Function::minimum, is(Function::minimum, r, g), b));
  const Value saturation = l.select(is(Function::greater, value, number(0)), l.divide(range, value), number(0));
  const Value norm = l.multiply(l.unary(Function::reciprocal, range), 1.0 / 6);
  const auto sector = [&](Value a, Value c, double from) {
    const Value inside = l.multiply(norm, l.subtract(a, c));
    return from == 0 ? inside : l.add(inside, from);
  };
  Value hue = l.select(is(Function::equal, g, value), sector(b, r, 2.0 / 6), sector(r, g, 4.0 / 6));
  hue = l.select(is(Function::equal, r, value), sector(g, b, 0), hue);
  hue = l.select(is(Function::greater, range, number(0)), hue, number(0));
  hue = l.select(is(Function::less, hue, number(0)), l.add(hue, 1), hue);
  return three_channels(call, hue, saturation, value);
}

Value to_rgb(OperationCall& call, Value x) {
  Lowering& l = call.l;
  const auto [hue, saturation, value] = channels_of(call, x);
  const Value six = l.multiply(hue, 6), rest = l.subtract(number_like(call, 1, x), saturation);
  const auto channel = [&](double centre, double sign, double offset) {
    const Value away = l.unary(Function::abs, l.add(six, -centre));
    Value share = l.add(sign > 0 ? away : l.unary(Function::negate, away), offset);
    share = l.binary(Function::maximum, share, number_like(call, 0, x));
    share = l.binary(Function::minimum, share, number_like(call, 1, x));
    return l.multiply(l.add(rest, l.multiply(saturation, share)), value);
  };
  return three_channels(call, channel(3, 1, -1), channel(2, -1, 2), channel(4, -1, 2));
}

Operation colours(const char* keras, const char* tensorflow, Value (*body)(OperationCall&, Value)) {
  const auto run = [body](OperationCall& call) -> std::vector<Value> {
    const Value given = call.tensor(0);
    require_real_images(call, given);
    if (!call.is_keras3()) return {body(call, given)};
    const Images images(call, given, 1);
    return {images.restored(body(call, images.batch()))};
  };
  return {{keras}, {tensorflow}, {"images", "data_format"}, run};
}

}  // namespace

std::vector<Operation> image_colours_operations() {
  return {
      {{"RGBToGrayscale"}, {}, {"images", "data_format"}, keras_grey},
      {{}, {"image.rgb_to_grayscale"}, {"images"}, tensorflow_grey},
      {{}, {"image.grayscale_to_rgb"}, {"images"}, grey_to_rgb},
      colours("RGBToHSV", "image.rgb_to_hsv", to_hsv),
      colours("HSVToRGB", "image.hsv_to_rgb", to_rgb),
  };
}

}  // namespace keraunos::loader
