// Tile programs against the scalar evaluator, which functions_test.cpp compares with the C library: random programs, types,
// broadcasts.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/cpu/tiles.h"
#include "kernels/math/evaluate.h"
#include "kernels/math/flatten.h"
#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

// Element by element with math::evaluate.
Tensor reference(const host::Program& program, const Dims& result, const std::vector<Tensor>& in) {
  const math::Code code = math::flatten(program);
  std::vector<Shape> shapes;
  for (const Tensor& t : in) shapes.push_back(host::shape_of(t.dims()));
  const math::Strides strides = math::collapse(host::shape_of(result), shapes);
  Tensor out(program.result(), result);
  for (int64_t i = 0; i < result.elements(); ++i) {
    const auto load = [&](int k) {
      const Tensor& t = in[static_cast<size_t>(k)];
      return math::load_element(t.data(), t.dtype(), math::offset_of(strides, k, i));
    };
    math::store_element(out.data(), out.dtype(), i, math::evaluate(code, load));
  }
  return out;
}

void check(const host::Program& program, const Dims& result, std::vector<Tensor> in, double relative = 3e-6) {
  const Tensor expected = reference(program, result, in);
  Net net;
  std::vector<Value> operands;
  for (Tensor& t : in) operands.push_back(net.input(std::move(t)));
  const Value out =
      net.graph.add(host::Pointwise{program}, operands, {{.shape = host::shape_of(result), .dtype = program.result()}})[0];
  const bool wide = program.result() == DType::float16 || program.result() == DType::bfloat16;
  expect_close(net.run(out), doubles(expected), is_floating(program.result()) ? (wide ? 1e-2 : relative) : 0, wide ? 1e-3 : 1e-6);
}

host::Program multiply_add_relu(DType type) {
  host::Program program{.inputs = {type, type, type}, .steps = {}};
  program.append({.function = Function::multiply, .a = 0, .b = 1, .type = type});
  program.append({.function = Function::add, .a = 3, .b = 2, .type = type});
  program.append({.function = Function::relu, .a = 4, .type = type});
  return program;
}

TEST(Pointwise, Broadcasts) {
  const std::vector<std::vector<Dims>> cases{
      {{6, 5}, {6, 5}, {5}, {}},
      {{2, 3, 4}, {2, 3, 4}, {2, 1, 1}, {3, 1}},
      {{1000}, {1000}, {1}, {1000}},
      {{3, 700}, {3, 700}, {700}, {3, 1}},
      {{2, 7, 7, 33}, {2, 7, 7, 33}, {2, 1, 1, 33}, {33}},
      {{4, 1, 600}, {4, 1, 1}, {600}, {}},
      {{0, 5}, {0, 5}, {5}, {}},
      {{1, 1}, {1, 1}, {1}, {}},
      {{31, 1, 3}, {31, 1, 3}, {1, 3}, {31, 1, 1}},
      {{5, 64, 32}, {5, 1, 32}, {64, 1}, {5, 64, 1}},
      {{2, 3, 2, 3, 2, 3}, {2, 1, 2, 1, 2, 1}, {1, 3, 1, 3, 1, 3}, {2, 3, 2, 3, 2, 3}},
      {{40, 64}, {40, 64}, {64}, {2, 1, 1}},
  };
  for (size_t c = 0; c + 1 < cases.size(); ++c) {
    for (const DType type : {DType::float32, DType::float64, DType::float16, DType::int32, DType::uint8, DType::int64}) {
      SCOPED_TRACE("case " + std::to_string(c) + ' ' + std::string(name_of(type)));
      std::vector<Tensor> in;
      for (size_t i = 1; i < cases[c].size(); ++i) in.push_back(random_tensor(type, cases[c][i], static_cast<unsigned>(i)));
      check(multiply_add_relu(type), cases[c][0], std::move(in));
    }
  }
}

TEST(Pointwise, TwoThreadsAndSeveralTiles) {
  std::vector<Tensor> in;
  in.push_back(random_tensor(DType::float32, {517, 1000}, 1));
  in.push_back(random_tensor(DType::float32, {1000}, 2));
  in.push_back(random_tensor(DType::float32, {517, 1}, 3));
  check(multiply_add_relu(DType::float32), {517, 1000}, std::move(in));
}

