// NumPy's broadcasting of shapes.
#pragma once

#include "keraunos/layer.h"

namespace keraunos::host {

/// The common shape; UsageError naming both when there is none.
Shape broadcast(const Shape& a, const Shape& b);
/// Whether `from` broadcast against `to` is `to`.
bool broadcasts_to(const Shape& from, const Shape& to) noexcept;

/// Axis of an operand that lies under axis `axis` of a result of rank `rank`, or −1 where the operand has none.
inline int operand_axis(int axis, int rank, int operand_rank) noexcept {
  const int own = axis - (rank - operand_rank);
  return own < 0 ? -1 : own;
}

}  // namespace keraunos::host
