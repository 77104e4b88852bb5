// A builder without a layer that can write into other graphs; LoopWriter needs one.
#pragma once

#include <utility>

#include "host/graph/loop_writer.h"

namespace keraunos::host {

class PlainLowering final : public Builder {
 public:
  explicit PlainLowering(Graph& graph) : Builder(graph) {}
  Within within() {
    return [this](Graph& graph, const std::function<void()>& work) {
      OpaqueGraph* const around = std::exchange(graph_, &graph);
      graph.origin = static_cast<Graph*>(around)->origin;
      work();
      graph_ = around;
    };
  }
};

}  // namespace keraunos::host
