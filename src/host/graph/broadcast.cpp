#include "host/graph/broadcast.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "keraunos/error.h"

namespace keraunos::host {

Shape broadcast(const Shape& a, const Shape& b) {
  const size_t rank = std::max(a.size(), b.size());
  Shape result(rank, Dim{1, false});
  for (size_t i = 0; i < rank; ++i) {  // i counts from the last axis
    Dim& dim = result[rank - 1 - i];
    const Dim from_a = i < a.size() ? a[a.size() - 1 - i] : Dim{1, false};
    const Dim from_b = i < b.size() ? b[b.size() - 1 - i] : Dim{1, false};
    if (from_a.size != from_b.size && from_a.size != 1 && from_b.size != 1) {
      throw UsageError("shapes " + text_of(a) + " and " + text_of(b) + " do not broadcast");
    }
    dim = from_a.size == 1 ? from_b : from_a;
    dim.varies = (from_a.size == dim.size && from_a.varies) || (from_b.size == dim.size && from_b.varies);
  }
  return result;
}

bool broadcasts_to(const Shape& from, const Shape& to) noexcept {
  if (from.size() > to.size()) return false;
  const size_t ahead = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i].size != 1 && from[i] != to[ahead + i]) return false;
  }
  return true;
}

}  // namespace keraunos::host
