// What the GPU accepts, and why not.
#include "kernels/cuda/attention_shape.h"
#include "kernels/cuda/epilogue.h"
#include "kernels/cuda/recurrent/shape_of_node.h"
#include "kernels/cuda/recurrent/tiled.h"
#include "kernels/cuda/step.h"
#include "kernels/cuda/walk.h"

namespace keraunos::cuda {
namespace {

using host::Graph;
using host::Node;
using host::Verdict;

Verdict refused(const std::string& reason) { return {Verdict::refused, reason}; }
Verdict slow(const std::string& reason) { return {Verdict::slow, reason}; }

struct Judge {
  const Context& context;
  const Graph& graph;
  const Node& node;

  const host::ValueInfo& in(size_t i) const { return graph.info(node.in[i]); }
  const host::ValueInfo& out(size_t i = 0) const { return graph.info(node.out[i]); }
  std::string type_name() const { return std::string(name_of(in(0).dtype)); }

  Verdict floats_only() const { return is_floating(in(0).dtype) ? Verdict{} : refused("defined for floating types only, found " + type_name()); }
  Verdict up_to_eight_axes() const {
    return in(0).shape.size() > static_cast<size_t>(kMaxAxes) ? refused("more than 8 axes") : Verdict{};
  }

  Verdict operator()(const host::Pointwise&) const { return out().shape.size() > static_cast<size_t>(kMaxAxes) ? refused("more than 8 axes") : Verdict{}; }
  Verdict operator()(const host::MatMul& op) const {
    const DType type = in(0).dtype, product = type == DType::int8 ? DType::int32 : type;
    if (!op.epilogue.empty() && op.epilogue.result() != product) return refused("an epilogue that changes the type of the product");
    if (type == DType::int8 && !graph.is_constant(node.in[1]) && !op.transpose_b) return slow("cuBLASLt wants int8 kernels transposed");
    if (!is_floating(type) && type != DType::int8) return slow("products of " + type_name() + " run on a simple kernel");
    return {};
  }
  Verdict operator()(const host::Conv& op) const {
    if (!is_floating(in(0).dtype)) return refused("convolutions of " + type_name());
    if (!op.epilogue.empty() && op.epilogue.result() != in(0).dtype) return refused("an epilogue that changes the type of the product");
    if (in(0).dtype == DType::float64) return slow("float64 convolutions run on a simple kernel");
    if (!graph.is_constant(node.in[1])) return slow("a convolution whose kernel is computed runs on a simple kernel");
    return {};
  }
  Verdict operator()(const host::Pool& op) const { return op.kind == host::Pool::average ? floats_only() : Verdict{}; }
  Verdict operator()(const host::Reduce&) const { return up_to_eight_axes(); }
  Verdict operator()(const host::Softmax&) const { return floats_only(); }
  Verdict operator()(const host::LayerNorm&) const { return floats_only(); }
  Verdict operator()(const host::Reshape&) const { return {}; }
  Verdict operator()(const host::Transpose&) const { return up_to_eight_axes(); }
  Verdict operator()(const host::Slice&) const { return up_to_eight_axes(); }
  Verdict operator()(const host::Concat&) const { return {}; }
  Verdict operator()(const host::Pad&) const { return up_to_eight_axes(); }
  Verdict operator()(const host::Gather&) const { return {}; }
  Verdict operator()(const host::Recurrent& op) const {
    if (const Verdict verdict = floats_only(); verdict.speed == Verdict::refused) return verdict;
    for (const Function f : {op.activation.function, op.recurrent_activation.function}) {
      if (!ChainFunctions::has(f) || operands_of(f) != 1) return refused("a recurrent layer with the function " + std::string(name_of(f)));
    }
    TiledLayout layout;
    const RecurrentShape shape = recurrent_shape(graph, node, op);
    if (plan_tiled(in(0).dtype, shape, context.launch(), layout)) return {};
    return refused("the state of " + std::to_string(shape.units) + " units does not fit a block's shared memory");
  }
  Verdict operator()(const host::Attention& op) const {
    if (const Verdict verdict = floats_only(); verdict.speed == Verdict::refused) return verdict;
    const AttentionShape shape = attention_shape(graph, node, op);
    if (attention_rows(in(0).dtype, shape, context.launch()) > 0) return {};
    return refused("the scores of " + std::to_string(shape.keys) + " keys do not fit a block's shared memory");
  }
  Verdict operator()(const host::Loop&) const { return refused("loops are written out before a device sees them"); }
  Verdict operator()(const host::Call& op) const {
    return op.kernel->has_cuda() ? Verdict{} : refused(op.kernel->name() + " has no CUDA body and runs on the host");
  }
};

}  // namespace

host::Verdict judge(const Context& context, const Graph& graph, const Node& node) {
  for (const std::vector<Value>* values : {&node.in, &node.out}) {
    for (const Value v : *values) {
      if (v && graph.info(v).dtype == DType::string) return refused("strings are for kernels on the host");
    }
  }
  return std::visit(Judge{context, graph, node}, node.op);
}

// Kernels that read an element only in the thread that then writes it, or a row in the warp that does.
bool may_overwrite(const Graph& graph, const Node& node, int index) {
  const host::ValueInfo& operand = graph.info(node.in[static_cast<size_t>(index)]);
  const host::ValueInfo& result = graph.info(node.out[0]);
  if (operand.shape != result.shape || operand.dtype != result.dtype) return false;
  if (std::holds_alternative<host::LayerNorm>(node.op)) return index == 0;
  return std::holds_alternative<host::Pointwise>(node.op) || std::holds_alternative<host::Softmax>(node.op);
}

}  // namespace keraunos::cuda
