#include "loader/layers/common/cells.h"

#include <algorithm>

#include "loader/files/json.h"
#include "loader/layers/common/activations.h"
#include "loader/layers/common/arguments.h"

namespace keraunos::loader {
namespace {

using files::Json;

constexpr std::string_view kWholeSequence = "whole_sequence";

// Built-in cells whose activations a Recurrent operation can apply, and stacks of such.
bool takes_whole_sequence(const std::string& class_name, const Config& config, const Dialect& dialect) {
  if (class_name == "StackedRNNCells") {
    const auto cells = config.json()["cells"].items();
    return std::all_of(cells.begin(), cells.end(), [&](const Json& cell) {
      return takes_whole_sequence(cell["class_name"].as_string(), {cell["config"], config.where()}, dialect);
    });
  }
  const bool gated = class_name == "LSTMCell" || class_name == "GRUCell";
  if (!gated && class_name != "SimpleRNNCell") return false;
  return scalar_activation(config, dialect, "activation", "tanh") &&
         (!gated || scalar_activation(config, dialect, "recurrent_activation", "sigmoid"));
}

}  // namespace

std::vector<Traced> call_cell(Lowering& l, std::string_view child, const SequenceCall& call) {
  const bool at_once =
      l.child_is_built_in(child) && takes_whole_sequence(l.child_class(child), l.child_config(child), l.dialect());
  if (!at_once) return loop_over_cell(l, child, call);
  Arg::Members keywords{{std::string(kWholeSequence), Arg{true}},
                        {"go_backwards", Arg{call.go_backwards}},
                        {"return_sequences", Arg{call.return_sequences}},
                        {"zero_output_for_mask", Arg{call.zero_output_for_mask}}};
  if (!call.initial_state.empty()) keywords.emplace_back("initial_state", list_of(call.initial_state));
  return l.call_child(child, {Arg{call.sequence}}, std::move(keywords));
}

std::optional<SequenceCall> sequence_call(Lowering& l) {
  if (!flag_argument(l, kWholeSequence)) return std::nullopt;
  SequenceCall call{.sequence = l.input(),
                    .go_backwards = flag_argument(l, "go_backwards"),
                    .return_sequences = flag_argument(l, "return_sequences"),
                    .zero_output_for_mask = flag_argument(l, "zero_output_for_mask")};
  if (const Arg* state = l.keyword("initial_state")) call.initial_state = tensors_of(*state);
  return call;
}

std::vector<Traced> step_states(const Lowering& l) {
  if (const Arg* states = argument(l, 1, "states")) return tensors_of(*states);
  return further_inputs(l);
}

}  // namespace keraunos::loader
