// The passes, one in each file, and their runner. A pass rewrites a graph into one that computes the same and returns whether it
// changed anything. Passes that fuse nodes ask the device; the others keep the kinds of nodes, or make fewer of them.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>

#include "host/graph/graph.h"
#include "host/passes/fusion.h"

namespace keraunos::host {

/// conv(pad(x)) → conv with larger padding.
bool fold_padding(Graph& graph, Fusion& fusion);
/// (x·W)·s and (x·W + b)·s with s one number for each channel → x·(W·s) + b·s: BatchNormalization after a convolution or Dense.
bool fold_scale(Graph& graph);
/// (x + a) + b → x + (a + b) and (x + a) + (y + b) → (x + (a + b)) + y with a and b one constant number for each channel: a bias
/// and the shift of the BatchNormalization after it become one addition, and the shifts of a shortcut join those of the main
/// branch.
bool merge_shifts(Graph& graph);
/// reshape(reshape(x)), transpose(transpose(x)), reshape to the same shape; transposes that move no data become reshapes.
bool merge_views(Graph& graph);
/// f(reshape(product), vectors) → reshape(f(product, vectors)), so that f can become the product's epilogue.
bool sink_reshapes(Graph& graph);
/// Neighbouring pointwise nodes of one shape become one program.
bool fuse_pointwise(Graph& graph, Fusion& fusion);
/// A pointwise node after a convolution or product becomes its epilogue.
bool fuse_epilogues(Graph& graph, Fusion& fusion);
/// Short loops are unrolled: one copy of the body for each step.
bool unroll_loops(Graph& graph);
/// Simplifies loops and branches: captured constants become constants of their graphs, a value carried without a change is
/// captured, a value carried twice is carried once, and a branch with a constant condition is replaced by the graph that runs.
bool simplify_nested(Graph& graph);
/// Merges nodes that compute the same.
bool share_equal_nodes(Graph& graph);

struct Pass {
  const char* name;
  bool (*run)(Graph&, Fusion&);
};
std::span<const Pass> all_passes();

struct PassOptions {
  /// Asks the device that the graph is for.
  SupportQuery support{};
  std::set<std::string> disabled{};
  /// Called after each pass that changed the graph.
  std::function<void(const char* pass, const Graph&)> observe{};
};

/// Runs all passes in order and validates the graph after each; then does the same for the graphs of loops and branches.
void optimise(Graph& graph, const PassOptions& options = {});

}  // namespace keraunos::host
