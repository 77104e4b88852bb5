#include "host/passes/fusion.h"

#include <algorithm>

namespace keraunos::host {

bool Fusion::allows(Graph& graph, const Node& fused, std::initializer_list<const Node*> parts) {
  if (!support_) return true;
  const Verdict together = support_(graph, fused);
  if (together.speed == Verdict::fast) return true;
  const bool no_worse =
      std::any_of(parts.begin(), parts.end(), [&](const Node* part) { return support_(graph, *part).speed <= together.speed; });
  if (!no_worse) note(graph, together.reason, parts);
  return no_worse;
}

// The last part reads the results of the others.
void Fusion::note(Graph& graph, const std::string& reason, std::initializer_list<const Node*> parts) {
  std::string makers;
  for (const Node* part : parts) {
    if (part != *(parts.end() - 1)) makers += (makers.empty() ? "" : ", ") + describe(part->op) + " of \"" + part->origin + '"';
  }
  PlanNote made{(*(parts.end() - 1))->origin, "stays apart from " + makers + ": " + reason};
  if (noted_.emplace(made.layer, made.text).second) graph.notes.push_back(std::move(made));
}

}  // namespace keraunos::host
