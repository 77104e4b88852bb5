// The passes, one a file, and the runner. A pass rewrites a graph into one that computes the same and says whether it changed
// anything. Those that fuse nodes ask the device; the others leave the kinds of nodes as they are, or make fewer of them.
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
/// (x·W)·s and (x·W + b)·s with s one number per channel → x·(W·s) + b·s: BatchNormalization behind a convolution or Dense.
bool fold_scale(Graph& graph);
/// (x + a) + b → x + (a + b) and (x + a) + (y + b) → (x + (a + b)) + y with a and b one constant number per channel: a bias and
/// the shift of the BatchNormalization behind it are one addition, and those of a shortcut join the main branch's.
bool merge_shifts(Graph& graph);
/// reshape(reshape(x)), transpose(transpose(x)), reshape to the same shape; transposes that move no data become reshapes.
bool merge_views(Graph& graph);
/// f(reshape(product), vectors) → reshape(f(product, vectors)), so that f can become the product's epilogue.
bool sink_reshapes(Graph& graph);
/// Neighbouring pointwise nodes of one shape become one program.
bool fuse_pointwise(Graph& graph, Fusion& fusion);
/// A pointwise node behind a convolution or product becomes its epilogue.
bool fuse_epilogues(Graph& graph, Fusion& fusion);
/// Short loops are written out, one copy of the body per step.
bool unroll_loops(Graph& graph);
/// What a loop or branch captures of the graph around it and is constant there becomes a constant of its graphs, what a loop
/// carries unchanged is captured, what it carries twice is carried once, and a branch whose condition is constant is the graph
/// that it says.
bool simplify_nested(Graph& graph);
/// One node where two compute the same.
bool share_equal_nodes(Graph& graph);

struct Pass {
  const char* name;
  bool (*run)(Graph&, Fusion&);
};
std::span<const Pass> all_passes();

struct PassOptions {
  /// The device that the graph is for.
  SupportQuery support{};
  std::set<std::string> disabled{};
  /// Called after each pass that changed the graph.
  std::function<void(const char* pass, const Graph&)> observe{};
};

/// All passes in order, the graph validated after each; then the same for the graphs of loops and branches.
void optimise(Graph& graph, const PassOptions& options = {});

}  // namespace keraunos::host
