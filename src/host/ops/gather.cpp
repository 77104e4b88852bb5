#include "host/ops/gather.h"

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Gather::text() const { return "gather axis=" + std::to_string(axis) + (from_end ? " from_end" : ""); }

void Gather::mix(Hash& hash) const { hash.mix(axis).mix(from_end); }

Types Gather::infer(const NodeView& node) const {
  node.require_operands(2, 2);
  const ValueInfo &table = node.in(0), &ids = node.in(1);
  if (is_floating(ids.dtype) || ids.dtype == DType::string) {
    throw UsageError("gather needs integer ids, found " + std::string(name_of(ids.dtype)));
  }
  if (from_end && ids.dtype == DType::uint64) throw UsageError("gather: ids of uint64 do not count from the end");
  if (axis < 0 || axis >= node.rank(0))
    throw UsageError("gather: " + text_of(table.shape) + " has no axis " + std::to_string(axis));
  const auto along = table.shape.begin() + axis;
  ValueInfo result{.shape = {table.shape.begin(), along}, .dtype = table.dtype};
  result.shape.insert(result.shape.end(), ids.shape.begin(), ids.shape.end());
  result.shape.insert(result.shape.end(), along + 1, table.shape.end());
  return {std::move(result)};
}

int Gather::rows(const RowRule& rule) const {
  const int table = rule.of(0), ids = rule.of(1);
  const bool both = table != RowRule::kNone && ids != RowRule::kNone;
  if (table == RowRule::kMixed || ids == RowRule::kMixed || table == axis || both) return RowRule::kMixed;
  if (ids != RowRule::kNone) return ids + axis;
  return table < axis ? table : table + rule.rank(1) - 1;
}

std::string Gather::fault_text(const NodeView& node) const {
  const int64_t ids = node.in(0).shape[static_cast<size_t>(axis)].size;
  return "expected ids from 0 to " + std::to_string(ids - 1) + ", found ";
}

}  // namespace keraunos::host
