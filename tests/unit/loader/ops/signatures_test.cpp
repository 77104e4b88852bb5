// The table reads every parameter that real Keras and TensorFlow give a supported operation, or declares it harmless. A parameter
// that is declared but not read is refused when a file gives it (OperationCall::refuse_unread), so no argument is ignored.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "folders.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

struct Signature {
  std::vector<std::string> call, config;
};

std::string without_default(const std::string& word) { return word.substr(0, word.find('=')); }

std::map<std::string, Signature> recorded(const std::string& file) {
  std::map<std::string, Signature> all;
  std::ifstream text(data_folder() / "keras" / file);
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string name, word;
    words >> name;
    Signature& signature = all[name];
    bool config = false;
    while (words >> word) {
      if (word == ";")
        config = true;
      else
        (config ? signature.config : signature.call).push_back(word);
    }
  }
  return all;
}

bool names(const std::string& parameter, const std::string& word) {
  const auto all = alternatives(parameter);
  return std::find(all.begin(), all.end(), without_default(word)) != all.end();
}

bool is_declared(const Operation& operation, const std::string& word) {
  if (word.starts_with('*') && operation.positional == Operation::kVariadic) return true;
  const std::string name = without_default(word.substr(word.find_first_not_of('*')));
  if (name == "name") return true;
  const auto reads = [&](const std::string& parameter) { return names(parameter, word); };
  const auto allows = [&](const std::string& harmless) { return without_default(harmless) == name; };
  return std::any_of(operation.parameters.begin(), operation.parameters.end(), reads) ||
         std::any_of(operation.harmless.begin(), operation.harmless.end(), allows);
}

TEST(Signatures, EveryParameterOfTensorFlowIsDeclared) {
  const auto all = recorded("signatures_tensorflow.txt");
  for (const Operation& operation : every_operation()) {
    for (const std::string& name : operation.tensorflow) {
      const auto found = all.find(name);
      ASSERT_NE(found, all.end()) << "TensorFlow has no tf." << name;
      for (const std::string& word : found->second.call)
        EXPECT_TRUE(is_declared(operation, word)) << "tf." << name << ": " << word;
      if (operation.positional == Operation::kVariadic) continue;
      EXPECT_TRUE(names(operation.parameters[0], found->second.call.at(0))) << "tf." << name << ": its first parameter";
    }
  }
}

TEST(Signatures, EveryParameterOfKeras3IsDeclared) {
  const auto all = recorded("signatures_keras3.txt");
  for (const Operation& operation : every_operation()) {
    for (const std::string& name : operation.keras) {
      if (name == "LeakyReLU") continue;  // exists in Keras 3.0
      const auto found = all.find(name);
      ASSERT_NE(found, all.end()) << "Keras has no operation " << name;
      for (const std::string& word : found->second.call) EXPECT_TRUE(is_declared(operation, word)) << name << ": " << word;
      for (const std::string& word : found->second.config) {
        EXPECT_TRUE(word == "*" || is_declared(operation, word)) << name << ": " << word;
      }
      for (size_t i = 0;
           operation.positional != Operation::kVariadic && i < std::min(operation.positional, found->second.call.size()); ++i) {
        EXPECT_TRUE(names(operation.parameters[i], found->second.call[i])) << name << ": argument " << i;
      }
    }
  }
}

}  // namespace
}  // namespace keraunos::loader
