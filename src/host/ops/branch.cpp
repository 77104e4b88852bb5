#include "host/ops/branch.h"

#include "host/graph/graph.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

bool operator==(const Branch& a, const Branch& b) { return same_graph(a.then, b.then) && same_graph(a.otherwise, b.otherwise); }

std::string Branch::text() const { return "branch" + graph_text("then", then) + graph_text("otherwise", otherwise); }

void Branch::mix(Hash& hash) const {
  mix_graph(hash, then);
  mix_graph(hash, otherwise);
}

Types Branch::infer(const NodeView& node) const {
  require_type(node.in(0), {.shape = {}, .dtype = DType::boolean}, "the condition of a branch");
  Types operands;
  for (size_t i = 1; i < node.operands(); ++i) operands.push_back(type_of_value(node.in(i)));
  const size_t results = then == nullptr ? 0 : then->outputs.size();
  require_graph(then, "first graph", operands, results);
  require_graph(otherwise, "second graph", operands, results);
  Types types;
  for (size_t i = 0; i < results; ++i) {
    types.push_back(type_of_value(then->info(then->outputs[i])));
    require_type(otherwise->info(otherwise->outputs[i]), types[i], "result " + std::to_string(i) + " of the second graph");
  }
  return types;
}

// Both graphs must have their rows along one axis. The choice of the graph must not depend on rows.
std::vector<int> Branch::rows(const RowPair& pair, const NodeView& node, const Branch& other,
                              const std::vector<int>& axis) const {
  const auto of = [&](Value v) { return axis[static_cast<size_t>(v.id)]; };
  std::vector<int> mixed(node.results(), Rows::kMixed);
  if (of(node.node.in[0]) != Rows::kNone) return mixed;
  std::vector<int> inside;
  for (size_t i = 1; i < node.operands(); ++i) inside.push_back(of(node.node.in[i]));
  const std::vector<int> first = rows_inside({*then, *other.then, pair.batch, pair.other_batch}, inside);
  const std::vector<int> second = rows_inside({*otherwise, *other.otherwise, pair.batch, pair.other_batch}, inside);
  return first.size() == node.results() && first == second ? first : mixed;
}

}  // namespace keraunos::host
