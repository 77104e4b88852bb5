#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

struct Product {
  int64_t batch, m, k, n;  // batch 0: matrices of rank 2
  bool transpose_a = false, transpose_b = false, constant = true;
};

std::vector<Function> kNone{};

// The product followed by a bias, a residual and functions, in this order.
void add_product(Writer& w, const Product& p, bool bias, bool residual, const std::vector<Function>& functions,
                 bool residual_first = false) {
  const auto dims = [&](int64_t rows, int64_t columns) { return p.batch ? Dims{p.batch, rows, columns} : Dims{rows, columns}; };
  const Value a = w.operand(p.transpose_a ? dims(p.k, p.m) : dims(p.m, p.k));
  const Value b = w.operand(p.transpose_b ? dims(p.n, p.k) : dims(p.k, p.n), p.constant);
  const DType type = w.type() == DType::int8 ? DType::int32 : w.type();
  host::MatMul op{.transpose_a = p.transpose_a, .transpose_b = p.transpose_b};
  std::vector<Value> in{a, b};
  if (bias || residual || !functions.empty()) op.epilogue.inputs = {type};
  const auto add = [&](Value operand) {
    in.push_back(operand);
    op.epilogue.inputs.push_back(type);
  };
  const auto add_bias = [&] {
    if (bias) add(w.vector(p.n));
  };
  if (!residual_first) add_bias();
  if (residual) add(w.operand(dims(p.m, p.n)));
  if (residual_first) add_bias();
  uint8_t last = 0;
  for (size_t i = 2; i < in.size(); ++i)
    last = op.epilogue.append({.function = Function::add, .a = last, .b = uint8_t(i - 1), .type = type});
  for (Function f : functions) last = op.epilogue.append({.function = f, .a = last, .type = type});
  w.graph.add(op, in, {{.shape = host::shape_of(dims(p.m, p.n)), .dtype = type}});
}

std::vector<std::string> check(DType type, const Product& p, bool bias = false, bool residual = false,
                               const std::vector<Function>& functions = kNone, RunOptions options = {}) {
  return expect_same(
      type, [&](Writer& w) { add_product(w, p, bias, residual, functions); }, options, 1 + std::sqrt(double(p.k)));
}

TEST(CudaMatMul, ShapesOfEveryKindInEveryFloat) {
  for (DType type : kFloats) {
    for (int64_t m : {1, 31, 33}) {
      for (int64_t n : {1, 32, 65}) {
        for (int64_t k : {1, 31, 64}) check(type, {0, m, k, n});
      }
    }
  }
}

// Few rows: blocks of 32 columns, and of 8 where the sums are long; columns and sums that end within a block or within a group of
// loads.
const Product kFewRows[] = {{0, 1, 67, 45},  {0, 3, 67, 45},  {0, 8, 67, 45},        {0, 1, 32, 32},      {0, 1, 33, 901},
                            {0, 1, 301, 45}, {0, 3, 301, 33}, {0, 8, 129, 31},       {0, 1, 1151, 5},     {0, 1, 1664, 8},
                            {3, 2, 65, 41},  {3, 1, 140, 9},  {0, 3, 131, 13, true}, {2, 5, 75, 35, true}};

TEST(CudaMatMul, FewRows) {
  for (const Product& p : kFewRows) {
    for (DType type : kFloats) {
      EXPECT_EQ(check(type, p), std::vector<std::string>{"product"});
      check(type, p, true, true, {Function::sigmoid});
    }
    Product integer = p;
    integer.constant = false;  // a constant is packed for the library, column by column
    for (DType type : {DType::int8, DType::int32, DType::int64}) check(type, integer);
  }
}

TEST(CudaMatMul, FewRowsOfSharedMatrices) {  // one B for the whole batch
  expect_same_in_all_floats([](Writer& w) { w.build.matmul(w.operand({3, 2, 70}), w.operand({70, 37})); }, {}, 9);
}

TEST(CudaMatMul, EmptyExtents) {
  check(DType::float32, {0, 0, 3, 4});
  check(DType::float32, {0, 3, 4, 0});
  check(DType::float32, {0, 3, 0, 4}, true, false, {Function::relu});
}

