// Inputs and results: views of memory that outlives them, texts of both kinds, results by name.
#include "keraunos/tensor.h"

#include <gtest/gtest.h>

#include "keraunos/error.h"
#include "message_of.h"

namespace keraunos {
namespace {

// A view of a temporary would dangle.
static_assert(!std::is_constructible_v<TensorView, std::vector<float>, Dims>);
static_assert(!std::is_constructible_v<TensorView, std::vector<std::string>, Dims>);
static_assert(!std::is_convertible_v<Tensor, TensorView>);
static_assert(std::is_constructible_v<TensorView, const std::vector<float>&, Dims>);
static_assert(std::is_constructible_v<TensorView, std::span<const float>, Dims>);
static_assert(std::is_constructible_v<TensorView, const std::vector<std::string_view>&, Dims>);
static_assert(std::is_convertible_v<const Tensor&, TensorView>);

TEST(TensorView, TakesTextsOfBothKinds) {
  const std::vector<std::string> texts{"a rather long text that no small string holds", ""};
  const TensorView view(texts, {2, 1});
  const TensorView copy = view;  // keeps the array of views alive
  EXPECT_EQ(copy.dtype, DType::string);
  const Tensor kept = Tensor::copy_of(copy);
  EXPECT_EQ(kept.string(0), texts[0]);
  EXPECT_EQ(kept.string(1), "");
  const std::vector<std::string_view> views{texts[1], texts[0]};
  EXPECT_EQ(Tensor::copy_of(TensorView(views, {2})).string(1), texts[0]);
  EXPECT_EQ(message_of<UsageError>([&] { TensorView(texts, {3}); }), "a view of shape (3,) needs 3 elements, found 2");
}

Named two_results() {
  Named results;
  results.emplace_back("price", Tensor(DType::float32, {2}));
  results.emplace_back("title", Tensor(DType::int32, {3}));
  return results;
}

TEST(Named, IsFoundByNameAndPosition) {
  const Named results = two_results();
  EXPECT_EQ(results["title"].dims(), (Dims{3}));
  EXPECT_EQ(results[0].first, "price");
  EXPECT_EQ(results.at(1).second.dtype(), DType::int32);
  EXPECT_EQ(results.find("none"), nullptr);
  EXPECT_EQ(results.find("price"), &results[0].second);
  const Tensor taken = two_results()["title"];
  EXPECT_EQ(taken.dims(), (Dims{3}));
  EXPECT_EQ(message_of<UsageError>([&] { static_cast<void>(results["titel"]); }),
            "there is no tensor \"titel\" here; there are \"price\", \"title\"");
  EXPECT_EQ(message_of<UsageError>([&] { static_cast<void>(results.at(2)); }), "there is no tensor 2 here; there are 2");
  EXPECT_EQ(message_of<UsageError>([&] { static_cast<void>(Named()["x"]); }), "there is no tensor \"x\" here; there are none");
}

}  // namespace
}  // namespace keraunos
