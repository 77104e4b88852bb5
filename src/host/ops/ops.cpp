// Dispatches each question to the operation in an Op. A missing answer does not compile.
#include "host/ops/ops.h"

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

template <class>
struct AllAre;
template <class... Ops>
struct AllAre<std::variant<Ops...>> {
  static_assert((Operation<Ops> && ...), "an operation lacks a part: see Operation in host/ops/operation.h");
};
template struct AllAre<Op>;

std::string type_text(const ValueInfo& info) { return std::string(name_of(info.dtype)) + text_of(info.shape); }

void require_results(const Types& expected, const NodeView& node) {
  if (expected.size() != node.results()) throw UsageError("has " + std::to_string(node.results()) + " results");
  for (size_t i = 0; i < expected.size(); ++i) {
    const ValueInfo& found = node.out(i);
    if (found.shape == expected[i].shape && found.dtype == expected[i].dtype) continue;
    throw UsageError("result " + std::to_string(i) + " is " + type_text(found) + ", expected " + type_text(expected[i]));
  }
}

}  // namespace

std::string describe(const Op& op) {
  return std::visit([](const auto& own) { return own.text(); }, op);
}

uint64_t hash_of(const Op& op) {
  Hash hash;
  hash.mix(op.index());
  std::visit([&](const auto& own) { own.mix(hash); }, op);
  return hash.value();
}

const OpTraits& traits_of(const Op& op) {
  return std::visit([]<class Own>(const Own&) -> const OpTraits& { return Own::traits; }, op);
}

void check(const Op& op, const NodeView& node) {
  const auto check_one = [&]<class Own>(const Own& own) {
    if constexpr (InfersResults<Own>)
      require_results(own.infer(node), node);
    else
      own.check(node);
  };
  std::visit(check_one, op);
}

OpCost cost_of(const Op& op, const NodeView& node) {
  const auto cost = [&]<class Own>(const Own& own) -> OpCost {
    if constexpr (Own::traits.has_cost) return own.cost(node);
    return {};
  };
  return std::visit(cost, op);
}

std::string fault_text(const Op& op, const NodeView& node) {
  const auto text = [&]<class Own>(const Own& own) -> std::string {
    if constexpr (Own::traits.may_fault) return own.fault_text(node);
    return {};
  };
  return std::visit(text, op);
}

const Program* epilogue_of(const Op& op) {
  const auto epilogue = []<class Own>(const Own& own) -> const Program* {
    if constexpr (requires { own.epilogue; }) return &own.epilogue;
    return nullptr;
  };
  return std::visit(epilogue, op);
}

Program* epilogue_of(Op& op) { return const_cast<Program*>(epilogue_of(std::as_const(op))); }

std::shared_ptr<const Kernel> kernel_of(const Op& op) {
  const auto* call = std::get_if<Call>(&op);
  return call == nullptr ? nullptr : call->kernel;
}

std::vector<GraphPointer*> graphs_of(Op& op) {
  std::vector<GraphPointer*> graphs;
  const auto collect = [&]<class Own>(Own& own) {
    if constexpr (Own::traits.is_nested) {
      for (GraphPointer* graph : own.graphs()) {
        if (*graph != nullptr) graphs.push_back(graph);
      }
    }
  };
  std::visit(collect, op);
  return graphs;
}

std::vector<const Graph*> graphs_of(const Op& op) {
  std::vector<const Graph*> graphs;
  for (const GraphPointer* graph : graphs_of(const_cast<Op&>(op))) graphs.push_back(graph->get());
  return graphs;
}

bool may_overwrite(const NodeView& node, size_t operand) {
  const OpTraits::Operands which = traits_of(node.node.op).overwritten;
  if (which == OpTraits::none || (which == OpTraits::first && operand != 0)) return false;
  const ValueInfo &from = node.in(operand), &to = node.out();
  return from.shape == to.shape && from.dtype == to.dtype;
}

}  // namespace keraunos::host
