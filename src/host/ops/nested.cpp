#include "host/ops/nested.h"

#include "host/graph/contents.h"
#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

bool same_graph(const GraphPointer& a, const GraphPointer& b) {
  return a == b || (a != nullptr && b != nullptr && same_contents(*a, *b));
}

void mix_graph(Hash& hash, const GraphPointer& graph) { hash.mix(graph == nullptr ? uint64_t{0} : contents_hash(*graph)); }

std::string graph_text(const char* name, const GraphPointer& graph) {
  return graph == nullptr ? std::string() : std::string(" ") + name + ' ' + std::to_string(contents_hash(*graph));
}

ValueInfo type_of_value(const ValueInfo& info) { return {.shape = info.shape, .dtype = info.dtype}; }

void require_type(const ValueInfo& found, const ValueInfo& expected, const std::string& what) {
  if (found.shape == expected.shape && found.dtype == expected.dtype) return;
  throw UsageError(what + " is " + std::string(name_of(found.dtype)) + text_of(found.shape) + ", expected " +
                   std::string(name_of(expected.dtype)) + text_of(expected.shape));
}

void require_graph(const GraphPointer& graph, const char* name, const Types& inputs, size_t results) {
  const std::string what = std::string("the ") + name + " of an operation with graphs";
  if (graph == nullptr) throw UsageError(what + " is absent");
  if (graph->inputs.size() != inputs.size() || graph->outputs.size() != results)
    throw UsageError(what + " takes " + std::to_string(graph->inputs.size()) + " values and gives " +
                     std::to_string(graph->outputs.size()) + ", expected " + std::to_string(inputs.size()) + " and " +
                     std::to_string(results));
  for (size_t i = 0; i < inputs.size(); ++i)
    require_type(graph->info(graph->inputs[i]), inputs[i], "input " + std::to_string(i) + " of " + what);
  if (!graph->states.empty()) throw UsageError(what + " keeps a state between calls");
}

namespace {

void bind(GraphPointer& pointer, size_t input, const ValueInfo& constant) {
  auto graph = std::make_shared<Graph>(*pointer);
  ValueInfo& inside = graph->info(graph->inputs[input]);
  inside.constant = constant.constant, inside.folded = constant.folded;
  graph->inputs.erase(graph->inputs.begin() + static_cast<std::ptrdiff_t>(input));
  pointer = std::move(graph);
}

template <class Own>
bool bind_constants_of(Own& op, const Graph& graph, Node& node) {
  bool any = false;
  const Captures captures = op.captures();
  for (size_t i = node.in.size(); i-- > captures.first;) {
    if (!graph.is_constant(node.in[i])) continue;
    for (size_t k = 0; k < captures.inputs.size(); ++k) {
      GraphPointer& nested = *op.graphs()[k];
      if (nested != nullptr) bind(nested, captures.inputs[k] + i - captures.first, graph.info(node.in[i]));
    }
    node.in.erase(node.in.begin() + static_cast<std::ptrdiff_t>(i));
    any = true;
  }
  return any;
}

}  // namespace

bool bind_constants(const Graph& graph, Node& node) {
  const auto bind_in = [&]<class Own>(Own& op) {
    if constexpr (Own::traits.is_nested) return bind_constants_of(op, graph, node);
    return false;
  };
  return std::visit(bind_in, node.op);
}

std::vector<int> rows_inside(const RowPair& pair, const std::vector<int>& inputs) {
  if (!same_form(pair.graph, pair.other)) return {};
  std::vector<int> axes = initial_axes(pair);
  for (size_t i = 0; i < inputs.size(); ++i) axes[static_cast<size_t>(pair.graph.inputs[i].id)] = inputs[i];
  spread(pair, axes);
  std::vector<int> results;
  for (const Value v : pair.graph.outputs) results.push_back(axes[static_cast<size_t>(v.id)]);
  return results;
}

}  // namespace keraunos::host
