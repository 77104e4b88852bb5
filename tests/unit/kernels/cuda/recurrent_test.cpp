#include "sanitized.h"
#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

struct Layer {
  host::Recurrent op{};
  int64_t batch = 3, steps = 5, units = 7;
  bool state = false, mask = false;
};

Write written(const Layer& l) {
  return [l](Writer& w) {
    const int64_t gates = l.op.gates();
    const Value projected = w.operand({l.batch, l.steps, gates * l.units}),
                kernel = w.operand({l.units, gates * l.units}, true, 0.5);
    const Value bias = l.op.kind == host::Recurrent::gru && l.op.reset_after ? w.vector(gates * l.units) : Value{};
    const Value h = l.state ? w.operand({l.batch, l.units}) : Value{};
    const Value c = l.state && l.op.kind == host::Recurrent::lstm ? w.operand({l.batch, l.units}) : Value{};
    const Value mask = l.mask ? w.mask({l.batch, l.steps}) : Value{};
    host::graph_of(w.build).add(l.op, {projected, kernel, bias, h, c, mask});
  };
}

void check(const Layer& l) { expect_same_in_all_floats(written(l), {}, 20); }

const std::string kResident = "recurrent, weights resident", kChosen = kResident + ", activations chosen at run time",
                  kTiled = "recurrent, tiles of ";

/// Runs in float32; the kernel's name must begin with `kernel`.
void check_in(const std::string& kernel, const Layer& l) {
  const std::string activations =
      std::string(name_of(l.op.activation.function)) + " and " + std::string(name_of(l.op.recurrent_activation.function));
  SCOPED_TRACE("kind " + std::to_string(l.op.kind) + (l.op.reset_after ? ", reset_after, " : ", ") + std::to_string(l.units) +
               " units, batch of " + std::to_string(l.batch) + ", " + activations);
  const std::vector<std::string> kernels = expect_same(DType::float32, written(l), {}, 20);
  EXPECT_EQ(kernels.at(0).substr(0, kernel.size()), kernel);
  EXPECT_EQ(kernels.at(0).find(kChosen) == 0, kernel == kChosen) << kernels.at(0);
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
    check({.op = op, .steps = 1, .state = true});
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
    for (int64_t units : {100, 128, 130, 256})
      check({.op = op, .batch = 2, .steps = 3, .units = units, .state = units == 128, .mask = true});
    if (kSanitized) continue;
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

// Activations: a pair that the kernel knows, one that differs from it in hard_sigmoid's slope only, and one that it does not
// know.
struct Pair {
  host::Recurrent::Scalar activation, recurrent_activation;
  std::string gated = kChosen, simple = kChosen;
};
const Pair kPairs[] = {{{Function::tanh, 0}, {Function::sigmoid, 0}, kResident, kResident},
                       {{Function::tanh, 0}, {Function::hard_sigmoid, 0.2}, kResident, kResident},
                       {{Function::tanh, 0}, {Function::hard_sigmoid, 1.0 / 6}, kResident, kResident},
                       {{Function::tanh, 0}, {Function::softsign, 0}, kChosen, kResident},
                       {{Function::elu, 0.7}, {Function::hard_sigmoid, 0.2}},
                       {{Function::hard_sigmoid, 0.3}, {Function::tanh, 0}}};

TEST(CudaRecurrent, ResidentWithEveryPairInEveryManner) {
  for (host::Recurrent op : kKinds) {
    for (const Pair& pair : kPairs) {
      op.activation = pair.activation, op.recurrent_activation = pair.recurrent_activation;
      for (int manner = 0; manner < 8; ++manner) {
        op.go_backwards = manner & 1, op.return_sequences = manner & 2, op.zero_output_for_mask = manner & 4;
        const bool mask = (manner & 5) != 0;
        check_in(op.kind == host::Recurrent::simple ? pair.simple : pair.gated,
                 {.op = op, .state = (manner & 2) != 0, .mask = mask});
      }
    }
  }
}

TEST(CudaRecurrent, ResidentWithEveryPairInEverySize) {
  for (host::Recurrent op : kKinds) {
    for (const Pair& pair : kPairs) {
      op.activation = pair.activation, op.recurrent_activation = pair.recurrent_activation;
      op.go_backwards = op.return_sequences = true;
      const std::string& kernel = op.kind == host::Recurrent::simple ? pair.simple : pair.gated;
      for (int64_t units : {1, 3, 33, 128, 255, 256})
        check_in(kernel, {.op = op, .batch = 1, .steps = 3, .units = units, .state = true, .mask = true});
      for (int64_t units : {3, 33})
        check_in(kernel, {.op = op, .batch = 135, .steps = 2, .units = units, .mask = true});  // a block computes two rows
    }
  }
}

TEST(CudaRecurrent, TiledWhereWeightsDoNotFit) {
  for (const host::Recurrent& op : kKinds) {
    check_in(op.kind == host::Recurrent::simple ? kResident : kTiled, {.op = op, .batch = 135, .steps = 1, .units = 256});
    check_in(kTiled, {.op = op, .batch = 1, .steps = 2, .units = 257});
  }
}

TEST(CudaRecurrent, ResidentWithEveryFunction) {
  using enum Function;
  for (const Function f : {relu, leaky_relu, elu, selu, gelu, gelu_tanh, sigmoid, hard_sigmoid, log_sigmoid, softplus, softsign,
                           silu, mish, abs, negate, copy}) {
    for (host::Recurrent op : kKinds) {
      op.activation = {f, 0.3};
      check_in(kChosen, {.op = op, .steps = 3});
      op.activation = {Function::softsign, 0}, op.recurrent_activation = {f, 0.3};
      check_in(kChosen, {.op = op, .steps = 3});
    }
  }
}

}  // namespace
}  // namespace keraunos::cuda::tests
