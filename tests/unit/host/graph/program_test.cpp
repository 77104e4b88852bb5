#include "host/graph/program.h"

#include <gtest/gtest.h>

namespace keraunos::host {
namespace {

Program one(Function function, int inputs, double immediate = 0) {
  Program program{.inputs = std::vector<DType>(static_cast<size_t>(inputs), DType::float32), .steps = {}};
  program.append({.function = function, .a = 0, .b = 1, .immediate = immediate});
  return program;
}

TEST(Program, AppendsBehindAStep) {
  Program first = one(Function::add, 2);
  ASSERT_TRUE(append_program(first, one(Function::relu, 1), 0));
  EXPECT_EQ(to_string(first), "r2=add r0 r1; r3=relu r2");
}

TEST(Program, RenamesRegistersWhenTheJointIsTheSecondOperand) {
  Program first = one(Function::exp, 1);
  ASSERT_TRUE(append_program(first, one(Function::subtract, 2), 1));  // other − exp(x)
  EXPECT_EQ(to_string(first), "r2=exp r0; r3=subtract r1 r2");
}

TEST(Program, OperandsThatAreNotReadStayZero) {  // a stale number here once named a register that was gone
  Program relu{.inputs = {DType::float32}, .steps = {}};
  relu.append({.function = Function::relu});
  Program first = one(Function::add, 2);
  ASSERT_TRUE(append_program(first, relu, 0));
  EXPECT_EQ(first.steps[0].c, 0);
  EXPECT_EQ(first.steps[1].b, 0);
  EXPECT_EQ(first.steps[1].c, 0);
}

TEST(Program, AnEmptyProgramIsTheProductItself) {
  Program epilogue{.inputs = {DType::float32}, .steps = {}};
  ASSERT_TRUE(append_program(epilogue, one(Function::add, 2), 0));
  EXPECT_EQ(to_string(epilogue), "r2=add r0 r1");
}

TEST(Program, RefusesMoreInputsThanThereAre) {
  Program first = one(Function::add, Program::kMaxInputs);
  EXPECT_FALSE(append_program(first, one(Function::add, 2), 0));
  EXPECT_EQ(first.steps.size(), 1u);
}

TEST(Chain, OfBiasAndActivation) {
  Program program = one(Function::add, 2);
  program.append({.function = Function::relu, .a = 2});
  const std::vector<Link> links = chain_of(program);
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0].function, Function::add);
  EXPECT_EQ(links[0].operand, 1);
  EXPECT_EQ(links[1].function, Function::relu);
}

TEST(Chain, TakesConstantsAsImmediates) {
  Program program{.inputs = {DType::float32}, .steps = {}};
  program.append({.function = Function::constant, .immediate = 6});
  program.append({.function = Function::minimum, .a = 0, .b = 1});
  const std::vector<Link> links = chain_of(program);
  ASSERT_EQ(links.size(), 1u);
  EXPECT_TRUE(links[0].constant);
  EXPECT_EQ(links[0].immediate, 6);
}

TEST(Chain, IsNoneWhereAValueIsUsedTwice) {
  Program program{.inputs = {DType::float32}, .steps = {}};
  program.append({.function = Function::sigmoid, .a = 0});
  program.append({.function = Function::multiply, .a = 0, .b = 1});
  EXPECT_TRUE(chain_of(program).empty());
}

}  // namespace
}  // namespace keraunos::host
