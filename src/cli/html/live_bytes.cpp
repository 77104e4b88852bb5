#include <algorithm>
#include <map>
#include <vector>

#include "cli/html/page.h"

namespace keraunos::cli {
namespace {

using Operand = PlanDescription::Operand;

struct Life {
  size_t first, last;
  int64_t bytes;
};

// The latest result at each place of the arena, by offset.
class Places {
 public:
  void write(const Operand& result, size_t step) {
    if (result.bytes == 0) return;
    auto at = held_.lower_bound(result.offset);
    if (at != held_.begin() && end_of(*std::prev(at)) > result.offset) --at;
    while (at != held_.end() && at->first < result.offset + result.bytes) at = held_.erase(at);
    held_[result.offset] = lives_.size();
    lives_.push_back({step, step, result.bytes});
  }
  void read(const Operand& operand, size_t step) {
    auto at = held_.upper_bound(operand.offset);
    if (at == held_.begin()) return;
    if (end_of(*--at) > operand.offset) lives_[at->second].last = step;
  }
  const std::vector<Life>& lives() const { return lives_; }

 private:
  int64_t end_of(const std::pair<const int64_t, size_t>& place) const { return place.first + lives_[place.second].bytes; }
  std::map<int64_t, size_t> held_;
  std::vector<Life> lives_;
};

}  // namespace

std::vector<int64_t> live_bytes(const PlanDescription& plan) {
  Places places;
  size_t steps = 0;
  for (const PlanDescription::Step& step : plan.steps) {
    if (step.depth > 0) continue;  // its memory is a range of the outer loop's part of the arena
    for (const Operand& operand : step.operands) {
      if (operand.place == Operand::Place::arena) places.read(operand, steps);
    }
    for (const Operand& result : step.results) {
      if (result.place == Operand::Place::arena) places.write(result, steps);
    }
    ++steps;
  }
  std::vector<int64_t> bytes(steps, 0);
  for (const Life& life : places.lives()) {
    for (size_t i = life.first; i <= life.last; ++i) bytes[i] += life.bytes;
  }
  return bytes;
}

}  // namespace keraunos::cli
