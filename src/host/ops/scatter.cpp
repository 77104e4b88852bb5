#include "host/ops/scatter.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

constexpr const char* kCombineNames[] = {"replace", "add", "multiply", "maximum", "minimum"};

int place_depth(const ValueInfo& places) { return static_cast<int>(std::min<int64_t>(places.shape.back().size, 1 << 20)); }

}  // namespace

std::string Scatter::text() const {
  return std::string("scatter ") + kCombineNames[static_cast<int>(combine)] + (drop_negative ? " without negative places" : "");
}

Types Scatter::infer(const NodeView& node) const {
  node.require_operands(3, 3);
  const ValueInfo &base = node.in(0), &places = node.in(1), &updates = node.in(2);
  if (places.dtype != DType::int32 && places.dtype != DType::int64)
    throw UsageError("scatter needs int32 or int64 places, found " + std::string(name_of(places.dtype)));
  if (base.dtype == DType::string || updates.dtype != base.dtype)
    throw UsageError("scatter needs rows of the dtype " + std::string(name_of(base.dtype)) + ", found " +
                     std::string(name_of(updates.dtype)));
  if (places.shape.empty()) throw UsageError("scatter needs places of rank 1 at least");
  const int depth = place_depth(places);
  if (depth > node.rank(0) || depth > ScatterShape::kMostDepth)
    throw UsageError("scatter: places of " + std::to_string(depth) + " numbers in a tensor of shape " + text_of(base.shape));
  Shape expected(places.shape.begin(), places.shape.end() - 1);
  expected.insert(expected.end(), base.shape.begin() + depth, base.shape.end());
  if (updates.shape != expected)
    throw UsageError("scatter expects rows of shape " + text_of(expected) + ", found " + text_of(updates.shape));
  return {base};
}

// Rows of the batch stay independent where their axis comes after the axes that places index.
int Scatter::rows(const RowRule& rule) const {
  const int base = rule.of(0), updates = rule.of(2);
  if (rule.of(1) != RowRule::kNone) return RowRule::kMixed;
  if (base == RowRule::kNone && updates == RowRule::kNone) return RowRule::kNone;
  const int depth = place_depth(rule.node.in(1)), batch = rule.rank(1) - 1;
  return base >= depth && updates >= batch && base - depth == updates - batch ? base : RowRule::kMixed;
}

std::string Scatter::fault_text(const NodeView& node) const {
  const Shape& base = node.in(0).shape;
  std::string extents;
  for (int i = 0; i < place_depth(node.in(1)); ++i)
    extents += (i > 0 ? ", " : "") + std::to_string(base[static_cast<size_t>(i)].size);
  return "expected places inside axes of " + extents + " elements, found the index ";
}

ScatterShape scatter_shape(const NodeView& node) {
  ScatterShape shape{.depth = place_depth(node.in(1))};
  const Shape &base = node.in(0).shape, &places = node.in(1).shape;
  for (size_t i = 0; i < base.size(); ++i) {
    const bool named = static_cast<int>(i) < shape.depth;
    (named ? shape.places : shape.width) *= base[i].size;
    if (named) shape.extent[i] = base[i].size;
  }
  for (size_t i = 0; i + 1 < places.size(); ++i) shape.updates *= places[i].size;
  return shape;
}

}  // namespace keraunos::host