TEST(CudaMatMul, TransposesAndBatches) {
  for (DType type : {DType::float32, DType::float64}) {
    for (bool a : {false, true}) {
      for (bool b : {false, true}) {
        for (int64_t size : {5, 40}) {
          check(type, {0, size, size + 3, size + 1, a, b, false});
          check(type, {3, size, size + 3, size + 1, a, b, false});
        }
      }
    }
  }
}

TEST(CudaMatMul, EpiloguesThatTheLibraryTakes) {
  const Product big{0, 40, 48, 32};
  for (DType type : kFloats) {
    for (bool bias : {false, true}) {
      for (bool residual : {false, true}) {
        for (const auto& f : {std::vector<Function>{}, std::vector{Function::relu}, std::vector{Function::gelu_tanh}}) {
          check(type, big, bias, residual, f);
        }
      }
    }
  }
}

TEST(CudaMatMul, EpiloguesThatItDoesNot) {
  for (const Product& p : {Product{0, 40, 48, 32}, Product{0, 3, 5, 7}}) {
    for (DType type : kFloats) {
      check(type, p, true, false, {Function::sigmoid});
      check(type, p, true, true, {Function::relu, Function::tanh});
      check(type, p, false, false, {Function::gelu});
      check(type, p, true, false, {Function::erf, Function::relu});
      expect_same(
          type, [&](Writer& w) { add_product(w, p, true, true, {Function::silu}, true); }, {}, 8);
    }
  }
}

TEST(CudaMatMul, AResidualThatNoLibraryAdds) {  // relu comes first, then the sum: the library cannot add the residual
  expect_same_in_all_floats(
      [](Writer& w) {
        const DType type = w.type();
        const Value a = w.operand({40, 48}), b = w.operand({48, 32}, true), bias = w.vector(32), residual = w.operand({40, 32});
        host::MatMul op;
        op.epilogue.inputs = {type, type, type};
        const uint8_t sum = op.epilogue.append({.function = Function::add, .a = 0, .b = 1, .type = type});
        const uint8_t positive = op.epilogue.append({.function = Function::relu, .a = sum, .type = type});
        op.epilogue.append({.function = Function::subtract, .a = 2, .b = positive, .type = type});
        w.graph.add(op, {a, b, bias, residual}, {{.shape = host::shape_of({40, 32}), .dtype = type}});
      },
      {}, 8);
}

TEST(CudaMatMul, TwoResiduals) {  // the library adds one of them
  expect_same_in_all_floats(
      [](Writer& w) {
        const DType type = w.type();
        const Value a = w.operand({40, 48}), b = w.operand({48, 32}, true), first = w.operand({40, 32}),
                    second = w.operand({40, 32});
        host::MatMul op;
        op.epilogue.inputs = {type, type, type};
        const uint8_t sum = op.epilogue.append({.function = Function::add, .a = 0, .b = 1, .type = type});
        op.epilogue.append({.function = Function::add, .a = 2, .b = sum, .type = type});
        w.graph.add(op, {a, b, first, second}, {{.shape = host::shape_of({40, 32}), .dtype = type}});
      },
      {}, 8);
}

TEST(CudaMatMul, WhoComputesWhat) {
  EXPECT_EQ(check(DType::float32, {0, 40, 48, 32}), std::vector<std::string>{"cublasLt"});
  EXPECT_EQ(check(DType::float32, {0, 3, 5, 7}), std::vector<std::string>{"product"});
}

TEST(CudaMatMul, MemoryBesideAlignment) {
  check(DType::float32, {0, 40, 48, 32}, true, true, {Function::relu}, {.misaligned = 4});
  check(DType::float32, {0, 40, 48, 32}, true, false, {Function::erf}, {.misaligned = 4});
}

TEST(CudaMatMul, Integers) {
  for (const Product& p : {Product{0, 5, 7, 3}, Product{0, 48, 64, 32}, Product{0, 48, 64, 32, false, true},
                           Product{0, 33, 63, 31}, Product{0, 48, 64, 32, false, false, false}, Product{3, 16, 64, 32}}) {
    check(DType::int8, p);
  }
  check(DType::int32, {0, 9, 10, 11});
  check(DType::int64, {0, 9, 10, 11});
}

}  // namespace
}  // namespace keraunos::cuda::tests
