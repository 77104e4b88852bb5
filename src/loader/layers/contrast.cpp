// AutoContrast: stretches the values of each image and channel to the whole range.
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/value_range.h"

namespace keraunos::loader {

std::vector<LayerDef> contrast_layers();

namespace {

// A channel with a single value keeps it, because its stretched value is NaN.
Value stretched(Lowering& l, Value x, const ValueRange& range) {
  const Value bytes = moved_to(l, x, range, {});
  const int along[] = {1, 2};
  const Value low = l.reduce(Reduction::minimum, bytes, along, true), high = l.reduce(Reduction::maximum, bytes, along, true);
  const auto number = [&](double value) { return l.scalar(value, l.dtype(x)); };
  const Value scale = l.divide(number(255), l.subtract(high, low));
  const Value offset = l.multiply(l.unary(Function::negate, low), scale);
  Value y = l.add(l.multiply(bytes, scale), offset);
  y = l.binary(Function::minimum, l.binary(Function::maximum, y, number(0)), number(255));
  y = moved_to(l, y, {}, range);
  return l.select(l.unary(Function::is_nan, y), x, y);
}

// Axes 1 and 2 of a batch, whatever the data format is.
std::vector<Traced> lower_auto_contrast(Lowering& l) {
  channels_first(l.config());
  const Value x = as_computed(l, l.input().value);
  const ValueRange range = value_range(l.config(), true);
  if (l.rank(x) == 4) return {{stretched(l, x, range), {}}};
  if (l.rank(x) != 3) l.refuse("needs images of rank 3 or 4, found " + l.dims(x).to_string());
  return {{l.squeeze(stretched(l, l.expand_dims(x, 0), range), 0), {}}};
}

}  // namespace

std::vector<LayerDef> contrast_layers() {
  return {{.classes = {"AutoContrast"},
           .keys = {"value_range", "data_format", "factor", "bounding_box_format"},
           .weights = {},
           .children = {},
           .lower = lower_auto_contrast}};
}

}  // namespace keraunos::loader
