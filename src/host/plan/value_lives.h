// Which values are names of one buffer, and the last node that reads each buffer.
#pragma once

#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

class ValueLives {
 public:
  explicit ValueLives(const Graph& graph);
  /// The id of the value that the buffer was made for: a view is another name of its operand's buffer.
  int root(Value v) const { return roots_[static_cast<size_t>(v.id)]; }
  /// The index of the last node that reads a root; −1 for none.
  int last_reader(int root) const { return last_reader_[static_cast<size_t>(root)]; }
  /// True for a root that is a graph output or the next value of a state.
  bool outlives_nodes(int root) const { return outlives_nodes_[static_cast<size_t>(root)] != 0; }

 private:
  std::vector<int> roots_, last_reader_;
  std::vector<char> outlives_nodes_;
};

}  // namespace keraunos::host
