#include "loader/layers/common/cells.h"

#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"

namespace keraunos::loader {
namespace {

using files::Json;

constexpr std::string_view kWholeSequence = "whole_sequence";

bool is_built_in(std::string_view class_name) {
  return class_name == "LSTMCell" || class_name == "GRUCell" || class_name == "SimpleRNNCell" || class_name == "StackedRNNCells";
}

}  // namespace

std::vector<Traced> call_cell(Lowering& l, std::string_view child, const SequenceCall& call) {
  const std::string class_name = l.child_class(child);
  if (!is_built_in(class_name))
    l.refuse("runs a cell of class " + class_name + "; only LSTMCell, GRUCell, SimpleRNNCell and stacks of them can run");
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

std::vector<int64_t> state_sizes(const Json& cell) {
  const Json *class_name = cell.find("class_name"), *config = cell.find("config");
  if (class_name == nullptr || config == nullptr || !is_built_in(class_name->as_string())) return {};
  if (class_name->as_string() != "StackedRNNCells") {
    const int64_t units = (*config)["units"].as_int();
    return class_name->as_string() == "LSTMCell" ? std::vector<int64_t>{units, units} : std::vector<int64_t>{units};
  }
  std::vector<int64_t> sizes;
  for (const Json& inner : (*config)["cells"].items()) {
    for (int64_t size : state_sizes(inner)) sizes.push_back(size);
  }
  return sizes;
}

}  // namespace keraunos::loader
