// Finds the labels of a sequence from the scores of its steps (connectionist temporal classification).
#include "loader/ops/ctc.h"

#include "host/graph/graph.h"
#include "loader/layers/common/places.h"
#include "loader/ops/conversions.h"
#include "loader/ops/one_hot.h"

namespace keraunos::loader {
namespace {

// True where a step has the same label as the step before.
Value repeats(OperationCall& call, Value labels) {
  const int64_t steps = call.l.dim(labels, 1).size;
  const int64_t low[] = {0, 1}, high[] = {0, 0};
  const Value before = call.l.pad(call.l.slice_axis(labels, 1, 0, steps - 1), low, high, -1);
  return call.l.binary(Function::equal, labels, before);
}

// The best label of each step, without blanks and, with merge_repeated, without repetitions: the remaining labels move to the
// front of their row, followed by -1. The scores are the negated sums of the best scores.
std::vector<Value> ctc_decode(OperationCall& call) {
  const std::string strategy = call.text(2).value_or("greedy");
  if (strategy != "greedy") call.l.refuse("decodes with the strategy \"" + strategy + "\"; expected \"greedy\"");
  const Value given = call.tensor(0), lengths = call.l.cast(call.tensor(1), DType::int32);
  if (call.l.rank(given) != 3 || call.l.rank(lengths) != 1)
    call.l.refuse("takes scores of rank 3 and lengths of rank 1, found " + call.l.dims(given).to_string() + " and " +
                  call.l.dims(lengths).to_string());
  const Value scores = call.l.dtype(given) == DType::float64 ? given : call.l.cast(given, DType::float32);
  const Dim steps = call.l.dim(scores, 1);
  const int64_t classes = call.l.dim(scores, 2).size, blank = call.integer(4, 0), index = blank < 0 ? blank + classes : blank;
  if (index < 0 || index >= classes)
    call.l.refuse("has class " + std::to_string(blank) + " of " + std::to_string(classes) + " as the blank");
  if (steps.size == 0) call.l.refuse("decodes sequences without steps");
  const auto best = host::graph_of(call.l).add(host::Sort{.results = host::Sort::both, .descending = true, .first = 1}, {scores});
  const Value score = call.l.squeeze(best[0], 2), labels = call.l.squeeze(best[1], 2);
  const Value is_step = call.l.binary(Function::less, step_numbers(call, steps), call.l.expand_dims(lengths, 1));
  Value dropped = call.l.binary(Function::equal, labels, call.l.scalar(static_cast<double>(index), DType::int32));
  if (call.flag(3, true)) dropped = call.l.binary(Function::logical_or, dropped, repeats(call, labels));
  dropped = call.l.binary(Function::logical_or, dropped, call.l.unary(Function::logical_not, is_step));
  const Value marked = call.l.select(dropped, call.l.scalar(-1, DType::int32), labels);
  const Value order = host::graph_of(call.l).add(host::Sort{.results = host::Sort::places}, {dropped})[0];
  const int along[] = {1};
  const Value counted = call.l.select(is_step, score, number_like(call, 0, score));
  const Value total = call.l.unary(Function::negate, call.l.reduce(Reduction::sum, counted, along, true));
  return {call.l.expand_dims(taken_along(call.l, marked, order, 1), 0), total};
}

}  // namespace

Value step_numbers(OperationCall& call, Dim steps) {
  return call.l.reshape(numbers_up_to(call.l, steps.size, 1, 2), {Dim{1}, steps});
}

std::vector<Operation> ctc_operations() {
  return {{{"CTCDecode"},
           {},
           {"inputs", "sequence_lengths", "strategy", "merge_repeated", "mask_index"},
           ctc_decode,
           2,
           {"beam_width=*", "top_paths=*"}}};
}

}  // namespace keraunos::loader
