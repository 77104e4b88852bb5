#include "host/ops/interleave.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

int64_t phases_in(const std::array<int64_t, 3>& count) {
  return checked_multiply(checked_multiply(count[0], count[1]), count[2]);
}

// A range of positions and a range of phases of one axis that lie in the result completely.
struct Piece {
  int64_t position, positions, phase, phases;
};

// The first and the last position may lie in the result in part.
std::vector<Piece> pieces_of(int64_t stride, int64_t start, int64_t size, int64_t first, int64_t count) {
  const int64_t end = start + size, behind = first + count;
  int64_t from = start / stride, to = end / stride;
  std::vector<Piece> pieces;
  const auto add = [&](int64_t position, int64_t positions, int64_t low, int64_t high) {
    low = std::max(low, first), high = std::min(high, behind);
    if (positions > 0 && high > low) pieces.push_back({position, positions, low, high - low});
  };
  if (from == to) {
    add(from, 1, start % stride, end % stride);
    return pieces;
  }
  if (start % stride != 0) add(from++, 1, start % stride, stride);
  add(from, to - from, 0, stride);
  if (end % stride != 0) add(to, 1, 0, end % stride);
  return pieces;
}

}  // namespace

std::string Interleave::text() const {
  std::string text = "interleave stride=" + list_text(stride) + " start=" + list_text(start) + " size=" + list_text(size);
  for (const Phases& part : parts) text += " phases " + list_text(part.first) + " of " + list_text(part.count);
  return text;
}

void Interleave::mix(Hash& hash) const {
  hash.mix(stride).mix(start).mix(size);
  for (const Phases& part : parts) hash.mix(part.first).mix(part.count);
}

Types Interleave::infer(const NodeView& node) const {
  node.require_operands(parts.size(), parts.size());
  const ValueInfo& first = node.in(0);
  const size_t rank = first.shape.size();
  if (rank < 3 || rank > 5) throw UsageError("interleave needs parts of rank 3 to 5, found " + text_of(first.shape));
  const int64_t filters = first.shape.back().size / std::max<int64_t>(phases_in(parts[0].count), 1);
  int64_t all = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const int64_t phases = phases_in(parts[i].count);
    Shape expected = first.shape;
    expected.back().size = checked_multiply(phases, filters), all += phases;
    if (phases < 1 || node.in(i).shape != expected || node.in(i).dtype != first.dtype)
      throw UsageError("interleave: a part " + text_of(node.in(i).shape) + " does not fit " + text_of(expected));
  }
  if (all != phases_in(stride)) throw UsageError("interleave needs every phase of its stride in one part");
  ValueInfo result{.shape = first.shape, .dtype = first.dtype};
  for (size_t i = 0; i + 2 < rank; ++i) {
    if (start[i] < 0 || size[i] < 1 || checked_add(start[i], size[i]) > checked_multiply(first.shape[i + 1].size, stride[i]))
      throw UsageError("interleave: places from " + std::to_string(start[i]) + " on are not in " + text_of(first.shape));
    result.shape[i + 1].size = size[i];
  }
  result.shape.back().size = filters;
  return {std::move(result)};
}

int Interleave::rows(const RowRule& rule) const { return rule.leading(); }

std::vector<Interleave::Copy> Interleave::copies(const NodeView& node) const {
  const Shape& result = node.out().shape;
  const size_t axes = result.size() - 2;
  const int64_t batch = result[0].size, filters = result.back().size;
  std::vector<Copy> all;
  for (size_t part = 0; part < parts.size(); ++part) {
    std::vector<Copy> some{{.part = part, .extents = {filters}, .from = {1}, .to = {1}}};
    int64_t phase = filters, position = node.in(part).shape.back().size,
            place = filters;  // strides of the result's axes, from the last on
    for (size_t axis = axes; axis-- > 0;) {
      std::vector<Copy> more;
      const int64_t first = parts[part].first[axis];
      for (const Piece& piece : pieces_of(stride[axis], start[axis], size[axis], first, parts[part].count[axis])) {
        for (Copy copy : some) {
          copy.extents.insert(copy.extents.begin(), {piece.positions, piece.phases});
          copy.from.insert(copy.from.begin(), {position, phase});
          copy.to.insert(copy.to.begin(), {stride[axis] * place, place});
          copy.from_first += piece.position * position + (piece.phase - first) * phase;
          copy.to_first += (piece.position * stride[axis] + piece.phase - start[axis]) * place;
          more.push_back(std::move(copy));
        }
      }
      some = std::move(more);
      phase *= parts[part].count[axis], position *= node.in(part).shape[axis + 1].size, place *= size[axis];
    }
    for (Copy& copy : some) {
      copy.extents.insert(copy.extents.begin(), batch);
      copy.from.insert(copy.from.begin(), position), copy.to.insert(copy.to.begin(), place);
      all.push_back(std::move(copy));
    }
  }
  return all;
}

}  // namespace keraunos::host
