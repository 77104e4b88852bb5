// Passes that fuse nodes ask the device first: nodes stay separate where the device runs the fused form worse.
#pragma once

#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <utility>

#include "host/graph/graph.h"
#include "host/graph/verdict.h"

namespace keraunos::host {

/// How well the model's device runs a node of the graph.
using SupportQuery = std::function<Verdict(const Graph&, const Node&)>;

class Fusion {
 public:
  /// Without a support query everything is fused.
  explicit Fusion(SupportQuery support = {}) : support_(std::move(support)) {}

  /// True when the device runs `fused` no worse than the worst of `parts`. Otherwise a note of the graph states why they stay
  /// separate.
  bool allows(Graph& graph, const Node& fused, std::initializer_list<const Node*> parts);

 private:
  void note(Graph& graph, const std::string& reason, std::initializer_list<const Node*> parts);

  SupportQuery support_;
  std::set<std::pair<std::string, std::string>> noted_;  // so that the steps of an unrolled loop give one note
};

}  // namespace keraunos::host
