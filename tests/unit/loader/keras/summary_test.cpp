// The tables that Keras 2.15 and 3.15 print for recorded cases at 80 columns; tests/cases/generate/summaries.py wrote them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "case_objects.h"
#include "folders.h"
#include "golden/golden.h"
#include "loader/open_model.h"

namespace keraunos::loader {
namespace {

namespace fs = std::filesystem;

std::string summary_of(const std::string& name, bool compile = true) {
  const golden::Case recorded = golden::Case::read(cases_folder() / name);
  LoadOptions options;
  options.compile = compile;
  options.custom_objects = case_objects();
  options.weights = recorded.weights;
  return open_model(recorded.model, options)->summary(80);
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "summary_doc_example_k2.txt" → "doc_example_k2"; nothing for other files.
std::string case_of(const fs::path& table) {
  const std::string name = table.stem().string(), prefix = "summary_";
  return name.starts_with(prefix) && table.extension() == ".txt" ? name.substr(prefix.size()) : std::string();
}

TEST(Summary, IsThatOfKeras) {
  int tables = 0;
  for (const auto& entry : fs::directory_iterator(data_folder() / "keras")) {
    const std::string name = case_of(entry.path());
    if (name.empty()) continue;
    ++tables;
    EXPECT_EQ(summary_of(name), text_of(entry.path())) << name;
  }
  EXPECT_GT(tables, 60);
}

TEST(Summary, CountsNoOptimizerWithoutCompilation) {
  const std::string table = summary_of("summary_optimizer_adam_k3", false);
  EXPECT_EQ(table.find("Optimizer params"), std::string::npos);
  EXPECT_NE(table.find(" Total params: 57 (228.00 B)"), std::string::npos) << table;
}

}  // namespace
}  // namespace keraunos::loader
