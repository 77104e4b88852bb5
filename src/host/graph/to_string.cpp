// The text of a graph.
#include <sstream>

#include "host/graph/graph.h"

namespace keraunos::host {
namespace {

std::string type_text_of(const ValueInfo& info) { return std::string(name_of(info.dtype)) + dims_of(info.shape).to_string(); }

void write(std::ostringstream& text, const Graph& graph, const std::string& indent) {
  for (Value v : graph.inputs) text << indent << '%' << v.id << " = input : " << type_text_of(graph.info(v)) << '\n';
  for (const Node& node : graph.nodes) {
    text << indent;
    for (size_t i = 0; i < node.out.size(); ++i) text << (i ? ", %" : "%") << node.out[i].id;
    text << " = " << describe(node.op);
    for (Value v : node.in) {
      text << (v ? (graph.is_constant(v) ? " $" : " %") : " -");
      if (v) text << v.id;
    }
    text << " :";
    for (Value v : node.out) text << ' ' << type_text_of(graph.info(v));
    text << (node.place == Place::host ? "  on the host" : "") << "  # " << node.origin << '\n';
    for (const Graph* nested : graphs_of(node.op)) write(text, *nested, indent + "    ");
  }
  text << indent << "return";
  for (Value v : graph.outputs) text << " %" << v.id;
  text << '\n';
}

}  // namespace

std::string to_string(const Graph& graph) {
  std::ostringstream text;
  write(text, graph, {});
  return text.str();
}

}  // namespace keraunos::host