TEST(Pointwise, EveryFunctionOfOneOperand) {
  for (int f = static_cast<int>(Function::copy); f < static_cast<int>(Function::add); ++f) {
    const auto function = static_cast<Function>(f);
    for (const DType type : {DType::float32, DType::float64, DType::float16, DType::int16}) {
      if (function == Function::cast || takes_boolean(function)) continue;
      SCOPED_TRACE(std::string(name_of(function)) + ' ' + std::string(name_of(type)));
      host::Program program{.inputs = {type}, .steps = {}};
      program.append({.function = function, .a = 0, .type = gives_boolean(function) ? DType::boolean : type, .immediate = 0.25});
      std::vector<Tensor> in;
      in.push_back(random_tensor(type, {1031}, 7, 3.0));
      check(program, {1031}, std::move(in));
    }
  }
}

TEST(Pointwise, EveryFunctionOfTwoOperands) {
  for (int f = static_cast<int>(Function::add); f < static_cast<int>(Function::select); ++f) {
    const auto function = static_cast<Function>(f);
    for (const DType type : {DType::float32, DType::float64, DType::bfloat16, DType::int8, DType::int64, DType::boolean}) {
      if (takes_boolean(function) != (type == DType::boolean)) continue;
      SCOPED_TRACE(std::string(name_of(function)) + ' ' + std::string(name_of(type)));
      host::Program program{.inputs = {type, type}, .steps = {}};
      program.append({.function = function, .a = 0, .b = 1, .type = gives_boolean(function) ? DType::boolean : type});
      std::vector<Tensor> in;
      in.push_back(random_tensor(type, {3, 1031}, 7, 3.0));
      in.push_back(random_tensor(type, {1031}, 8, 3.0));
      check(program, {3, 1031}, std::move(in));
    }
  }
}

TEST(Pointwise, EveryCast) {
  const std::vector<DType> types{DType::float32, DType::float64, DType::float16, DType::bfloat16, DType::int8,
                                 DType::uint8,   DType::int16,   DType::uint16,  DType::int32,    DType::uint32,
                                 DType::int64,   DType::uint64,  DType::boolean};
  for (const DType from : types) {
    for (const DType to : types) {
      SCOPED_TRACE(std::string(name_of(from)) + " to " + std::string(name_of(to)));
      host::Program program{.inputs = {from}, .steps = {}};
      program.append({.function = Function::cast, .a = 0, .type = to});
      std::vector<Tensor> in;
      in.push_back(random_tensor(from, {517}, 3, 90.0));
      check(program, {517}, std::move(in), 0);
    }
  }
}

// Expected values from NumPy 1.26, so that an error common to the tile and the scalar evaluator is detected.
TEST(Pointwise, SmallTypesWrapAndRound) {
  Net net;
  const Value bytes = net.input(tensor_of(DType::int8, {3}, {100, -128, 7}));
  const Value sum = net.build.add(bytes, bytes);
  const Value half = net.input(tensor_of(DType::float16, {2}, {2048, 0.1}));
  const Value next = net.build.add(half, 1.0);
  const Value truncated = net.build.cast(net.input(tensor_of(DType::float32, {4}, {2.9, -2.9, 300.7, 0.5})), DType::int32);
  const Value truth = net.build.cast(net.input(tensor_of(DType::float32, {3}, {0.3, 0, -1})), DType::boolean);
  net.run();
  expect_close(net.at(sum), {-56, 0, 14}, 0, 0);
  expect_close(net.at(next), {2048, 1.099609375}, 0, 0);
  expect_close(net.at(truncated), {2, -2, 300, 0}, 0, 0);
  expect_close(net.at(truth), {1, 0, 1}, 0, 0);
}

TEST(Pointwise, SelectAndCopies) {
  host::Program program{.inputs = {DType::float32, DType::float32}, .steps = {}};
  const uint8_t copy = program.append({.function = Function::copy, .a = 0, .type = DType::float32});
  const uint8_t less = program.append({.function = Function::less, .a = copy, .b = 1, .type = DType::boolean});
  const uint8_t chosen = program.append({.function = Function::select, .a = less, .b = copy, .c = 1, .type = DType::float32});
  program.append({.function = Function::add, .a = chosen, .b = 0, .type = DType::float32});
  std::vector<Tensor> in;
  in.push_back(random_tensor(DType::float32, {9, 130}, 1));
  in.push_back(random_tensor(DType::float32, {9, 1}, 2));
  check(program, {9, 130}, std::move(in));
}

