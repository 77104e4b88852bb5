#pragma once

#include <memory>

#include "host/ops/operation.h"

namespace keraunos::host {

/// A named kernel. in, out: whatever the kernel says (Kernel::infer).
struct Call {
  static constexpr OpTraits traits{.is_pure = false, .takes_text = true};

  std::shared_ptr<const Kernel> kernel;

  std::string text() const;
  void mix(Hash& hash) const;
  void check(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  /// One kernel, or two of one class, name and parameters.
  friend bool operator==(const Call& a, const Call& b);
};

}  // namespace keraunos::host
