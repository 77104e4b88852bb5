// Resizing of images as nodes of a graph.
#include "loader/layers/common/resampling.h"

#include <cmath>

#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

struct Size {
  int64_t height = 0, width = 0;
};

Size size_of_call(OperationCall& call, size_t parameter) {
  const auto given = call.integers(parameter);
  if (!given || given->size() != 2 || given->at(0) < 1 || given->at(1) < 1)
    call.l.refuse("is called without a size of two positive numbers");
  return {given->at(0), given->at(1)};
}

Interpolation method_of(OperationCall& call, size_t parameter, bool keras) {
  const std::string name = call.text(parameter).value_or("bilinear");
  const auto found = interpolation_named(name);
  if (!found || (keras && (*found == Interpolation::gaussian || *found == Interpolation::mitchellcubic)))
    call.l.refuse("resizes by \"" + name + "\", which Keras does not do either");
  return *found;
}

void require_image(OperationCall& call, Value x) {
  if (call.l.rank(x) != 3 && call.l.rank(x) != 4)
    call.l.refuse("resizes an image of rank 3 or 4, found " + call.l.dims(x).to_string());
}

Value channels_moved(OperationCall& call, Value x, bool to_last) {
  std::vector<int> order = to_last ? std::vector<int>{1, 2, 0} : std::vector<int>{2, 0, 1};
  if (call.l.rank(x) == 3) return call.l.transpose(x, order);
  for (int& axis : order) ++axis;
  order.insert(order.begin(), 0);
  return call.l.transpose(x, order);
}

std::vector<Value> keras_resize(OperationCall& call) {
  const Value given = call.tensor(0);
  require_image(call, given);
  const Size to = size_of_call(call, 1);
  const bool first = call.text(8).value_or("channels_last") == "channels_first";
  Value x = first ? channels_moved(call, given, true) : given;
  const bool crop = call.flag(4, false), pad = call.flag(5, false);
  if (crop && pad) call.l.refuse("both crops and pads to an aspect ratio, which Keras does not do either");
  if (crop) x = crop_to_aspect(call.l, x, to.height, to.width, false);
  const double fill = call.number(7, 0);
  if (pad) x = pad_to_aspect(call.l, x, to.height, to.width, fill);
  x = resize(call.l, x, to.height, to.width, method_of(call, 2, true), call.flag(3, false));
  return {as_before(call.l, first ? channels_moved(call, x, false) : x, call.l.dtype(given))};
}

// The largest size with x's aspect ratio inside the target, as TensorFlow computes it in float32.
Size largest_inside(OperationCall& call, Value x, Size size) {
  const auto height = static_cast<float>(call.l.dim(x, -3).size), width = static_cast<float>(call.l.dim(x, -2).size);
  const float by = std::min(static_cast<float>(size.height) / height, static_cast<float>(size.width) / width);
  return {static_cast<int64_t>(std::nearbyint(by * height)), static_cast<int64_t>(std::nearbyint(by * width))};
}

std::vector<Value> tensorflow_resize(OperationCall& call) {
  const Value x = call.tensor(0);
  require_image(call, x);
  Size to = size_of_call(call, 1);
  if (call.flag(3, false)) to = largest_inside(call, x, to);
  return {resize(call.l, x, to.height, to.width, method_of(call, 2, false), call.flag(4, false))};
}

}  // namespace

std::vector<Operation> resampling_operations() {
  return {
      {{"Resize"},
       {},
       {"images", "size", "interpolation", "antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio", "fill_mode", "fill_value",
        "data_format"},
       keras_resize,
       1,
       {"fill_mode='constant'"}},
      {{}, {"image.resize"}, {"images", "size", "method", "preserve_aspect_ratio", "antialias"}, tensorflow_resize},
  };
}

}  // namespace keraunos::loader
