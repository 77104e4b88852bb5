#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x, numbers. Each element of the result combines all elements up to it along the axis; with `exclusive` only those before
/// it (none for the first). `reverse` runs from the last element to the first.
struct Scan {
  static constexpr OpTraits traits{};
  enum Kind : uint8_t { sum, product, log_sum_exp };

  Kind kind = sum;
  int axis = 0;
  bool exclusive = false, reverse = false;

  std::string text() const;
  void mix(Hash& hash) const { hash.mix(kind).mix(axis).mix(exclusive).mix(reverse); }
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const Scan&, const Scan&) = default;
};

}  // namespace keraunos::host
