#include "host/run/row_cost.h"

#include <algorithm>

namespace keraunos::host {
namespace {

constexpr double kMostTraffic = 1e12;  // more bytes make no difference

}  // namespace

int64_t RowCost::fewest_rows(const CoreCosts& core) const noexcept {
  const double nanoseconds =
      std::max(1.0, static_cast<double>(moved) * core.nanoseconds_a_byte + products * core.nanoseconds_a_product);
  const int64_t for_thread = static_cast<int64_t>(core.nanoseconds_to_share / nanoseconds) + 1;
  const int64_t for_weights = weights / std::max<int64_t>(moved, 1);
  return std::max(for_thread, std::clamp<int64_t>(for_weights, recurrent ? core.recurrent_rows / 2 : 1,
                                                  core.rows_that_hide_weights / core.traffic_to_weights));
}

int64_t RowCost::rows_at_a_time(const CoreCosts& core) const noexcept {
  const int64_t for_weights = core.traffic_to_weights * weights / std::max<int64_t>(moved, 1);
  const int64_t for_cache = core.cache_bytes / std::max<int64_t>(widest, 1);
  const int64_t rows = std::max(std::min(for_weights, core.rows_that_hide_weights), for_cache);
  return std::clamp<int64_t>(rows, recurrent ? core.recurrent_rows : 1, core.most_rows);
}

RowCost row_cost(const Graph& graph, int64_t batch, const CoreCosts& core) {
  RowCost cost;
  std::vector<bool> constant(graph.values.size());  // also what is computed from constants alone
  for (size_t i = 0; i < constant.size(); ++i)
    constant[i] = graph.values[i].constant != nullptr || graph.values[i].folded != nullptr;
  for (const Node& node : graph.nodes) {
    const auto is_constant = [&](Value v) { return !v || constant[static_cast<size_t>(v.id)]; };
    if (std::all_of(node.in.begin(), node.in.end(), is_constant)) {
      for (const Value v : node.out) constant[static_cast<size_t>(v.id)] = true;
      continue;
    }
    if (traits_of(node.op).is_view) continue;
    int64_t rows = 0, weights = 0;
    for (const Value v : node.in) {
      if (v) (is_constant(v) ? weights : rows) += bytes_of(graph.info(v));
    }
    for (const Value v : node.out) rows += bytes_of(graph.info(v));
    const OpCost own = cost_of(node.op, {graph, node});
    if (own.constants == OpCost::in_part) weights = 0;
    if (own.constants == OpCost::at_every_step) {
      cost.recurrent = true;
      // Weights that do not stay in the core's cache are read again for every step.
      const double read = static_cast<double>(weights) * static_cast<double>(own.steps);
      if (weights > core.cache_bytes) weights = static_cast<int64_t>(std::min(read, kMostTraffic));
    }
    cost.widest = std::max(cost.widest, rows / batch);
    cost.moved += rows / batch;
    cost.weights += weights;
    cost.products += own.products / static_cast<double>(batch);
  }
  return cost;
}

}  // namespace keraunos::host
