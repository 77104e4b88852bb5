#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// How a scattered row is combined with the row at its place.
enum class Combine : uint8_t { replace, add, multiply, maximum, minimum };

/// in: base, places (N…, depth) int32 or int64, rows (N…, base.shape[depth:]) of base's dtype. The result is base, with each row
/// combined into the part of base that its place indexes, in the order of the rows: equal places are combined one after the
/// other, and each step rounds to the dtype. A place outside of base sets the error word; its row is ignored. With
/// `drop_negative` a place whose first index is negative is ignored without an error.
struct Scatter {
  static constexpr OpTraits traits{.may_fault = true};

  Combine combine = Combine::replace;
  bool drop_negative = false;

  std::string text() const;
  void mix(Hash& hash) const { hash.mix(combine).mix(drop_negative); }
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  std::string fault_text(const NodeView& node) const;
  friend bool operator==(const Scatter&, const Scatter&) = default;
};

/// Sizes for both devices: `updates` rows of `width` elements, places of `depth` indices below `extent`.
struct ScatterShape {
  static constexpr int kMostDepth = 8;
  int depth = 0;
  int64_t extent[kMostDepth] = {};
  int64_t places = 1, updates = 1, width = 1;  ///< parts of base that a place can index; rows; elements of a row
};
ScatterShape scatter_shape(const NodeView& node);

}  // namespace keraunos::host
