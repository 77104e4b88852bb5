#include "host/ops/recurrent.h"

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

std::string scalar_text(const Recurrent::Scalar& scalar) {
  const std::string name(name_of(scalar.function));
  return scalar.immediate == Number(0) ? name : name + '(' + text_of(scalar.immediate) + ')';
}

// An operand that may be absent.
void require_recurrent(const NodeView& node, size_t operand, const char* what, const Shape& wanted, DType type) {
  if (!node.has(operand)) return;
  const ValueInfo& found = node.in(operand);
  if (found.shape == wanted && found.dtype == type) return;
  throw UsageError(std::string("recurrent: ") + what + " of " + std::string(name_of(found.dtype)) + text_of(found.shape) +
                   " does not fit a sequence " + text_of(node.in(0).shape) + " and a recurrent kernel " +
                   text_of(node.in(1).shape) + "; expected " + std::string(name_of(type)) + text_of(wanted));
}

}  // namespace

std::string Recurrent::text() const {
  constexpr const char* names[] = {"simple_rnn", "gru", "lstm"};
  std::string text = names[kind] + (' ' + scalar_text(activation));
  const Recurrent other;  // parameters that a simple layer does not use are written only where they differ from the defaults
  if (kind != simple || recurrent_activation != other.recurrent_activation) text += ' ' + scalar_text(recurrent_activation);
  if (kind == gru ? reset_after : reset_after != other.reset_after) text += kind == gru ? " reset_after" : " reset_before";
  if (go_backwards) text += " backwards";
  if (zero_output_for_mask) text += " zero_output_for_mask";
  return text + (return_sequences ? " sequences" : " last");
}

void Recurrent::mix(Hash& hash) const {
  hash.mix(kind).mix(activation.function).mix(activation.immediate);
  hash.mix(recurrent_activation.function).mix(recurrent_activation.immediate);
  hash.mix(reset_after).mix(go_backwards).mix(return_sequences).mix(zero_output_for_mask);
}

Types Recurrent::infer(const NodeView& node) const {
  node.require_operands(6, 6);
  const ValueInfo &projected = node.in(0), &kernel = node.in(1);
  const bool matrices = projected.shape.size() == 3 && kernel.shape.size() == 2;
  if (!matrices || projected.shape[2].size != checked_multiply(kernel.shape[0].size, gates()) ||
      kernel.shape[1] != projected.shape[2] || projected.dtype != kernel.dtype) {
    throw UsageError("recurrent: " + text_of(projected.shape) + " does not fit a recurrent kernel of " + text_of(kernel.shape));
  }
  const Dim batch = projected.shape[0], steps = projected.shape[1], units = kernel.shape[0];
  if (steps.size < 1 && !(node.graph.is_probe && steps.varies)) {
    throw UsageError("a recurrent layer needs a sequence of one step at least");
  }
  const DType type = projected.dtype;
  if (node.has(2) && (kind != gru || !reset_after)) throw UsageError("recurrent: a recurrent bias is for a GRU with reset_after");
  if (node.has(4) && kind != lstm) throw UsageError("recurrent: a cell state is for an LSTM");
  require_recurrent(node, 2, "a recurrent bias", {kernel.shape[1]}, type);
  require_recurrent(node, 3, "a state", {batch, units}, type);
  require_recurrent(node, 4, "a cell state", {batch, units}, type);
  require_recurrent(node, 5, "a mask", {batch, steps}, DType::boolean);
  const ValueInfo state{.shape = {batch, units}, .dtype = type};
  Types results{return_sequences ? ValueInfo{.shape = {batch, steps, units}, .dtype = type} : state, state};
  if (kind == lstm) results.push_back(state);
  return results;
}

int Recurrent::rows(const RowRule& rule) const {
  return rule.of(1) != RowRule::kNone || rule.of(2) != RowRule::kNone ? RowRule::kMixed : rule.leading();
}

OpCost Recurrent::cost(const NodeView& node) const {
  const Shape& projected = node.in(0).shape;
  return {.products = static_cast<double>(elements_of(projected)) * static_cast<double>(node.in(1).shape[0].size),
          .constants = OpCost::at_every_step,
          .steps = projected[1].size};
}

}  // namespace keraunos::host
