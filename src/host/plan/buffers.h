// The memory of values while steps are added: one buffer for each root (ValueLives) and place. Buffers of an arena are intervals
// of steps; where they lie is known once all steps are there.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "host/plan/plan.h"

namespace keraunos::host {

struct Buffer {
  Slot slot{};
  int interval = -1;  ///< of the arena of its place, when the slot is in an arena
  bool made = false;
};

class Buffers {
 public:
  /// `plan` tells which step comes next, and counts the bytes.
  Buffers(const Graph& graph, Plan& plan) : plan_(plan), buffers_(graph.values.size()) {}

  Buffer& at(int root, Place place) { return buffers_[static_cast<size_t>(root)][static_cast<size_t>(place)]; }
  /// Notes that a buffer is read by the step that comes next.
  Slot read(int root, Place place);
  /// Notes that the step that comes next writes a buffer.
  void written(const Buffer& buffer, Place place);
  /// A new interval of the place's arena, from the step that comes next on.
  Buffer fresh(int64_t bytes, Place place);

  std::span<Interval> intervals(Place place) { return intervals_[static_cast<size_t>(place)]; }
  /// Until intervals have offsets, a slot holds the number of its interval. Puts the offset there.
  void resolve(Slot& slot) const;

 private:
  int next_step() const { return static_cast<int>(plan_.steps.size()); }

  Plan& plan_;
  std::vector<std::array<Buffer, 2>> buffers_;
  std::array<std::vector<Interval>, 2> intervals_;
};

}  // namespace keraunos::host
