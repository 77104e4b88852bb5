// keras.ops.ctc_loss, as TensorFlow computes it: a hidden Markov chain whose states are a start, the labels in order, and a blank
// after each label. The likelihood is accumulated from the last step to the first, scaled to 1 at each step.
#include <cmath>

#include "host/graph/extent.h"
#include "loader/layers/common/inner_graph.h"
#include "loader/layers/common/memory.h"
#include "loader/ops/conversions.h"
#include "loader/ops/ctc.h"
#include "loader/ops/one_hot.h"

namespace keraunos::loader {
namespace {

struct Transcripts {
  Value scores;  // (N, steps, classes) float32; class 0 is the blank
  Value labels;  // (N, labels) int32
  Value label_lengths, lengths;
};

// TensorFlow's value of log 0 for states that are no end states.
const auto kLogZero = static_cast<double>(static_cast<float>(std::log(1e-307)));

Value log_of_sums(Builder& b, Value x, bool keep) {
  const int last[] = {b.rank(x) - 1};
  const Value largest = b.reduce(Reduction::maximum, x, last, true);
  const Value taken = b.select(b.unary(Function::is_finite, largest), largest, b.scalar(0, b.dtype(x)));
  const Value sum = b.reduce(Reduction::sum, b.unary(Function::exp, b.subtract(x, taken)), last, true);
  const Value y = b.add(b.unary(Function::log, sum), taken);
  return keep ? y : b.squeeze(y, last[0]);
}

// Moves the blank to class 0.
void move_blank(OperationCall& call, Transcripts& t, int64_t blank) {
  const int64_t classes = call.l.dim(t.scores, 2).size;
  if (blank == 0) return;
  const Value parts[] = {call.l.slice_axis(t.scores, 2, blank, 1), call.l.slice_axis(t.scores, 2, 0, blank),
                         call.l.slice_axis(t.scores, 2, blank + 1, classes - blank - 1)};
  t.scores = call.l.concatenate(parts, 2);
  const Value behind = call.l.scalar(static_cast<double>(blank), DType::int32);
  t.labels = call.l.select(call.l.binary(Function::less, t.labels, behind), call.l.add(t.labels, 1), t.labels);
}

// 1 where the row's state may follow the column's, else 0. A label follows the previous label only where they differ.
Value transitions(OperationCall& call, Value labels) {
  const int64_t count = call.l.dim(labels, 1).size, states = 2 * (count + 1);
  debit(call.l, "the transitions between labels", host::checked_multiply(host::checked_multiply(states, states), 8));
  std::vector<float> always(static_cast<size_t>(states * states)), apart(always.size());
  const auto at = [&](int64_t to, int64_t from) { return static_cast<size_t>(to * states + from); };
  for (int64_t i = 0; i < states; ++i) always[at(i, i)] = 1;
  for (int64_t i = 0; i <= count; ++i) always[at(i + count + 1, i)] = 1;
  for (int64_t i = 1; i <= count; ++i) always[at(i, i + count)] = 1;
  if (count > 0) always[at(1, 0)] = 1;
  for (int64_t i = 2; i <= count; ++i) apart[at(i, i - 1)] = 1;
  const Dims square{states, states};
  const Value fixed = call.l.expand_dims(call.l.constant(TensorView(always, square)), 0);
  if (count < 2) return fixed;
  const Value differ =
      call.l.binary(Function::not_equal, call.l.slice_axis(labels, 1, 0, count - 1), call.l.slice_axis(labels, 1, 1, count - 1));
  const int64_t low[] = {0, 2}, high[] = {0, count + 1};
  const Value by_row = call.l.expand_dims(call.l.pad(call.l.cast(differ, DType::float32), low, high, 0), 2);
  return call.l.add(call.l.multiply(by_row, call.l.expand_dims(call.l.constant(TensorView(apart, square)), 0)), fixed);
}

// (N, steps, states): the logarithm of the probability of each state's label; the start has none.
Value observed(OperationCall& call, const Transcripts& t) {
  const Value logarithms = call.l.log_softmax(t.scores, 2);
  const Dim labels = call.l.dim(t.labels, 1);
  const Value hot = call.l.cast(one_hot_mask(call.l, t.labels, call.l.dim(t.scores, 2).size, 2), DType::float32);
  const Shape blanks{call.l.dim(t.scores, 0), call.l.dim(t.scores, 1), Dim{labels.size + 1, labels.varies}};
  const Value parts[] = {call.l.matmul(logarithms, hot, false, true),
                         call.l.broadcast_to(call.l.slice_axis(logarithms, 2, 0, 1), blanks)};
  const int64_t low[] = {0, 0, 1}, high[] = {0, 0, 0};
  return call.l.pad(call.l.concatenate(parts, 2), low, high, -kInfinity);
}

// A transcript ends with its last label or the blank after it.
Value ends(OperationCall& call, const Transcripts& t) {
  const Value end = call.l.cast(one_hot_mask(call.l, t.label_lengths, call.l.dim(t.labels, 1).size + 1, 1), DType::float32);
  const Value both[] = {end, end};
  const Value other = call.l.subtract(call.l.scalar(1, DType::float32), call.l.concatenate(both, 1));
  return call.l.multiply(other, kLogZero);
}

// 1 for the steps of a sequence, 0 after them: (N, steps, 1).
Value in_sequence(OperationCall& call, const Transcripts& t) {
  const Value inside =
      call.l.binary(Function::less, step_numbers(call, call.l.dim(t.scores, 1)), call.l.expand_dims(t.lengths, 1));
  return call.l.expand_dims(call.l.cast(inside, DType::float32), 2);
}

Value loss_of(OperationCall& call, const Transcripts& t) {
  const int turned[] = {0, 2, 1};
  const Value follows = call.l.unary(Function::log, call.l.transpose(transitions(call, t.labels), turned));
  const Value seen = observed(call, t), inside = in_sequence(call, t), last = ends(call, t);
  const Shape sums{call.l.dim(last, 0), Dim{1}};
  host::LoopWriter loop = loop_writer(call.l, {.axis = 1, .backwards = true});
  Lowering& l = call.l;
  const auto results = loop.write([&] {
    const Value state = loop.carry(last), total = loop.carry_zeros(sums, DType::float32);
    const Value is_step = loop.slice(inside), end = loop.capture(last);
    const Value next = l.expand_dims(l.add(state, loop.slice(seen)), 1);
    const Value before = log_of_sums(l, l.add(next, loop.capture(follows)), false), scale = log_of_sums(l, before, true);
    const Value rest = l.subtract(l.scalar(1, DType::float32), is_step);
    loop.next(state, l.add(l.multiply(l.subtract(before, scale), is_step), l.multiply(end, rest)));
    loop.next(total, l.add(total, l.multiply(scale, is_step)));
  });
  const Value sum = l.add(l.slice_axis(results.carried[0], 1, 0, 1), results.carried[1]);
  return l.squeeze(l.unary(Function::negate, sum), 1);
}

std::vector<Value> ctc_loss(OperationCall& call) {
  const Value given = call.tensor(1);
  Transcripts t{call.l.cast(given, DType::float32), call.l.cast(call.tensor(0), DType::int32),
                call.l.cast(call.tensor(2), DType::int32), call.l.cast(call.tensor(3), DType::int32)};
  if (call.l.rank(t.scores) != 3 || call.l.rank(t.labels) != 2 || call.l.rank(t.label_lengths) != 1 ||
      call.l.rank(t.lengths) != 1)
    call.l.refuse("takes labels of rank 2, scores of rank 3 and lengths of rank 1");
  for (const Value v : {t.labels, t.label_lengths, t.lengths}) {
    if (call.l.dim(v, 0) != call.l.dim(t.scores, 0)) call.l.refuse("takes labels, scores and lengths of different batches");
  }
  const int64_t classes = call.l.dim(t.scores, 2).size, blank = call.integer(4, 0), index = blank < 0 ? blank + classes : blank;
  if (index < 0 || index >= classes)
    call.l.refuse("has class " + std::to_string(blank) + " of " + std::to_string(classes) + " as the blank");
  if (call.l.dim(t.scores, 1).size == 0) call.l.refuse("takes sequences without steps");
  move_blank(call, t, index);
  return {call.l.cast(loss_of(call, t), call.l.dtype(given) == DType::float64 ? DType::float64 : DType::float32)};
}

}  // namespace

std::vector<Operation> ctc_loss_operations() {
  return {{{"CTCLoss"}, {}, {"target", "output", "target_length", "output_length", "mask_index"}, ctc_loss, 4}};
}

}  // namespace keraunos::loader
