// The memory of values while steps are added: one buffer for each root (ValueLives) and place. Buffers in an arena are intervals
// of steps; their offsets are computed when all steps are known.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "host/plan/plan.h"

namespace keraunos::host {

struct Buffer {
  Slot slot{};
  int interval = -1;  ///< number of its interval in the arena of its place, when the slot is in an arena
  bool made = false;
};

class Buffers {
 public:
  /// `plan` gives the number of the next step, and its bytes are counted here.
  Buffers(const Graph& graph, Plan& plan) : plan_(plan), buffers_(graph.values.size()) {}

  Buffer& at(int root, Place place) { return buffers_[static_cast<size_t>(root)][static_cast<size_t>(place)]; }
  /// Records that the next step reads a buffer.
  Slot read(int root, Place place);
  /// Records that the next step writes a buffer.
  void written(const Buffer& buffer, Place place);
  /// A new interval of the place's arena that begins with the next step.
  Buffer fresh(int64_t bytes, Place place);

  std::span<Interval> intervals(Place place) { return intervals_[static_cast<size_t>(place)]; }
  /// A slot in an arena holds the number of its interval until intervals have offsets. Replaces the number by the offset.
  void resolve(Slot& slot) const;

 private:
  int next_step() const { return static_cast<int>(plan_.steps.size()); }

  Plan& plan_;
  std::vector<std::array<Buffer, 2>> buffers_;
  std::array<std::vector<Interval>, 2> intervals_;
};

}  // namespace keraunos::host
