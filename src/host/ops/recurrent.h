#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: projected (N, T, gates·units), recurrent kernel (units, gates·units), recurrent bias? (gates·units; GRU reset_after only),
/// h0? (N, units), c0? (N, units; LSTM), mask? (N, T) boolean. `projected` = x·kernel + bias, for all steps at once.
/// out: sequence (N, T, units) or last (N, units); h (N, units); c (N, units; LSTM only).
/// A masked step keeps the state and repeats the previous output (zeros before the first, or always with zero_output_for_mask).
/// With go_backwards time runs from T−1 down and outputs are in the order of processing.
struct Recurrent {
  static constexpr OpTraits traits{.has_cost = true};
  /// A function of one operand and its parameter, e.g. {hard_sigmoid, 0.2}.
  struct Scalar {
    Function function = Function::tanh;
    Number immediate = 0;
    friend bool operator==(const Scalar&, const Scalar&) = default;
  };
  enum Kind : uint8_t { simple, gru, lstm };

  Kind kind = lstm;
  Scalar activation{Function::tanh}, recurrent_activation{Function::sigmoid};
  bool reset_after = true, go_backwards = false, return_sequences = false, zero_output_for_mask = false;

  int gates() const noexcept { return kind == lstm ? 4 : kind == gru ? 3 : 1; }

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  OpCost cost(const NodeView& node) const;
  friend bool operator==(const Recurrent&, const Recurrent&) = default;
};

}  // namespace keraunos::host