// Random programs: wrong sharing of slots causes wrong numbers.
TEST(Pointwise, RandomPrograms) {
  std::mt19937 random(42);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const Function binary[] = {Function::add, Function::subtract, Function::maximum, Function::minimum};
  const Function unary[] = {Function::negate, Function::tanh, Function::abs, Function::copy, Function::sigmoid};
  for (int round = 0; round < 200; ++round) {
    host::Program program{.inputs = {}, .steps = {}};
    std::vector<Tensor> in;
    const Dims shapes[] = {{3, 5, 70}, {70}, {5, 1}, {3, 1, 1}, {}, {5, 70}, {3, 1, 70}};
    const bool half = round % 5 == 4;
    for (int i = 0; i <= below(5); ++i) {
      program.inputs.push_back(half && i == 0 ? DType::float16 : DType::float32);
      in.push_back(random_tensor(program.inputs.back(), shapes[i == 0 ? 0 : below(7)], static_cast<unsigned>(random())));
    }
    for (int i = 0; i <= below(30); ++i) {
      const auto any = [&] { return static_cast<uint8_t>(below(program.registers())); };
      host::Instruction step{.type = DType::float32};
      const int kind = below(8);
      if (kind == 0)
        step.function = Function::constant, step.immediate = 0.5;
      else if (kind < 4)
        step.function = unary[below(5)], step.a = any();
      else
        step.function = binary[below(4)], step.a = any(), step.b = any();
      if (half && (step.function != Function::constant) &&
          (program.type_of(step.a) != DType::float32 || program.type_of(step.b) != DType::float32)) {
        step = {.function = Function::cast, .a = step.a, .type = DType::float32};
      }
      program.append(step);
    }
    SCOPED_TRACE(host::to_string(program));
    check(program, {3, 5, 70}, std::move(in), 1e-5);
  }
}

TEST(Pointwise, InPlaceGivesTheSame) {
  const Dims dims{77, 33};
  std::vector<Tensor> in;
  for (unsigned i = 0; i < 3; ++i) in.push_back(random_tensor(DType::float32, i == 2 ? Dims{33} : dims, i));
  const host::Program program = multiply_add_relu(DType::float32);
  const Tensor expected = reference(program, dims, in);
  Net net;
  std::vector<Shape> shapes{host::shape_of(dims), host::shape_of(dims), {{33}}};
  const Tiles tiles(program, shapes[0], shapes, {.kernels = &select_kernels(), .threads = 1});
  std::vector<std::byte> workspace(static_cast<size_t>(tiles.workspace_bytes()));
  const void* operands[] = {in[0].data(), in[1].data(), in[2].data()};
  tiles.run(operands, in[0].data(), workspace.data());
  expect_close(in[0], doubles(expected), 1e-6, 1e-6);
}

// All instruction sets of this processor agree.
TEST(Pointwise, EveryInstructionSet) {
  std::vector<const Kernels*> sets{&generic_kernels()};
  if (avx2_kernels() && processor_has_avx2()) sets.push_back(avx2_kernels());
  if (avx512_kernels() && processor_has_avx512()) sets.push_back(avx512_kernels());
  const Dims dims{1037};
  for (int f = static_cast<int>(Function::copy); f < static_cast<int>(Function::select); ++f) {
    const auto function = static_cast<Function>(f);
    if (function == Function::cast || takes_boolean(function)) continue;
    host::Program program{.inputs = {DType::float32, DType::float32}, .steps = {}};
    program.append({.function = function,
                    .a = 0,
                    .b = static_cast<uint8_t>(operands_of(function) == 2),
                    .type = gives_boolean(function) ? DType::boolean : DType::float32,
                    .immediate = 0.5});
    std::vector<Tensor> in;
    in.push_back(random_tensor(DType::float32, dims, 1, 4.0)), in.push_back(random_tensor(DType::float32, dims, 2, 4.0));
    const Tensor expected = reference(program, dims, in);
    for (const Kernels* kernels : sets) {
      SCOPED_TRACE(std::string(name_of(function)) + ' ' + kernels->name);
      std::vector<Shape> shapes{{{1037}}, {{1037}}};
      const Tiles tiles(program, {{1037}}, shapes, {.kernels = kernels, .threads = 1});
      std::vector<std::byte> workspace(static_cast<size_t>(tiles.workspace_bytes()));
      const void* operands[] = {in[0].data(), in[1].data()};
      Tensor out(program.result(), dims);
      tiles.run(operands, out.data(), workspace.data());
      expect_close(out, doubles(expected), 3e-6, 1e-6);
    }
  }
}

}  // namespace
}  // namespace keraunos::cpu::testing
