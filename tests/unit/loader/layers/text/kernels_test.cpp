#include "loader/layers/text/kernels.h"

#include <gtest/gtest.h>

namespace keraunos::loader::text {
namespace {

using Mode = Encoding::Mode;
using Views = std::vector<std::string_view>;

std::shared_ptr<const Table<std::string>> animals(bool keeps_mask) {
  return std::make_shared<const Table<std::string>>(std::vector<std::string>{"cat", "dog"}, "",
                                                    TableRules{.keeps_mask = keeps_mask});
}

template <class T>
std::vector<T> run(const Kernel& kernel, const TensorView& input, const Dims& expected) {
  const auto types = kernel.infer(std::vector<TensorType>{{input.dtype, input.dims}});
  EXPECT_TRUE(types.has_value());
  EXPECT_EQ((*types)[0].dims, expected);
  Tensor out((*types)[0].dtype, (*types)[0].dims);
  const TensorView inputs[] = {input};
  const MutableView outputs[] = {out.mutable_view()};
  kernel.run(inputs, outputs);
  const auto values = out.values<T>();
  return {values.begin(), values.end()};
}

TEST(LookupKernel, GivesIndices) {
  const auto kernel = lookup_kernel<std::string>(animals(true), {});
  const Views words{"dog", "", "cow", "cat"};
  EXPECT_EQ(run<int64_t>(*kernel, {words, {2, 2}}, {2, 2}), (std::vector<int64_t>{3, 0, 1, 2}));
  EXPECT_TRUE(kernel->rows_are_local());
}

TEST(LookupKernel, EncodesRows) {
  const Views storage{"dog", "dog", "", "cow"};
  const TensorView input{storage, {2, 2}};
  const auto counts = lookup_kernel<std::string>(animals(false), {.mode = Mode::count, .type = DType::float32, .depth = 3});
  EXPECT_EQ(run<float>(*counts, input, {2, 3}), (std::vector<float>{0, 0, 2, 1, 0, 0}));
  const auto hot = lookup_kernel<std::string>(animals(false), {.mode = Mode::multi_hot, .type = DType::int64, .depth = 4});
  EXPECT_EQ(run<int64_t>(*hot, input, {2, 4}), (std::vector<int64_t>{0, 0, 1, 0, 1, 0, 0, 0}));
  const auto frequency = lookup_kernel<std::string>(
      animals(false), {.mode = Mode::tf_idf, .type = DType::float32, .depth = 3, .weights = {0.5f, 2, 3}});
  EXPECT_EQ(run<float>(*frequency, input, {2, 3}), (std::vector<float>{0, 0, 6, 0.5f, 0, 0}));
}

TEST(LookupKernel, OneHotMakesAVectorPerIndex) {
  const auto kernel = lookup_kernel<std::string>(animals(false), {.mode = Mode::one_hot, .type = DType::float32, .depth = 3});
  const Views pair{"dog", "cow"};
  EXPECT_EQ(run<float>(*kernel, {pair, {2, 1}}, {2, 3}), (std::vector<float>{0, 0, 1, 1, 0, 0}));
  EXPECT_EQ(run<float>(*kernel, {pair, {1, 2}}, {1, 2, 3}), (std::vector<float>{0, 0, 1, 1, 0, 0}));
}

TEST(InverseLookupKernel, GivesTokens) {
  const auto kernel = inverse_lookup_kernel<std::string>(animals(true), "[UNK]");
  const std::vector<int64_t> indices{3, 0, 1, 9, -1};
  EXPECT_EQ(run<std::string_view>(*kernel, {indices, {5}}, {5}), (Views{"dog", "", "[UNK]", "[UNK]", "[UNK]"}));
}

TEST(VectorizeKernel, CutsAndPads) {
  const auto kernel = vectorize_kernel(animals(true), {.tokenizer = {}, .encoding = {}, .length = 3});
  const Views texts{"Dog, cat!", "a dog and a cat"};
  EXPECT_EQ(run<int64_t>(*kernel, {texts, {2, 1}}, {2, 3}), (std::vector<int64_t>{3, 2, 0, 1, 3, 1}));
}

TEST(VectorizeKernel, TakesTheLongestRowWithoutALength) {
  const auto kernel = vectorize_kernel(animals(true), {.tokenizer = {}, .encoding = {}});
  const Views texts{"dog", "", "cat dog"};
  const TensorView input{texts, {3}};
  EXPECT_FALSE(kernel->infer(std::vector<TensorType>{{input.dtype, input.dims}}).has_value());
  EXPECT_FALSE(kernel->rows_are_local());
  const TensorView inputs[] = {input};
  const std::vector<Tensor> results = kernel->run_dynamic(inputs);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].dims(), (Dims{3, 2}));
  const auto values = results[0].values<int64_t>();
  EXPECT_EQ(std::vector<int64_t>(values.begin(), values.end()), (std::vector<int64_t>{3, 0, 0, 0, 2, 3}));
}

TEST(VectorizeKernel, CountsAndJoins) {
  const auto table =
      std::make_shared<const Table<std::string>>(std::vector<std::string>{"a b", "a"}, "", TableRules{.keeps_mask = false});
  const auto kernel = vectorize_kernel(
      table,
      {.tokenizer = {.ngrams = {1, 2}}, .encoding = {.mode = Mode::count, .type = DType::float32, .depth = table->size()}});
  const Views texts{"a b a"};
  EXPECT_EQ(run<float>(*kernel, {texts, {1}}, {1, 3}), (std::vector<float>{2, 1, 2}));
}

}  // namespace
}  // namespace keraunos::loader::text
