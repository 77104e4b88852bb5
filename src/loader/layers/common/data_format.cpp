#include "loader/layers/common/data_format.h"

#include <vector>

namespace keraunos::loader {

bool channels_first(const Config& config) {
  const std::string format = config.text("data_format", "channels_last");
  if (format == "channels_last") return false;
  if (format == "channels_first") return true;
  config.fail("data_format", "\"channels_last\" or \"channels_first\"");
}

Value to_channels_last(Lowering& l, Value x) {
  if (!channels_first(l.config()) || l.rank(x) < 3) return x;
  std::vector<int> order{0};
  for (int axis = 2; axis < l.rank(x); ++axis) order.push_back(axis);
  order.push_back(1);
  return l.transpose(x, order);
}

Value from_channels_last(Lowering& l, Value x) {
  if (!channels_first(l.config()) || l.rank(x) < 3) return x;
  std::vector<int> order{0, l.rank(x) - 1};
  for (int axis = 1; axis + 1 < l.rank(x); ++axis) order.push_back(axis);
  return l.transpose(x, order);
}

}  // namespace keraunos::loader
