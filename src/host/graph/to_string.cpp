// The text of a graph.
#include <sstream>

#include "host/graph/graph.h"

namespace keraunos::host {
namespace {

std::string type_text_of(const ValueInfo& info) { return std::string(name_of(info.dtype)) + dims_of(info.shape).to_string(); }

}  // namespace

std::string to_string(const Graph& graph) {
  std::ostringstream text;
  for (Value v : graph.inputs) text << '%' << v.id << " = input : " << type_text_of(graph.info(v)) << '\n';
  for (const Node& node : graph.nodes) {
    for (size_t i = 0; i < node.out.size(); ++i) text << (i ? ", %" : "%") << node.out[i].id;
    text << " = " << describe(node.op);
    for (Value v : node.in) {
      text << (v ? (graph.is_constant(v) ? " $" : " %") : " -");
      if (v) text << v.id;
    }
    text << " :";
    for (Value v : node.out) text << ' ' << type_text_of(graph.info(v));
    text << (node.place == Place::host ? "  on the host" : "") << "  # " << node.origin << '\n';
  }
  text << "return";
  for (Value v : graph.outputs) text << " %" << v.id;
  text << '\n';
  return text.str();
}

}  // namespace keraunos::host
