// Cross-entropies as operations of a graph.
#include <algorithm>

#include "host/graph/graph.h"
#include "loader/ops/one_hot.h"

namespace keraunos::loader {
namespace {

constexpr double kEpsilon = 1e-7;

// The node that made a value; searched from the end, because graphs are in topological order.
const host::Node* maker_of(const host::Graph& graph, Value v) {
  const auto made = [&](const host::Node& node) { return std::find(node.out.begin(), node.out.end(), v) != node.out.end(); };
  const auto found = std::find_if(graph.nodes.rbegin(), graph.nodes.rend(), made);
  return found == graph.nodes.rend() ? nullptr : &*found;
}

bool is_sigmoid(const host::Node& node) {
  const auto* pointwise = std::get_if<host::Pointwise>(&node.op);
  const bool alone = pointwise != nullptr && pointwise->program.steps.size() == 1 && pointwise->program.inputs.size() == 1;
  return alone && pointwise->program.steps[0].function == Function::sigmoid;
}

bool is_softmax(const host::Node& node) {
  const auto* softmax = std::get_if<host::Softmax>(&node.op);
  return softmax != nullptr && !softmax->log;
}

// Keras's losses use the operand of a softmax or sigmoid instead of its result, as logits of the loss's own kind: binary
// cross-entropy also after a softmax, categorical cross-entropy also after a sigmoid.
Value logits_behind(OperationCall& call, Value v) {
  const host::Node* maker = maker_of(host::graph_of(call.l), v);
  return maker != nullptr && (is_softmax(*maker) || is_sigmoid(*maker)) ? maker->in[0] : Value{};
}

Value clipped(OperationCall& call, Value x) {
  const DType type = call.l.dtype(x);
  const Value high = call.l.binary(Function::minimum, x, call.l.scalar(1 - kEpsilon, type));
  return call.l.binary(Function::maximum, high, call.l.scalar(kEpsilon, type));
}

Value log(OperationCall& call, Value x) { return call.l.unary(Function::log, x); }

void require_one_shape(OperationCall& call, Value a, Value b) {
  if (call.l.shape(a) != call.l.shape(b))
    call.l.refuse("compares " + call.l.dims(a).to_string() + " with " + call.l.dims(b).to_string());
}

// With logits: max(x, 0) − x·t + log(1 + exp(−|x|)).
std::vector<Value> binary_entropy(OperationCall& call) {
  Value output = call.tensor(1);
  const Value target = call.l.cast(call.tensor(0), call.l.dtype(output));
  require_one_shape(call, target, output);
  bool logits = call.flag(2, false);
  if (const Value before = logits_behind(call, output)) output = before, logits = true;
  if (logits) {
    const Value falling = call.l.unary(Function::negate, call.l.unary(Function::abs, output));
    const Value rest = call.l.unary(Function::log1p, call.l.unary(Function::exp, falling));
    return {call.l.add(call.l.subtract(call.l.unary(Function::relu, output), call.l.multiply(output, target)), rest)};
  }
  output = clipped(call, output);
  const Value one = call.l.scalar(1, call.l.dtype(output));
  const Value sum = call.l.add(call.l.multiply(target, log(call, output)),
                               call.l.multiply(call.l.subtract(one, target), log(call, call.l.subtract(one, output))));
  return {call.l.unary(Function::negate, sum)};
}

std::vector<Value> categorical_entropy(OperationCall& call) {
  Value output = call.tensor(1);
  const Value target = call.l.cast(call.tensor(0), call.l.dtype(output));
  require_one_shape(call, target, output);
  const int axis = call.axis(3, call.l.rank(output), -1), along[] = {axis};
  bool logits = call.flag(2, false);
  if (const Value before = logits_behind(call, output)) output = before, logits = true;
  Value logarithms;
  if (logits)
    logarithms = call.l.log_softmax(output, axis);
  else
    logarithms = log(call, clipped(call, call.l.divide(output, call.l.reduce(Reduction::sum, output, along, true))));
  return {call.l.unary(Function::negate, call.l.reduce(Reduction::sum, call.l.multiply(target, logarithms), along))};
}

std::vector<Value> sparse_entropy(OperationCall& call) {
  Value target = call.tensor(0), output = call.tensor(1);
  const int last = call.l.rank(output) - 1;
  if (call.axis(3, last + 1, -1) != last)
    call.l.refuse("has classes along another axis than the last, which Keras does not take either");
  const bool column = call.l.rank(target) == call.l.rank(output) && call.l.dim(target, -1).size == 1;
  if (!column) target = call.l.expand_dims(target, -1);
  bool logits = call.flag(2, false);
  if (const Value before = logits_behind(call, output)) output = before, logits = true;
  const Value logarithms = call.l.log_softmax(logits ? output : log(call, clipped(call, output)), last);
  const Value taken = call.l.squeeze(taken_along(call.l, logarithms, call.l.cast(target, DType::int64), last), last);
  return {call.l.unary(Function::negate, taken)};
}

}  // namespace

std::vector<Operation> losses_operations() {
  return {
      {{"BinaryCrossentropy"}, {}, {"target", "output", "from_logits"}, binary_entropy, 2},
      {{"CategoricalCrossentropy"}, {}, {"target", "output", "from_logits", "axis"}, categorical_entropy, 2},
      {{"SparseCategoricalCrossentropy"}, {}, {"target", "output", "from_logits", "axis"}, sparse_entropy, 2},
  };
}

}  // namespace keraunos::loader
