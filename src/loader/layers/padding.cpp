// ZeroPadding and Cropping along the spatial axes.
#include <algorithm>

#include "loader/files/json.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/window.h"

namespace keraunos::loader {

std::vector<LayerDef> padding_layers();

namespace {

using files::Json;

// One number for all edges; one number for each axis (for one axis: its two edges); or a pair for each axis.
std::vector<Edges> edges_of(const Config& config, std::string_view key, size_t axes) {
  const Json* json = config.find(key);
  const char* expected = "an integer, a list of integers, or a list of pairs";
  if (json == nullptr) config.fail(key, expected);
  std::vector<Edges> edges;
  if (json->is_int()) edges.assign(axes, {json->as_int(), json->as_int()});
  if (json->is_array() && axes == 1 && json->size() == 2 && json->at(0).is_int()) {
    edges.push_back({json->at(0).as_int(), json->at(1).as_int()});
  } else if (json->is_array()) {
    for (const Json& axis : json->items()) {
      if (axis.is_array() && axis.size() == 2 && axis.at(0).is_int() && axis.at(1).is_int())
        edges.push_back({axis.at(0).as_int(), axis.at(1).as_int()});
      else if (axis.is_int() && axes > 1)
        edges.push_back({axis.as_int(), axis.as_int()});
      else
        config.fail(key, expected);
    }
  }
  if (edges.size() != axes) config.fail(key, expected);
  for (const Edges& edge : edges) config.check(key, edge.low, {}), config.check(key, edge.high, {});
  return edges;
}

void require_rank(Lowering& l, Value x, size_t axes) {
  if (l.rank(x) == static_cast<int>(axes) + 2) return;
  l.refuse("needs an input of rank " + std::to_string(axes + 2) + ", found " + l.dims(x).to_string());
}

LayerDef zero_padding(std::string name, size_t axes) {
  const auto lower = [axes](Lowering& l) -> std::vector<Traced> {
    const Value x = l.input().value;
    require_rank(l, x, axes);
    std::vector<int64_t> low(axes + 2, 0), high(axes + 2, 0);
    const size_t first = channels_first(l.config()) ? 2 : 1;
    const std::vector<Edges> edges = edges_of(l.config(), "padding", axes);
    for (size_t i = 0; i < axes; ++i) low[first + i] = edges[i].low, high[first + i] = edges[i].high;
    return {{l.pad(x, low, high, 0), {}}};
  };
  return {.classes = {std::move(name)}, .keys = {"padding", "data_format"}, .weights = {}, .children = {}, .lower = lower};
}

LayerDef cropping(std::string name, size_t axes) {
  const auto lower = [axes](Lowering& l) -> std::vector<Traced> {
    Value x = l.input().value;
    require_rank(l, x, axes);
    const size_t first = channels_first(l.config()) ? 2 : 1;
    const std::vector<Edges> edges = edges_of(l.config(), "cropping", axes);
    for (size_t i = 0; i < axes; ++i) {
      const int axis = static_cast<int>(first + i);
      // Cropping3D of Keras 2 does not check: its slice is empty.
      const bool leaves_none = edges[i].low + edges[i].high >= l.dim(x, axis).size;
      if (leaves_none && !(axes == 3 && l.dialect().before(3, 0))) {
        l.refuse("crops " + std::to_string(edges[i].low) + " and " + std::to_string(edges[i].high) + " elements of axis " +
                 std::to_string(axis) + ", which has only " + std::to_string(l.dim(x, axis).size));
      }
      const int64_t left = std::max<int64_t>(l.dim(x, axis).size - edges[i].low - edges[i].high, 0);
      x = l.slice_axis(x, axis, left > 0 ? edges[i].low : 0, left);
    }
    return {{x, {}}};
  };
  return {.classes = {std::move(name)}, .keys = {"cropping", "data_format"}, .weights = {}, .children = {}, .lower = lower};
}

}  // namespace

std::vector<LayerDef> padding_layers() {
  return {zero_padding("ZeroPadding1D", 1), zero_padding("ZeroPadding2D", 2), zero_padding("ZeroPadding3D", 3),
          cropping("Cropping1D", 1),        cropping("Cropping2D", 2),        cropping("Cropping3D", 3)};
}

}  // namespace keraunos::loader
