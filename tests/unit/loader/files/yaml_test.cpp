// YAML as PyYAML writes it (tests/saving/record_yaml.py), and what is refused.
#include "loader/files/yaml.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "folders.h"
#include "unit/expect_error.h"

namespace keraunos::files {
namespace {

std::string text_of(const std::string& name) {
  std::ifstream stream(data_folder() / "saving/yaml" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Json parsed(const std::string& text) {
  MemoryBudget budget;
  return parse_yaml(text, "a.yaml", budget);
}

// Members in the order of their keys, which PyYAML sorts.
Json sorted(const Json& json) {
  if (json.is_array()) {
    Json list = Json::array();
    for (const Json& item : json.items()) list.push_back(sorted(item));
    return list;
  }
  if (!json.is_object()) return json;
  std::map<std::string, Json> members;
  for (const auto& [key, value] : json.members()) members.emplace(key, sorted(value));
  Json object = Json::object();
  for (auto& [key, value] : members) object.set(key, std::move(value));
  return object;
}

class Yaml : public testing::TestWithParam<std::string> {};

TEST_P(Yaml, SaysWhatTheJsonSays) {
  const Json expected = sorted(Json::parse(text_of(GetParam() + ".json"), "a.json"));
  for (const char* style : {".block.yaml", ".flow.yaml"})
    EXPECT_EQ(sorted(parsed(text_of(GetParam() + style))).pretty(), expected.pretty()) << style;
}

INSTANTIATE_TEST_SUITE_P(Files, Yaml, testing::Values("values", "doc_example_k2_json", "conv_lstm_stacked_k2_json"),
                         [](const auto& test) { return test.param; });

TEST(YamlTexts, OverSeveralLines) {
  EXPECT_EQ(parsed("a: one\n  two\n\n  three\nb: 'x\n\n  y'\n# a comment\nc: 1 # and one\n").dump(),
            R"({"a":"one two three","b":"x\ny","c":1})");
  EXPECT_EQ(parsed("---\na:\n- - 1\n  -\n- b:\n").dump(), R"({"a":[[1,null],{"b":null}]})");
  EXPECT_EQ(parsed("a: !!python/unicode '1'\nb: !!python/tuple\n- 1\n").dump(), R"({"a":"1","b":[1]})");
}

TEST(YamlTexts, RefusesWhatItDoesNotKnow) {
  const auto refused = [](const std::string& text, const std::string& message) {
    expect_error<ModelError>([&] { return parsed(text); }, message);
  };
  refused("a: !!python/object:os.system x\n", "a.yaml, line 1: the tag !!python/object:os.system is not supported");
  refused("a: |\n  text\n", "what begins with | is not supported");
  refused("? a\n: b\n", "what begins with ?");
  refused("a: 1\n b: 2\n", "a.yaml, line 2");
  refused("a: [1, 2\n", "has no ]");
  refused("a: {b 1}\n", "a key needs a colon");
  refused("a: 'text\n", "has no end");
  refused("a: \"\\xZZ\"\n", "hexadecimal digits");
  refused("a: *b\n", "nothing before is called \"b\"");
  refused("a:\n\t- 1\n", "a tab in place of spaces");
  refused("", "there is nothing");
  refused("a: \xff\n", "is no UTF-8");
  refused(std::string(300, '[') + std::string(300, ']'), "nested deeper than 200");
}

// Each line names the one before ten times: 10^9 values in 200 bytes.
TEST(YamlTexts, RefusesAliasesThatMultiply) {
  std::string text = "a0: &a0 [1, 1]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string name = 'a' + std::to_string(i), before = "*a" + std::to_string(i - 1);
    text += name + ": &" + name + " [" + before;
    for (int again = 1; again < 10; ++again) text += ", " + before;
    text += "]\n";
  }
  expect_error<ModelError>([&] { return parsed(text); }, "more than 10000000 values");
  MemoryBudget small(100'000);
  expect_error<ModelError>([&] { return parse_yaml(text, "a.yaml", small); }, "as a tree of values");
  std::string deep = "b0: &b0 []\n";
  for (int i = 1; i < 300; ++i)
    deep += 'b' + std::to_string(i) + ": &b" + std::to_string(i) + " [*b" + std::to_string(i - 1) + "]\n";
  expect_error<ModelError>([&] { return parsed(deep); }, "nested deeper than 200");
}

}  // namespace
}  // namespace keraunos::files
