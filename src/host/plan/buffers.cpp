#include "host/plan/buffers.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "keraunos/error.h"

namespace keraunos::host {

Slot Buffers::read(int root, Place place) {
  const Buffer& buffer = at(root, place);
  if (!buffer.made) throw InternalError("a buffer is read before it is made");
  if (buffer.interval >= 0) intervals(place)[static_cast<size_t>(buffer.interval)].last = next_step();
  return buffer.slot;
}

void Buffers::written(const Buffer& buffer, Place place) {
  if (buffer.interval < 0) return;
  Interval& interval = intervals(place)[static_cast<size_t>(buffer.interval)];
  interval.last = std::max(interval.last, next_step());
}

Buffer Buffers::fresh(int64_t bytes, Place place) {
  std::vector<Interval>& list = intervals_[static_cast<size_t>(place)];
  const int index = static_cast<int>(list.size());
  list.push_back({.first = next_step(), .last = next_step(), .bytes = bytes});
  plan_.buffer_bytes = checked_add(plan_.buffer_bytes, bytes);
  return {
      .slot = {.kind = place == Place::host ? Slot::host_arena : Slot::arena, .offset = index}, .interval = index, .made = true};
}

void Buffers::resolve(Slot& slot) const {
  if (slot.kind != Slot::arena && slot.kind != Slot::host_arena) return;
  const Place place = slot.kind == Slot::arena ? Place::device : Place::host;
  slot.offset = intervals_[static_cast<size_t>(place)][static_cast<size_t>(slot.offset)].offset;
}

}  // namespace keraunos::host
