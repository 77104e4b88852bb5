#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

struct Layer {
  host::Recurrent op{};
  int64_t batch = 3, steps = 5, units = 7;
  bool state = false, mask = false;
};

void check(const Layer& l) {
  expect_same_in_all_floats([&](Writer& w) {
    const int64_t gates = l.op.gates();
    const Value projected = w.operand({l.batch, l.steps, gates * l.units}), kernel = w.operand({l.units, gates * l.units}, true, 0.5);
    const Value bias = l.op.kind == host::Recurrent::gru && l.op.reset_after ? w.vector(gates * l.units) : Value{};
    const Value h = l.state ? w.operand({l.batch, l.units}) : Value{};
    const Value c = l.state && l.op.kind == host::Recurrent::lstm ? w.operand({l.batch, l.units}) : Value{};
    const Value mask = l.mask ? w.mask({l.batch, l.steps}) : Value{};
    w.build.recurrent(l.op, std::vector{projected, kernel, bias, h, c, mask});
  }, {}, 20);
}

const host::Recurrent kKinds[] = {{.kind = host::Recurrent::simple},
                                  {.kind = host::Recurrent::gru, .reset_after = true},
                                  {.kind = host::Recurrent::gru, .reset_after = false},
                                  {.kind = host::Recurrent::lstm}};

TEST(CudaRecurrent, EveryKindInEveryManner) {
  for (host::Recurrent op : kKinds) {
    for (int manner = 0; manner < 16; ++manner) {
      op.go_backwards = manner & 1, op.return_sequences = manner & 2, op.zero_output_for_mask = manner & 4;
      check({.op = op, .state = (manner & 1) != 0, .mask = (manner & 12) != 0});
    }
  }
}

TEST(CudaRecurrent, SizesOfEveryKind) {
  for (host::Recurrent op : kKinds) {
    op.return_sequences = true;
    for (int64_t units : {1, 31, 33, 70}) check({.op = op, .batch = 2, .steps = 3, .units = units});
    for (int64_t batch : {0, 1, 33}) check({.op = op, .batch = batch, .steps = 2, .units = 5, .mask = true});
    for (int64_t steps : {0, 1}) check({.op = op, .steps = steps, .state = true});
  }
}

TEST(CudaRecurrent, BatchesOfManyTiles) {  // more rows than the GPU has multiprocessors, by a few and by many
  for (const host::Recurrent& op : {kKinds[2], kKinds[3]}) {
    for (int64_t batch : {135, 270, 600}) check({.op = op, .batch = batch, .steps = 2, .units = 3, .mask = true});
  }
}

TEST(CudaRecurrent, WeightsInRegistersInSharedMemoryAndBehindBoth) {
  for (host::Recurrent op : kKinds) {
    op.return_sequences = true;
    for (int64_t units : {100, 128, 130, 256}) check({.op = op, .batch = 2, .steps = 3, .units = units, .state = units == 128, .mask = true});
    check({.op = op, .batch = 133, .steps = 2, .units = 128, .mask = true});
    check({.op = op, .batch = 133, .steps = 1, .units = 256});
  }
}

TEST(CudaRecurrent, MoreUnitsThanThreadsAndThanSharedMemory) {
  for (const host::Recurrent& op : {kKinds[2], kKinds[3]}) check({.op = op, .batch = 1, .steps = 2, .units = 1030});
}

TEST(CudaRecurrent, OtherActivations) {
  for (host::Recurrent op : kKinds) {
    op.activation = {Function::relu, 0};
    op.recurrent_activation = {Function::hard_sigmoid, 0.2};
    check({.op = op});
    op.activation = {Function::softsign, 0};
    check({.op = op});
  }
}

}  // namespace
}  // namespace keraunos::cuda::tests
