#include "loader/layers/common/data_format.h"

#include <vector>

#include "loader/layers/common/texts.h"

namespace keraunos::loader {

bool channels_first(const Config& config) {
  if (!config.has("data_format")) return false;  // null: the default
  return lower_text(config, "data_format", "channels_last", {"channels_last", "channels_first"}) == "channels_first";
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
