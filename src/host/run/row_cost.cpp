#include "host/run/row_cost.h"

#include <algorithm>

namespace keraunos::host {
namespace {

constexpr double kMostTraffic = 1e12;  // larger numbers make no difference

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

namespace {

std::vector<bool> constants_of(const Graph& graph) {
  std::vector<bool> constant(graph.values.size());
  for (size_t i = 0; i < constant.size(); ++i) constant[i] = graph.is_constant({static_cast<int>(i)});
  return constant;
}

// Sums over the nodes of a graph and of its nested graphs.
struct Counting {
  const CoreCosts& core;
  int64_t batch;

  // Weights of a step are read again in every turn, unless they stay in the core's cache.
  double weights_of_steps(int64_t weights, double steps) const {
    const auto once = static_cast<double>(weights);
    return weights > core.cache_bytes ? std::min(once * steps, kMostTraffic) : once;
  }

  // A branch counts both graphs, as either may run. A loop that only its condition ends has an unknown number of turns; one is
  // counted.
  void add_nested(RowCost& cost, const Graph& graph, const Node& node) const {
    const auto* loop = std::get_if<Loop>(&node.op);
    const double steps = loop == nullptr ? 1 : static_cast<double>(loop->most_steps({graph, node}).value_or(1));
    RowCost inside;
    for (const Graph* nested : graphs_of(node.op)) add_graph(inside, *nested);
    cost.widest = std::max(cost.widest, inside.widest);
    cost.moved += static_cast<int64_t>(std::min(static_cast<double>(inside.moved) * steps, kMostTraffic));
    cost.weights += static_cast<int64_t>(weights_of_steps(inside.weights, steps));
    cost.products += inside.products * steps;
    cost.recurrent = cost.recurrent || loop != nullptr || inside.recurrent;
  }

  void add_node(RowCost& cost, const Graph& graph, const Node& node, const std::vector<bool>& constant) const {
    int64_t rows = 0, weights = 0;
    for (const Value v : node.in) {
      if (v) (constant[static_cast<size_t>(v.id)] ? weights : rows) += bytes_of(graph.info(v));
    }
    for (const Value v : node.out) rows += bytes_of(graph.info(v));
    const OpCost own = cost_of(node.op, {graph, node});
    if (own.constants == OpCost::in_part) weights = 0;
    if (own.constants == OpCost::at_every_step) {
      cost.recurrent = true;
      weights = static_cast<int64_t>(weights_of_steps(weights, static_cast<double>(own.steps)));
    }
    cost.widest = std::max(cost.widest, rows / batch);
    cost.moved += rows / batch;
    cost.weights += weights;
    cost.products += own.products / static_cast<double>(batch);
  }

  void add_graph(RowCost& cost, const Graph& graph) const {
    std::vector<bool> constant = constants_of(graph);  // includes values computed from constants alone
    for (const Node& node : graph.nodes) {
      const auto is_constant = [&](Value v) { return !v || constant[static_cast<size_t>(v.id)]; };
      const OpTraits& traits = traits_of(node.op);
      if (std::all_of(node.in.begin(), node.in.end(), is_constant) && !traits.is_nested) {
        for (const Value v : node.out) constant[static_cast<size_t>(v.id)] = true;
      } else if (traits.is_nested) {
        add_nested(cost, graph, node);
      } else if (!traits.is_view) {
        add_node(cost, graph, node, constant);
      }
    }
  }
};

}  // namespace

RowCost row_cost(const Graph& graph, int64_t batch, const CoreCosts& core) {
  RowCost cost;
  Counting{core, batch}.add_graph(cost, graph);
  return cost;
}

}  // namespace keraunos::host
