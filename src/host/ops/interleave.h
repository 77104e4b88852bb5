#pragma once

#include <array>
#include <vector>

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: parts, each (N, positions…, phases… · F) of one dtype. Index p along an axis has position p / stride and phase p mod
/// stride; the result (N, size…, F) holds the indices from `start` on. Each part holds a box of phases, in row-major order, and
/// every phase is in one part. It puts the results of a transposed convolution, computed by phases of its stride, in order.
struct Interleave {
  static constexpr OpTraits traits{};

  struct Phases {
    std::array<int64_t, 3> first{0, 0, 0}, count{1, 1, 1};
    friend bool operator==(const Phases&, const Phases&) = default;
  };

  std::array<int64_t, 3> stride{1, 1, 1}, start{0, 0, 0}, size{1, 1, 1};
  std::vector<Phases> parts{};

  /// Views of a part and of the result, in elements; one is copied to the other.
  struct Copy {
    size_t part = 0;
    std::vector<int64_t> extents{}, from{}, to{};
    int64_t from_first = 0, to_first = 0;
  };

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  /// Together they write every element of the result once.
  std::vector<Copy> copies(const NodeView& node) const;
  friend bool operator==(const Interleave&, const Interleave&) = default;
};

}  // namespace keraunos::host
