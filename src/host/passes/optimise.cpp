#include <array>

#include "host/passes/channel_step.h"
#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {
namespace {

template <bool (*kPass)(Graph&)>
bool without_device(Graph& graph, Fusion&) {
  return kPass(graph);
}

// The pass asks about nodes whose weights other passes compute: the device sees them as constants, which they are after folding.
template <bool (*kPass)(Graph&, Fusion&)>
bool with_device(Graph& graph, Fusion& fusion) {
  graph.foldable = constant_values(graph);
  const bool changed = kPass(graph, fusion);
  graph.foldable.clear();
  return changed;
}

}  // namespace

std::span<const Pass> all_passes() {
  static constexpr std::array passes = std::to_array<Pass>({
      {"simplify_nested", without_device<simplify_nested>},
      {"unroll_loops", without_device<unroll_loops>},
      {"share_equal_nodes", without_device<share_equal_nodes>},
      {"merge_views", without_device<merge_views>},
      {"fold_padding", with_device<fold_padding>},
      {"sink_reshapes", without_device<sink_reshapes>},
      {"fold_scale", without_device<fold_scale>},
      {"merge_shifts", without_device<merge_shifts>},
      {"fuse_pointwise", with_device<fuse_pointwise>},
      {"fuse_epilogues", with_device<fuse_epilogues>},
      {"merge_views", without_device<merge_views>},
  });
  return passes;
}

void optimise(Graph& graph, const PassOptions& options) {
  Fusion fusion(options.support);
  remove_dead(graph);
  for (const Pass& pass : all_passes()) {
    if (options.disabled.contains(pass.name) || !pass.run(graph, fusion)) continue;
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
