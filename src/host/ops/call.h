#pragma once

#include <memory>

#include "host/ops/operation.h"

namespace keraunos::host {

/// A custom kernel. in, out: as Kernel::infer defines.
struct Call {
  static constexpr OpTraits traits{.is_pure = false, .takes_text = true};

  std::shared_ptr<const Kernel> kernel;

  std::string text() const;
  void mix(Hash& hash) const;
  void check(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  /// The same kernel, or two of one class with equal names and parameters.
  friend bool operator==(const Call& a, const Call& b);
};

}  // namespace keraunos::host
