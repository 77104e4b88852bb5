// What evaluate() refuses, and how a model's compilation is read. The golden cases evaluate_* test the results.
#include <gtest/gtest.h>

#include <vector>

#include "folders.h"
#include "keraunos/keraunos.h"

namespace keraunos {
namespace {

Model scheduled(const LoadOptions& options = {.device = Device{}}) {
  return load_model(cases_folder() / "evaluate_scheduled_k3" / "model.keras", options);
}

const std::vector<float> kRows(5 * 4, 0.5f), kTargets(5 * 2, 1.0f);

template <class Error, class Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Evaluate, ACompiledModelSaysHow) {
  const Model model = scheduled();
  EXPECT_TRUE(model.compiled());
  ASSERT_EQ(model.loss().size(), 1u);
  EXPECT_EQ(model.loss()[0].class_name, "mae");
  ASSERT_EQ(model.metrics().size(), 2u);
  EXPECT_EQ(model.metrics()[1].class_name, "cosine_similarity");
  ASSERT_TRUE(model.optimizer().has_value());
  EXPECT_EQ(model.optimizer()->class_name, "Adam");
  EXPECT_EQ(model.optimizer()->iterations, 0);
  EXPECT_NEAR(model.optimizer()->learning_rate.value_or(0), 0.1, 1e-9);  // a schedule, before its first step
}

TEST(Evaluate, AModelThatIsNotCompiledIsRefused) {
  const Model model = scheduled({.compile = false, .device = Device{}});
  EXPECT_FALSE(model.compiled());
  EXPECT_TRUE(model.loss().empty());
  EXPECT_FALSE(model.optimizer().has_value());
  const std::string message = refusal<UsageError>([&] { model.evaluate({kRows, {5, 4}}, {kTargets, {5, 2}}); });
  EXPECT_NE(message.find("LoadOptions::compile = false"), std::string::npos) << message;
}

TEST(Evaluate, TargetsThatDoNotFitAreRefused) {
  const Model model = scheduled();
  const std::vector<float> few(3 * 2, 1.0f), wide(5 * 3, 1.0f);
  const auto with = [&](const NamedViews& targets) {
    return refusal<UsageError>([&] { model.evaluate({{"x", {kRows, {5, 4}}}}, targets); });
  };
  EXPECT_NE(with({}).find("no target for the output \"out\""), std::string::npos) << with({});
  EXPECT_NE(with({{"nobody", {kTargets, {5, 2}}}}).find("it has \"out\""), std::string::npos);
  EXPECT_NE(with({{"out", {few, {3, 2}}}}).find("the 5 rows of the inputs"), std::string::npos);
  EXPECT_NE(with({{"out", {wide, {5, 3}}}}).find("(5, 3)"), std::string::npos) << with({{"out", {wide, {5, 3}}}});
}

TEST(Evaluate, BatchesOfNoRowsAreRefused) {
  const Model model = scheduled();
  const std::string message = refusal<UsageError>([&] {
    model.evaluate({kRows, {5, 4}}, {kTargets, {5, 2}}, {.sample_weight = {}, .batch_size = 0});
  });
  EXPECT_NE(message.find("batch_size is 0"), std::string::npos) << message;
}

// As Keras: a file that was compiled with a custom loss loads where that is registered, or without its compilation.
TEST(Evaluate, CustomLossesMustBeRegistered) {
  const auto file = cases_folder() / "evaluate_custom_whole_k3" / "model.keras";
  const std::string message = refusal<UnsupportedError>([&] { static_cast<void>(load_model(file, {.device = Device{}})); });
  EXPECT_NE(message.find("\"Shop>whole\" (loss); load it with LoadOptions::compile = false"), std::string::npos) << message;
  EXPECT_FALSE(load_model(file, {.compile = false, .device = Device{}}).compiled());
  LoadOptions options{.device = Device{}};
  options.custom_objects.loss("whole", expression_comparison("K.mean(K.square(y_true - y_pred))"));
  const std::vector<float> x(4 * 4, 0.5f), y(4 * 3, 1.0f);
  const Named scores = load_model(file, options).evaluate({x, {4, 4}}, {y, {4, 3}});
  EXPECT_FLOAT_EQ(scores["loss"].values<float>()[0], scores["mse"].values<float>()[0]);
}

TEST(Evaluate, ExpressionsOfLossesHaveTwoOperands) {
  const std::string unknown = refusal<ModelError>([] { static_cast<void>(expression_comparison("os.system(y_true)")); });
  EXPECT_NE(unknown.find("os.system"), std::string::npos) << unknown;
  LoadOptions options{.device = Device{}};
  options.custom_objects.loss("whole", expression_comparison("a, b, c: a - b + c"));
  const Model model = load_model(cases_folder() / "evaluate_custom_whole_k3" / "model.keras", options);
  const std::vector<float> x(4 * 4, 0.5f), y(4 * 3, 1.0f);
  const std::string message = refusal<ModelError>([&] { model.evaluate({x, {4, 4}}, {y, {4, 3}}); });
  EXPECT_NE(message.find("\"c\""), std::string::npos) << message;
}

}  // namespace
}  // namespace keraunos
