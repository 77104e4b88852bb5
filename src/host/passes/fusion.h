// Passes that make one node of several ask the device first: nodes whose fused form the device runs worse stay apart.
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
  /// Without a device everything is fused.
  explicit Fusion(SupportQuery support = {}) : support_(std::move(support)) {}

  /// The device runs `fused` no worse than the worst of `parts`. If not, a note of the graph tells why they stay apart.
  bool allows(Graph& graph, const Node& fused, std::initializer_list<const Node*> parts);

 private:
  void note(Graph& graph, const std::string& reason, std::initializer_list<const Node*> parts);

  SupportQuery support_;
  std::set<std::pair<std::string, std::string>> noted_;  // once for all steps of an unrolled loop
};

}  // namespace keraunos::host
