#include <gtest/gtest.h>

#include "build_graph.h"
#include "loader/layers/common/numbers.h"

namespace keraunos::loader {
namespace {

// NumPy values as Keras up to 2.2 and TensorFlow 1 write them, as later versions do, and as plain numbers.
TEST(Config, ReadsNumbersOfNumPy) {
  const files::Json json = files::Json::parse(
      R"({"a": {"type": "ndarray", "value": 0.2}, "b": {"type": "float32", "value": 3}, "c": {"type": "ndarray", "value": [2, 3]},
          "d": {"class_name": "__numpy__", "config": {"value": 0.5, "dtype": "float32"}}, "e": [0.25], "f": {"type": "ndarray", "value": true},
          "g": {"type": "ndarray", "value": "two"}, "h": {"type": "bool_", "value": 1, "more": 2}})",
      "test");
  const Config config(json, "layer \"l\"");
  EXPECT_EQ(config.number("a", 0), 0.2);
  EXPECT_EQ(number_of(config, "a", 0), 0.2);
  EXPECT_EQ(config.integer("b"), 3);
  EXPECT_EQ(config.integers("c", 2), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(array_of(config, "c").dims(), (Dims{2}));
  EXPECT_EQ(config.number("d", 0), 0.5);
  EXPECT_EQ(config.number("e", 0), 0.25);
  EXPECT_TRUE(config.flag("f", false));
  EXPECT_EQ(config.integers("b", 3), (std::vector<int64_t>{3, 3, 3}));
  expect_error<ModelError>([&] { config.number("g", 0); }, "config key \"g\" should be a number, found \"two\"");
  expect_error<ModelError>([&] { config.number("h", 0); }, "config key \"h\" should be a number");
}

// As Python's bool() of the same values, which is what Keras makes of a flag.
TEST(Config, TakesForTrueWhatPythonTakes) {
  const files::Json json = files::Json::parse(
      R"({"a": 7, "b": -0.5, "c": "four", "d": [0], "e": true,
          "f": 0, "g": 0.0, "h": "", "i": [], "j": null, "k": false, "l": {}})",
      "test");
  const Config config(json, "layer \"l\"");
  for (const char* key : {"a", "b", "c", "d", "e"}) EXPECT_TRUE(config.flag(key, false)) << key;
  for (const char* key : {"f", "g", "h", "i", "j", "k"}) EXPECT_FALSE(config.flag(key, true)) << key;
  EXPECT_TRUE(config.flag("absent", true));
  expect_error<ModelError>([&] { static_cast<void>(config.flag("l", true)); },
                           "config key \"l\" should be true or false, found {}");
}

}  // namespace
}  // namespace keraunos::loader
