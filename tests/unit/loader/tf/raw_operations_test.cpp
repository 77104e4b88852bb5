// Every raw operation of TensorFlow that the library names exists there, with these inputs and attributes.
#include "loader/tf/raw_operations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "folders.h"
#include "loader/ops/operation.h"
#include "loader/ops/table.h"

namespace keraunos::loader {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& text) {
  std::istringstream stream(text);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

struct Recorded {
  Words inputs, attributes, outputs;  // "values*", "axis:int", "output*"
};

std::map<std::string, Recorded> recorded() {
  std::map<std::string, Recorded> all;
  std::ifstream text(data_folder() / "keras" / "raw_operations.txt");
  for (std::string line; std::getline(text, line);) {
    const size_t first = line.find(';'), second = line.find(';', first + 1), third = line.find(';', second + 1);
    all[line.substr(0, first)] = {words_of(line.substr(first + 1, second - first - 1)),
                                  words_of(line.substr(second + 1, third - second - 1)), words_of(line.substr(third + 1))};
  }
  return all;
}

bool takes(const Operation& operation, std::string_view name) {
  return std::any_of(operation.parameters.begin(), operation.parameters.end(), [&](const std::string& parameter) {
    const auto names = alternatives(parameter);
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

bool follows_from_inputs(const std::string& attribute) { return attribute.ends_with(":type") || attribute == "N:int"; }

TEST(RawOperations, AreThoseOfTensorFlow) {
  const auto all = recorded();
  for (const RawOperation& row : raw_operations()) {
    ASSERT_TRUE(all.contains(std::string(row.op))) << row.op;
    const Recorded& real = all.at(std::string(row.op));
    const Words inputs = words_of(std::string(row.inputs));
    ASSERT_EQ(inputs.size(), real.inputs.size()) << row.op;
    for (size_t i = 0; i < inputs.size(); ++i) EXPECT_EQ(inputs[i].ends_with('*'), real.inputs[i].ends_with('*')) << row.op;
    std::set<std::string> known;
    for (const std::string& word : words_of(std::string(row.attributes))) known.insert(word.substr(0, word.find('=')));
    for (const std::string& word : words_of(std::string(row.ignored))) known.insert(word);
    for (const std::string& attribute : real.attributes) {
      EXPECT_TRUE(follows_from_inputs(attribute) || known.contains(attribute.substr(0, attribute.find(':'))))
          << row.op << ' ' << attribute;
    }
    for (const std::string& name : known) {
      const auto has = [&](const std::string& attribute) { return attribute.starts_with(name + ':'); };
      EXPECT_TRUE(std::any_of(real.attributes.begin(), real.attributes.end(), has)) << row.op << " has no attribute " << name;
    }
  }
}

TEST(RawOperations, KnowTheNamesOfSeveralOutputs) {
  for (const auto& [op, real] : recorded()) {
    Words known = words_of(std::string(output_names(op)));
    for (std::string& name : known)
      name.resize(std::min(name.size(), name.find('*') + 1 == 0 ? name.size() : name.find('*') + 1));
    if (real.outputs.size() > 1)
      EXPECT_EQ(known, real.outputs) << op;
    else
      EXPECT_TRUE(known.empty()) << op;
  }
}

TEST(RawOperations, NameParametersOfTheirFunctions) {
  for (const RawOperation& row : raw_operations()) {
    const Operation* function = find_function(row.function);
    ASSERT_NE(function, nullptr) << row.op;
    for (std::string word : words_of(std::string(row.inputs) + ' ' + std::string(row.attributes))) {
      if (word.ends_with('*')) word.pop_back();
      word = word.substr(word.find('=') + 1);
      EXPECT_TRUE(word.empty() || takes(*function, word)) << row.op << ": tf." << row.function << " has no parameter " << word;
    }
    EXPECT_EQ(find_function("raw_ops." + std::string(row.op)), nullptr) << row.op << " has a body of its own too";
  }
}

TEST(RawOperations, BodiesTakeTheInputsThatTensorFlowGives) {
  const auto all = recorded();
  int bodies = 0;
  for (const Operation& operation : every_operation()) {
    for (const std::string& name : operation.tensorflow) {
      if (!name.starts_with("raw_ops.")) continue;
      ++bodies;
      const Recorded& real = all.at(name.substr(std::string("raw_ops.").size()));
      EXPECT_EQ(operation.positional, real.inputs.size()) << name;
      for (const std::string& attribute : real.attributes) {
        const std::string word = attribute.substr(0, attribute.find(':'));
        const auto allows = [&](const std::string& harmless) { return harmless.starts_with(word + '='); };
        EXPECT_TRUE(follows_from_inputs(attribute) || takes(operation, word) ||
                    std::any_of(operation.harmless.begin(), operation.harmless.end(), allows))
            << name << ' ' << attribute;
      }
    }
  }
  EXPECT_GE(bodies, 14);
}

}  // namespace
}  // namespace keraunos::loader
