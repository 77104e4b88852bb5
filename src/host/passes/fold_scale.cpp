// BatchNormalization lowers to x·scale + shift with one constant number for each channel. After a product the scale moves into
// the weights: conv(x, W)·s = conv(x, W·s), and with a bias before it, (conv(x, W) + b)·s = conv(x, W·s) + b·s. W·s and b·s are
// ordinary nodes over constants, evaluated once for each device. The weights as saved are not modified.
#include "host/passes/channel_step.h"
#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {
namespace {

struct Scaling {
  Value product;  // result of the MatMul or Conv
  Value scale;    // constant, last axis only
  Value bias;     // constant or absent
};

bool is_product(const Node& node) {
  const auto* matmul = std::get_if<MatMul>(&node.op);
  const Program* epilogue = epilogue_of(node.op);
  return epilogue != nullptr && epilogue->empty() && (matmul == nullptr || !matmul->transpose_b);
}

}  // namespace

bool fold_scale(Graph& graph) {
  const Uses uses(graph);
  const std::vector<char> constant = constant_values(graph);
  const auto fixed = [&](Value v) { return constant[static_cast<size_t>(v.id)] != 0; };
  const auto maker = [&](Value v) {
    return uses.count(v) == 1 && uses.maker(v) >= 0 ? &graph.nodes[static_cast<size_t>(uses.maker(v))] : nullptr;
  };
  std::vector<std::pair<size_t, Scaling>> found;  // index of the multiply node
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto scaled = channel_step(graph, graph.nodes[i], Function::multiply);
    if (!scaled || !fixed(scaled->second)) continue;
    const Node* source = maker(scaled->first);
    if (source == nullptr) continue;
    Scaling scaling{scaled->first, scaled->second, {}};
    if (const auto biased = channel_step(graph, *source, Function::add); biased && fixed(biased->second)) {
      scaling.product = biased->first, scaling.bias = biased->second;
      source = maker(biased->first);
    }
    if (source == nullptr || !is_product(*source) || !fixed(source->in[1]) || graph.info(source->out[0]).dtype == DType::int32)
      continue;
    found.emplace_back(i, scaling);
  }
  if (found.empty()) return false;

  size_t next = 0;
  Graph rebuilt = graph;
  rebuilt.nodes.clear();
  Builder builder(rebuilt);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Node node = graph.nodes[i];
    if (next >= found.size() || found[next].first != i) {
      rebuilt.nodes.push_back(std::move(node));
      continue;
    }
    const Scaling& scaling = found[next++].second;
    rebuilt.origin = node.origin;
    const Dim channels = rebuilt.info(node.out[0]).shape.back();
    const Value scale = builder.reshape(scaling.scale, {channels});
    Node product = graph.nodes[static_cast<size_t>(uses.maker(scaling.product))];
    product.in[1] = builder.multiply(product.in[1], scale);
    product.origin += " × " + node.origin;
    if (!scaling.bias) {
      product.out = node.out;
      rebuilt.nodes.push_back(std::move(product));
      continue;
    }
    const Value fresh = rebuilt.add_value(rebuilt.info(scaling.product));
    product.out = {fresh};
    rebuilt.nodes.push_back(std::move(product));
    const Value shift = builder.multiply(builder.reshape(scaling.bias, {channels}), scale);
    builder.add(fresh, shift);
    rebuilt.nodes.back().out = node.out;
  }
  graph = std::move(rebuilt);
  return true;
}

}  // namespace keraunos::host
