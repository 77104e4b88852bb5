#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x, numbers or booleans. Results: the elements of each row along the last axis in order, and their original indices
/// (int32). Equal elements keep their order in both directions; −0 equals 0, and NaN comes after all numbers in both directions.
struct Sort {
  static constexpr OpTraits traits{};
  static constexpr int64_t kAll = -1;
  enum Results : uint8_t { values, places, both };

  Results results = values;
  bool descending = false;
  int64_t first = kAll;  ///< only the first `first` elements of each row

  std::string text() const;
  void mix(Hash& hash) const { hash.mix(results).mix(descending).mix(first); }
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const Sort&, const Sort&) = default;
};

}  // namespace keraunos::host
