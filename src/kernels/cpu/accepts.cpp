#include "kernels/cpu/accepts.h"

#include "kernels/math/strides.h"

namespace keraunos::cpu {
namespace {

using host::Graph;
using host::Node;
using host::Verdict;

Verdict refused(const std::string& reason) { return {Verdict::refused, reason}; }
Verdict slow(const std::string& reason) { return {Verdict::slow, reason}; }

struct Judge {
  const Cpu& cpu;
  const Graph& graph;
  const Node& node;

  const host::ValueInfo& in(size_t i) const { return graph.info(node.in[i]); }
  const host::ValueInfo& out(size_t i = 0) const { return graph.info(node.out[i]); }

  // Programs run over any strides, but in at most kMaxAxes axes.
  Verdict operator()(const host::Pointwise&) const {
    if (out().shape.size() > math::kMaxAxes) return refused("more than 8 axes");
    return {};
  }
  Verdict operator()(const host::MatMul& op) const {
    const DType type = in(0).dtype;
    const DType product = type == DType::int8 ? DType::int32 : type;
    if (!op.epilogue.empty() && op.epilogue.result() != product)
      return refused("an epilogue that changes the type of the product");
    if (type == DType::int8) return {};
    if (!is_floating(type)) return slow("products of this integer type are plain loops");
    return {};
  }
  Verdict operator()(const host::Softmax&) const { return {}; }
  Verdict operator()(const host::Loop&) const { return refused("loops are unrolled by the planner for now"); }
  Verdict operator()(const host::Reshape&) const { return refused("a reshape is no work for a device"); }
  Verdict operator()(const host::Conv& op) const {
    if (!is_floating(in(0).dtype)) return refused("convolutions of " + std::string(name_of(in(0).dtype)));
    if (!op.epilogue.empty() && op.epilogue.result() != in(0).dtype)
      return refused("an epilogue that changes the type of the product");
    const int64_t filters = out().shape.back().size / op.groups;
    const bool depthwise = op.groups == in(0).shape.back().size && filters == 1;
    if (op.groups > 1 && !depthwise && filters < cpu.kernels->panel_f32) {
      return slow("groups of " + std::to_string(filters) + " filters do not fill the vectors");
    }
    return {};
  }
  Verdict operator()(const host::Pool&) const { return {}; }
  Verdict operator()(const host::Reduce&) const { return {}; }
  Verdict operator()(const host::LayerNorm&) const { return floats_only(); }
  Verdict operator()(const host::Transpose&) const { return {}; }
  Verdict operator()(const host::Slice&) const { return {}; }
  Verdict operator()(const host::Concat&) const { return {}; }
  Verdict operator()(const host::Pad&) const { return {}; }
  Verdict operator()(const host::Gather&) const { return {}; }
  Verdict operator()(const host::Recurrent&) const { return floats_only(); }
  Verdict operator()(const host::Attention&) const { return floats_only(); }
  Verdict operator()(const host::Call&) const { return {}; }

  Verdict floats_only() const { return is_floating(in(0).dtype) ? Verdict{} : refused("defined for floating types only"); }
};

}  // namespace

Verdict judge(const Cpu& cpu, const Graph& graph, const Node& node) {
  for (const Value v : node.in) {
    if (v && graph.info(v).dtype == DType::string && !std::holds_alternative<host::Call>(node.op)) {
      return refused("strings are for kernels on the host");
    }
  }
  return std::visit(Judge{cpu, graph, node}, node.op);
}

bool may_overwrite(const Graph& graph, const Node& node, int index) {
  const host::ValueInfo& operand = graph.info(node.in[static_cast<size_t>(index)]);
  const host::ValueInfo& result = graph.info(node.out[0]);
  if (operand.shape != result.shape || operand.dtype != result.dtype) return false;
  return std::holds_alternative<host::Pointwise>(node.op) || std::holds_alternative<host::Softmax>(node.op) ||
         std::holds_alternative<host::LayerNorm>(node.op);
}

}  // namespace keraunos::cpu
