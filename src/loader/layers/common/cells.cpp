#include "loader/layers/common/cells.h"

#include "loader/layers/common/arguments.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {
namespace {

constexpr std::string_view kWholeSequence = "whole_sequence";

}  // namespace

std::vector<Traced> call_cell(Lowering& l, std::string_view child, const SequenceCall& call) {
  const LayerTraits& traits = traits_of(l.child_class(child));
  const bool at_once = l.child_is_built_in(child) && traits.takes_whole_sequence &&
                       traits.takes_whole_sequence(l.child_config(child), l.dialect());
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
