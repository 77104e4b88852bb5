// Lookup tables of functions: how they are filled, and what is refused.
#include "loader/tf/lookup_tables.h"

#include <gtest/gtest.h>

#include <fstream>

#include "altered.h"
#include "folders.h"
#include "graph_bytes.h"
#include "keraunos/error.h"
#include "keraunos/model.h"

namespace keraunos::loader {
namespace {

using graph_bytes::field, graph_bytes::graph, graph_bytes::node;

std::string varint(int number, int value) { return {static_cast<char>(number << 3), static_cast<char>(value)}; }

constexpr int kString = 7, kInt64 = 9;  // TensorFlow's types

std::string constant(const std::string& name, int type, const std::string& shape, const std::string& elements) {
  const std::string tensor = varint(1, type) + field(2, shape) + elements;
  return node(name, "Const", {}) + field(5, field(1, "value") + field(2, field(8, tensor)));
}

std::string words(const std::vector<std::string>& all) {
  std::string elements;
  for (const std::string& word : all) elements += field(8, word);
  return constant("keys", kString, field(2, varint(1, static_cast<int>(all.size()))), elements);
}

std::string numbers(const std::vector<int>& all) {
  std::string elements;
  for (const int number : all) elements += varint(10, number);
  return constant("values", kInt64, field(2, varint(1, static_cast<int>(all.size()))), elements);
}

// One look-up of x, outside of functions as in graphs of TensorFlow 1.
struct TableModel {
  std::string keys = words({"a", "b", "c"}), values = numbers({5, 7, 9});
  bool is_filled = true;
  std::vector<std::string> cleaning{};  // nodes that compute "clean" from x

  std::string answer(const std::string& asked, const LoadOptions& options = {}) const {
    const std::string port = std::string("\x10\x07") + field(3, field(2, varint(1, 1)));  // one string
    const auto entry = [&](int number, const char* key, const char* tensor, const std::string& type) {
      return field(number, field(1, key) + field(2, field(1, tensor) + type));
    };
    const std::string whole = std::string("\x10\x09") + field(3, field(2, varint(1, 1)));
    const std::string signature = entry(1, "x", "x:0", port) + entry(2, "y", "y:0", whole);
    std::vector<std::string> nodes{node("x", "Placeholder", {}),
                                   node("table", "HashTableV2", {}),
                                   keys,
                                   values,
                                   constant("none", kInt64, "", varint(10, 3)),
                                   node("y", "LookupTableFindV2", {"table", cleaning.empty() ? "x" : "clean", "none"}),
                                   node("fill", "LookupTableImportV2", {"table", "keys", "values"}),
                                   node("init", "NoOp", {"^fill"})};
    nodes.insert(nodes.end(), cleaning.begin(), cleaning.end());
    std::string meta = field(2, graph(nodes)) + field(5, field(1, "serving_default") + field(2, signature));
    const std::string initial = field(2, field(1, "__saved_model_init_op") + field(2, field(1, "init")));
    if (is_filled) meta += field(5, field(1, "__saved_model_init_op") + field(2, initial));
    const keraunos::Folder folder;
    std::ofstream(folder.path() / "saved_model.pb", std::ios::binary) << field(2, meta);
    try {
      const Model model = load_model(folder.path(), options);
      const std::vector<std::string> x{asked};
      return std::to_string(model.predict({x, {1}}).values<int64_t>()[0]);
    } catch (const Error& error) {
      return error.what();
    }
  }
};

testing::AssertionResult says(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << text;
}

TEST(LookupTables, AreFilledByTheInitialisation) {
  EXPECT_EQ(TableModel().answer("b"), "7");
  EXPECT_EQ(TableModel().answer("else"), "3");
}

TEST(LookupTables, ThatNothingFillsAreRefused) {
  EXPECT_TRUE(says(TableModel{.is_filled = false}.answer("a"),
                   "the table \"table\" (HashTableV2), which the file's initialisation does not fill"));
}

TEST(LookupTables, KeysAndValuesHaveToFit) {
  EXPECT_TRUE(says(TableModel{.values = numbers({1, 2})}.answer("a"), "keys of shape (3,) and values of shape (2,)"));
  EXPECT_TRUE(says(TableModel{.keys = words({"a", "b", "a"})}.answer("a"), "two values for one key, its entries 0 and 2"));
  EXPECT_EQ((TableModel{.keys = words({"a", "b", "a"}), .values = numbers({4, 6, 4})}.answer("a")), "4");
}

TEST(LookupTables, CountAgainstTheMemoryOfTheFile) {
  std::vector<std::string> many;
  std::vector<int> places;
  for (int i = 0; i < 100; ++i) many.push_back("word " + std::to_string(i)), places.push_back(i);
  const TableModel model{.keys = words(many), .values = numbers(places)};
  EXPECT_EQ(model.answer("word 42"), "42");
  int of_the_table = 0;
  for (uint64_t most = 1000; most < 100'000; most += 1000) {
    const std::string answer = model.answer("word 42", {.max_bytes = most});
    if (answer == "42") break;
    EXPECT_TRUE(says(answer, "max_bytes"));
    of_the_table += answer.find("the table \"table\"") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(of_the_table, 0);
}

std::string attribute(const std::string& name, const std::string& text) {
  return field(5, field(1, name) + field(2, field(2, text)));
}

TEST(LookupTables, TextsAreCleanedByPatternsThatAreKnown) {
  const auto cleaned = [](const std::string& pattern) {
    return TableModel{
        .cleaning = {node("clean", "StaticRegexReplace", {"x"}) + attribute("pattern", pattern) + attribute("rewrite", "")}};
  };
  EXPECT_EQ(cleaned("[!?]").answer("!b?"), "7");
  EXPECT_TRUE(says(cleaned("(a|b)").answer("b"), "replaces what matches \"(a|b)\"; supported are characters"));
}

}  // namespace
}  // namespace keraunos::loader
