#include "loader/layers/common/axes.h"

#include <algorithm>

namespace keraunos::loader {

std::vector<int> axes_of(const Config& config, std::string_view key, int rank, int otherwise) {
  const std::vector<int64_t> given = config.is_missing(key) ? std::vector<int64_t>{otherwise} : config.integers(key);
  std::vector<int> axes;
  for (int64_t axis : given) {
    const int64_t position = axis < 0 ? axis + rank : axis;
    if (position < 0 || position >= rank) config.fail(key, "axes of a tensor of rank " + std::to_string(rank));
    axes.push_back(static_cast<int>(position));
  }
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) config.fail(key, "different axes");
  return axes;
}

int axis_of(const Config& config, std::string_view key, int rank, int otherwise) {
  const std::vector<int> axes = axes_of(config, key, rank, otherwise);
  if (axes.size() != 1) config.fail(key, "one axis");
  return axes[0];
}

std::vector<int> other_axes(int rank, const std::vector<int>& axes) {
  std::vector<int> others;
  for (int axis = 0; axis < rank; ++axis) {
    if (!std::binary_search(axes.begin(), axes.end(), axis)) others.push_back(axis);
  }
  return others;
}

Shape extents_at(const Builder& l, Value x, const std::vector<int>& axes) {
  Shape extents;
  for (int axis : axes) extents.push_back(l.dim(x, axis));
  return extents;
}

Shape broadcast_at(const Builder& l, Value x, const std::vector<int>& axes) {
  Shape shape(static_cast<size_t>(l.rank(x)), Dim{1});
  for (int axis : axes) shape[static_cast<size_t>(axis)] = l.dim(x, axis);
  return shape;
}

}  // namespace keraunos::loader
