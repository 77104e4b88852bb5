// The functions that an expression may call have the names and parameters of the real ones, which record_functions.py recorded.
#include "loader/python/functions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "loader/ops/table.h"
#include "loader/python/tables.h"
#include "unit/loader/keras/build_graph.h"

namespace keraunos::loader::python {
namespace {

using Words = std::vector<std::string>;

std::vector<Words> lines_of(const std::string& file) {
  std::ifstream stream(fixture(file));
  std::vector<Words> lines;
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    lines.emplace_back(std::istream_iterator<std::string>(words), std::istream_iterator<std::string>());
  }
  EXPECT_FALSE(lines.empty()) << file;
  return lines;
}

Words without_defaults(Words words) {
  for (std::string& word : words) word = word.substr(0, word.find('='));
  return words;
}

bool is_known_as(const Operation& operation, const std::string& one, const std::string& other) {
  return std::ranges::any_of(operation.parameters, [&](const std::string& parameter) {
    const auto names = alternatives(parameter);
    return std::ranges::find(names, one) != names.end() && std::ranges::find(names, other) != names.end();
  });
}

// The name of the real function's i-th parameter must be the name under which the operation gets the i-th argument.
std::string difference(const std::string& name, const Callable& callable, const Words& real) {
  if (callable.operation->positional == Operation::kVariadic) return {};
  for (size_t i = 0; i < callable.parameters.size() && i < real.size(); ++i) {
    const std::string& ours = callable.parameters[i];
    if (ours == real[i] || real[i] == "name" || is_known_as(*callable.operation, ours, real[i])) continue;
    std::string row = "{\"" + name + "\", \"";
    for (const std::string& parameter : real) row += parameter + ' ';
    return row + "\"}, has " + ours;
  }
  return {};
}

TEST(PythonFunctions, TensorFlowsTakeTheirParametersInItsOrder) {
  for (const Words& line : lines_of("signatures_tensorflow.txt")) {
    const std::optional<Callable> callable = operation_named("tf." + line[0]);
    if (!callable) continue;
    const Words real = without_defaults({line.begin() + 1, line.end()});
    EXPECT_EQ(difference(line[0], *callable, real), "");
  }
}

TEST(PythonFunctions, KerasOpsTakeTheirParametersInItsOrder) {
  size_t found = 0;
  for (const Words& line : lines_of("functions_k3.txt")) {
    const std::optional<Callable> callable = operation_named(line[0]);
    if (!callable) continue;
    ++found;
    EXPECT_EQ(difference(line[0], *callable, {line.begin() + 1, line.end()}), "");
  }
  EXPECT_GT(found, 250U);
}

// ops_names() makes the names from those of classes: each must be a name of real Keras, and none may be missing.
TEST(PythonFunctions, NamesOfKerasOpsAreListed) {
  Words known{
      "affine_transform", "crop_images",         "extract_patches",       "gaussian_blur", "hsv_to_rgb",  // of keras.ops.image
      "map_coordinates",  "pad_images",          "perspective_transform", "resize",        "rgb_to_grayscale",
      "rgb_to_hsv",       "scale_and_translate", "sobel_edges",           "ssim"};
  for (const Words& line : lines_of("functions_k3.txt")) {
    if (operation_named(line[0])) known.push_back(line[0].substr(4));
  }
  std::ranges::sort(known);
  EXPECT_EQ(ops_names(), known);
}

TEST(PythonFunctions, AreFoundAtEveryPlaceThatExportsThem) {
  for (const Words& line : lines_of("functions_k2.txt")) {
    if (line[0] != "alias" || find_function(line[2]) == nullptr || line[1].starts_with("compat.v1.")) continue;
    const std::optional<Callable> callable = operation_named("tf." + line[1]);
    if (written_function("tf." + line[1]) != nullptr) continue;
    ASSERT_TRUE(callable) << line[1];
    EXPECT_EQ(callable->operation, find_function(line[2])) << line[1];
  }
}

TEST(PythonFunctions, BackendsHaveItsParameters) {
  size_t found = 0;
  for (const Words& line : lines_of("functions_k2.txt")) {
    const Formula* formula = written_function(line[0]);
    if (formula == nullptr) continue;
    ++found;
    for (size_t i = 0; i < formula->parameters.size(); ++i) {
      ASSERT_LT(i + 1, line.size()) << line[0];
      EXPECT_EQ(formula->parameters[i].name, line[i + 1]) << line[0];
    }
  }
  EXPECT_GT(found, 70U);
}

TEST(PythonFunctions, HaveModulesUnderTheirUsualNames) {
  EXPECT_EQ(canonical_name("tensorflow.keras.backend.mean"), "K.mean");
  EXPECT_EQ(canonical_name("tf.keras.backend.mean"), "K.mean");
  EXPECT_EQ(canonical_name("keras.ops.mean"), "ops.mean");
  EXPECT_EQ(canonical_name("numpy.pi"), "np.pi");
  EXPECT_EQ(canonical_name("tensorflowx.mean"), "tensorflowx.mean");
  EXPECT_FALSE(is_function("tf.raw_ops.Fill"));
  EXPECT_FALSE(is_function("os.system"));
  EXPECT_FALSE(is_function("ops.Mean"));
  EXPECT_FALSE(is_function("tf.io.read_file"));
}

}  // namespace
}  // namespace keraunos::loader::python
