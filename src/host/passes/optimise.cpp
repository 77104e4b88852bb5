#include <array>

#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {

std::span<const Pass> all_passes() {
  static constexpr std::array passes = std::to_array<Pass>({
      {"simplify_nested", simplify_nested},
      {"unroll_loops", unroll_loops},
      {"share_equal_nodes", share_equal_nodes},
      {"merge_views", merge_views},
      {"fold_padding", fold_padding},
      {"sink_reshapes", sink_reshapes},
      {"fold_scale", fold_scale},
      {"merge_shifts", merge_shifts},
      {"fuse_pointwise", fuse_pointwise},
      {"fuse_epilogues", fuse_epilogues},
      {"merge_views", merge_views},
  });
  return passes;
}

void optimise(Graph& graph, const PassOptions& options) {
  remove_dead(graph);
  for (const Pass& pass : all_passes()) {
    if (options.disabled.contains(pass.name) || !pass.run(graph)) continue;
    remove_dead(graph);
    validate(graph);
    if (options.observe) options.observe(pass.name, graph);
  }
  for (Node& node : graph.nodes) {
    for (GraphPointer* nested : graphs_of(node.op)) {
      auto own = std::make_shared<Graph>(**nested);
      optimise(*own, options);
      *nested = std::move(own);
    }
  }
}

}  // namespace keraunos::host
