// Every public layer, loss and metric of Keras 2.15 and 3.15 and every operation of keras.ops is covered, or not_covered.txt
// gives the reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "folders.h"
#include "loader/evaluate/metrics.h"
#include "loader/files/json.h"
#include "loader/supported.h"

namespace keraunos::loader {
namespace {

std::set<std::string> public_names(const char* kind) {
  std::set<std::string> names;
  for (const char* file : {"public_names_k2.json", "public_names_k3.json"}) {
    std::ifstream text(data_folder() / "keras" / file);
    std::stringstream content;
    content << text.rdbuf();
    const files::Json json = files::Json::parse(content.str(), file);
    if (json.find(kind) == nullptr) continue;
    for (const files::Json& name : json[kind].items()) names.insert(name.as_string());
  }
  return names;
}

/// The names after "layer" or "operation" in not_covered.txt, each with its reason.
std::map<std::string, std::string> not_covered(const std::string& kind) {
  std::map<std::string, std::string> names;
  std::ifstream text(data_folder() / "keras" / "not_covered.txt");
  for (std::string line; std::getline(text, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with(kind + ' ')) names[line.substr(kind.size() + 1, colon - kind.size() - 1)] = line.substr(colon + 2);
  }
  return names;
}

void expect_complete(const std::string& kind, const std::string& kinds, const std::vector<std::string>& supported) {
  const auto listed = not_covered(kind);
  const std::set<std::string> covered(supported.begin(), supported.end());
  for (const std::string& name : public_names(kinds.c_str()))
    EXPECT_TRUE(covered.contains(name) || listed.contains(name)) << kind << ' ' << name << " is neither covered nor listed";
  for (const auto& [name, reason] : listed) {
    EXPECT_FALSE(covered.contains(name)) << kind << ' ' << name << " is covered: take it out of not_covered.txt";
    EXPECT_FALSE(reason.empty()) << name;
  }
}

TEST(Coverage, EveryLayerIsCoveredOrListed) { expect_complete("layer", "layers", supported_names().layers); }
TEST(Coverage, EveryOperationIsCoveredOrListed) { expect_complete("operation", "operations", supported_names().operations); }

std::vector<std::string> with_functions(std::vector<std::string> classes, bool is_metric) {
  for (const std::string& name : public_names(is_metric ? "metrics" : "losses")) {
    if (find_function(name, is_metric) != nullptr) classes.push_back(name);
  }
  return classes;
}

TEST(Coverage, EveryLossIsCoveredOrListed) { expect_complete("loss", "losses", with_functions(loss_class_names(), false)); }
TEST(Coverage, EveryMetricIsCoveredOrListed) { expect_complete("metric", "metrics", with_functions(metric_class_names(), true)); }

}  // namespace
}  // namespace keraunos::loader
