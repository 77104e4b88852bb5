#include "host/ops/concat.h"

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

bool fits_beside(const ValueInfo& part, const ValueInfo& first, size_t axis) {
  if (part.dtype != first.dtype || part.shape.size() != first.shape.size()) return false;
  for (size_t i = 0; i < part.shape.size(); ++i) {
    if (i != axis && part.shape[i] != first.shape[i]) return false;
  }
  return true;
}

}  // namespace

std::string Concat::text() const { return "concat axis=" + std::to_string(axis); }

void Concat::mix(Hash& hash) const { hash.mix(axis); }

Types Concat::infer(const NodeView& node) const {
  const ValueInfo& first = node.in(0);
  if (axis < 0 || axis >= node.rank(0))
    throw UsageError("concatenate: " + text_of(first.shape) + " has no axis " + std::to_string(axis));
  const auto along = static_cast<size_t>(axis);
  ValueInfo result{.shape = first.shape, .dtype = first.dtype};
  for (size_t i = 1; i < node.operands(); ++i) {
    const ValueInfo& part = node.in(i);
    if (!fits_beside(part, first, along)) {
      throw UsageError("concatenate along axis " + std::to_string(axis) + ": " + text_of(part.shape) + ' ' +
                       std::string(name_of(part.dtype)) + " does not fit " + text_of(first.shape) + ' ' +
                       std::string(name_of(first.dtype)));
    }
    result.shape[along] = sum_of(result.shape[along], part.shape[along]);
  }
  return {std::move(result)};
}

int Concat::rows(const RowRule& rule) const {
  const int found = rule.aligned(0);
  return found == axis ? RowRule::kMixed : found;
}

}  // namespace keraunos::host
