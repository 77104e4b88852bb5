#include "loader/layers/common/cell_step.h"

#include "loader/files/json.h"
#include "loader/layers/common/activations.h"

namespace keraunos::loader {
namespace {

// If the config lacks the key, Keras's default applies; null means linear.
Value applied(Lowering& l, Value x, std::string_view key, std::string_view otherwise) {
  const bool given = l.config().json().find(key) != nullptr;
  return given ? l.activated(x, key) : apply_activation(l, l.dialect(), otherwise, x);
}

Value outer(Lowering& l, Value x) { return applied(l, x, "activation", "tanh"); }
Value gate(Lowering& l, Value x) { return applied(l, x, "recurrent_activation", "sigmoid"); }

// Gate `index` of a tensor (…, gates·units).
Value part(Lowering& l, Value all, int64_t index, int64_t units) { return l.slice_axis(all, -1, index * units, units); }

std::vector<Value> lstm(Lowering& l, Value projected, Value kernel, Value h, Value c, int64_t units) {
  const Value z = l.add(projected, l.matmul(h, kernel));
  const Value kept = l.multiply(gate(l, part(l, z, 1, units)), c);
  const Value fresh = l.multiply(gate(l, part(l, z, 0, units)), outer(l, part(l, z, 2, units)));
  const Value cell = l.add(kept, fresh);
  const Value output = l.multiply(gate(l, part(l, z, 3, units)), outer(l, cell));
  return {output, output, cell};
}

// z·h + (1 − z)·candidate; the two variants differ in the operand of the reset gate.
std::vector<Value> gru(Lowering& l, bool reset_after, Value projected, Value kernel, Value bias, Value h, int64_t units) {
  const auto from_state = [&](Value state, int64_t index) {
    const Value product = l.matmul(state, part(l, kernel, index, units));
    return bias ? l.add(product, part(l, bias, index, units)) : product;
  };
  const Value update = gate(l, l.add(part(l, projected, 0, units), from_state(h, 0)));
  const Value reset = gate(l, l.add(part(l, projected, 1, units), from_state(h, 1)));
  const Value recurrent = reset_after ? l.multiply(reset, from_state(h, 2)) : from_state(l.multiply(reset, h), 2);
  const Value candidate = outer(l, l.add(part(l, projected, 2, units), recurrent));
  const Value one = l.scalar(1, l.dtype(update));
  const Value output = l.add(l.multiply(update, h), l.multiply(l.subtract(one, update), candidate));
  return {output, output};
}

}  // namespace

std::vector<Value> written_step(Lowering& l, RecurrentOptions::Cell cell, const StepOperands& operands,
                                const std::vector<Value>& states) {
  const int64_t units = l.config().integer("units", Range{1});
  const auto& [projected, kernel, bias, reset_after] = operands;
  if (cell == RecurrentOptions::lstm) return lstm(l, projected, kernel, states[0], states[1], units);
  if (cell == RecurrentOptions::gru) return gru(l, reset_after, projected, kernel, bias, states[0], units);
  const Value output = outer(l, l.add(projected, l.matmul(states[0], kernel)));
  return {output, output};
}

}  // namespace keraunos::loader
