#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

host::Program biased(DType type, Function activation, double immediate = 0) {
  host::Program p{.inputs = {type, type}, .steps = {}};
  const uint8_t sum = p.append({.function = Function::add, .a = 0, .b = 1, .type = type});
  p.append({.function = activation, .a = sum, .type = type, .immediate = immediate});
  return p;
}

void add_pointwise(Writer& w, host::Program program, std::vector<Value> operands, const Dims& dims) {
  const DType type = program.result();
  w.graph.add(host::Pointwise{std::move(program)}, std::move(operands), {{.shape = host::shape_of(dims), .dtype = type}});
}

TEST(CudaPointwise, ActivationsOfEveryFloat) {
  for (Function f : {Function::relu, Function::sigmoid, Function::tanh, Function::silu, Function::gelu, Function::gelu_tanh,
                     Function::elu, Function::softplus, Function::hard_sigmoid, Function::mish, Function::erf, Function::sin}) {
    expect_same_in_all_floats([&](Writer& w) {
      add_pointwise(w, biased(w.type(), f, 0.2), {w.operand({5, 33}, false, 3), w.vector(33)}, {5, 33});
    });
  }
}

TEST(CudaPointwise, ShapesOfEveryKind) {
  for (const Dims& dims :
       {Dims{0}, Dims{1}, Dims{31}, Dims{32}, Dims{33}, Dims{2, 0, 3}, Dims{3, 4, 8}, Dims{7, 5, 3, 2}, Dims{2, 3, 64}}) {
    expect_same(DType::float32, [&](Writer& w) {
      add_pointwise(w, biased(w.type(), Function::relu), {w.operand(dims), w.operand(dims)}, dims);
    });
  }
}

TEST(CudaPointwise, BroadcastsInEveryDirection) {
  const Dims result{3, 4, 8};
  for (const Dims& other :
       {Dims{}, Dims{1}, Dims{8}, Dims{4, 1}, Dims{4, 8}, Dims{3, 1, 1}, Dims{3, 1, 8}, Dims{3, 4, 1}, Dims{1, 4, 8}}) {
    for (bool swapped : {false, true}) {
      expect_same_in_all_floats([&](Writer& w) {
        host::Program p{.inputs = {w.type(), w.type()}, .steps = {}};
        p.append(
            {.function = Function::subtract, .a = uint8_t(swapped ? 1 : 0), .b = uint8_t(swapped ? 0 : 1), .type = w.type()});
        add_pointwise(w, p, {w.operand(result), w.operand(other)}, result);
      });
    }
  }
}

TEST(CudaPointwise, ConstantsAreImmediates) {
  expect_same_in_all_floats([](Writer& w) {
    host::Program p{.inputs = {w.type()}, .steps = {}};
    const uint8_t two = p.append({.function = Function::constant, .type = w.type(), .immediate = 2});
    const uint8_t scaled = p.append({.function = Function::multiply, .a = 0, .b = two, .type = w.type()});
    const uint8_t one = p.append({.function = Function::constant, .type = w.type(), .immediate = 1});
    p.append({.function = Function::subtract, .a = one, .b = scaled, .type = w.type()});
    add_pointwise(w, p, {w.operand({4, 9})}, {4, 9});
  });
}

TEST(CudaPointwise, ProgramsThatAreNoChains) {
  expect_same_in_all_floats([](Writer& w) {  // select(x > y, x·y, cast(bool))
    host::Program p{.inputs = {w.type(), w.type()}, .steps = {}};
    const uint8_t greater = p.append({.function = Function::greater, .a = 0, .b = 1, .type = DType::boolean});
    const uint8_t product = p.append({.function = Function::multiply, .a = 0, .b = 1, .type = w.type()});
    const uint8_t number = p.append({.function = Function::cast, .a = greater, .type = w.type()});
    p.append({.function = Function::select, .a = greater, .b = product, .c = number, .type = w.type()});
    add_pointwise(w, p, {w.operand({3, 33}), w.operand({3, 1})}, {3, 33});
  });
}

TEST(CudaPointwise, Integers) {
  for (DType type : {DType::int32, DType::int64, DType::int8, DType::uint8}) {
    expect_same(type, [&](Writer& w) {
      host::Program p{.inputs = {type, type}, .steps = {}};
      const uint8_t product = p.append({.function = Function::multiply, .a = 0, .b = 1, .type = type});
      p.append({.function = Function::maximum, .a = product, .b = 1, .type = type});
      add_pointwise(w, p, {w.operand({6, 7}), w.operand({7})}, {6, 7});
    });
  }
}

TEST(CudaPointwise, ChainsOfIntegersAndSeveralTypes) {
  const auto is_small = [](Writer& w, DType type) {  // mask && !(3 < x)
    host::Program p{.inputs = {type, DType::boolean}, .steps = {}};
    const uint8_t three = p.append({.function = Function::constant, .type = type, .immediate = 3});
    const uint8_t above = p.append({.function = Function::less, .a = three, .b = 0, .type = DType::boolean});
    const uint8_t others = p.append({.function = Function::logical_not, .a = above, .type = DType::boolean});
    p.append({.function = Function::logical_and, .a = 1, .b = others, .type = DType::boolean});
    add_pointwise(w, p, {w.operand({6, 1, 7}), w.mask({5, 7})}, {6, 5, 7});
  };
  for (DType type : {DType::int32, DType::int64, DType::uint8, DType::float32, DType::float16}) {
    const auto kernels = expect_same(type, [&](Writer& w) { is_small(w, w.type()); });
    EXPECT_EQ(kernels, std::vector<std::string>{"pointwise"});
  }
  const auto wrapped = expect_same(DType::int32, [](Writer& w) {  // int8 (cast(x · y) · 100): wraps at 8 bits
    host::Program p{.inputs = {DType::int32, DType::int32}, .steps = {}};
    const uint8_t product = p.append({.function = Function::multiply, .a = 0, .b = 1, .type = DType::int32});
    const uint8_t narrow = p.append({.function = Function::cast, .a = product, .type = DType::int8});
    const uint8_t hundred = p.append({.function = Function::constant, .type = DType::int8, .immediate = 100});
    const uint8_t large = p.append({.function = Function::multiply, .a = hundred, .b = narrow, .type = DType::int8});
    p.append({.function = Function::cast, .a = large, .type = DType::float32});
    add_pointwise(w, p, {w.values(DType::int32, {4}, {-2, 1, 2, 3}), w.values(DType::int32, {2, 1}, {1, 7})}, {2, 4});
  });
  EXPECT_EQ(wrapped, std::vector<std::string>{"pointwise"});
}

TEST(CudaPointwise, InPlaceAndBesideAlignment) {
  const Write write = [](Writer& w) {
    add_pointwise(w, biased(w.type(), Function::tanh), {w.operand({5, 32}), w.vector(32)}, {5, 32});
  };
  expect_same_in_all_floats(write, {.in_place = true});
  expect_same(DType::float32, write, {.misaligned = 4});
  expect_same(DType::float16, write, {.misaligned = 2});
}

TEST(CudaPointwise, ChainsRunAsChains) {
  const auto chain = expect_same(DType::float32, [](Writer& w) {
    add_pointwise(w, biased(w.type(), Function::relu), {w.operand({2, 4}), w.vector(4)}, {2, 4});
  });
  EXPECT_EQ(chain, std::vector<std::string>{"pointwise"});
}

}  // namespace
}  // namespace keraunos::cuda::tests
