// Regular expressions replace the same matches as RE2 (the cases function_strings test more of them).
#include "loader/layers/text/pattern.h"

#include <gtest/gtest.h>

namespace keraunos::loader::text {
namespace {

std::string replaced(const char* pattern, std::string_view text, std::string_view by = "-") {
  const auto parsed = Pattern::parse(pattern);
  return parsed ? parsed->replaced(text, by, true) : "not known";
}

TEST(Pattern, ReplacesCharactersAndClasses) {
  EXPECT_EQ(replaced("ab", "abcab"), "-c-");
  EXPECT_EQ(replaced("[a-c\\]]", "a]d"), "--d");
  EXPECT_EQ(replaced("[]x]", "]xy"), "--y");
  EXPECT_EQ(replaced("[^\\w ]", "a b,_é"), "a b-_-");
  EXPECT_EQ(replaced("\\s+", " a \t b", " "), " a b");
  EXPECT_EQ(replaced("[[:punct:]]", "a.b!"), "a-b-");
  EXPECT_EQ(replaced("é", "née"), "n-e");
  EXPECT_EQ(replaced(".", "é\nx"), "-\n-");
  EXPECT_EQ(replaced("[^a]", "\xff\xc3"), "\xff\xc3");  // bytes that are not characters match no class
}

TEST(Pattern, OneMatchAloneWhereAsked) { EXPECT_EQ(Pattern::parse("a")->replaced("banana", "", false), "bnana"); }

TEST(Pattern, WhatIsNotKnownIsNotParsed) {
  for (const char* pattern : {"", "a|b", "(a)", "a*", "a?", "a{2}", "a++", "^a", "a$", "\\bA", "\\pL", "[a", "[é]", "[z-a]",
                              "[[:word:]]", "\\", "a+a", "\\s+\\n", "[^>]+[^<]"})
    EXPECT_FALSE(Pattern::parse(pattern)) << pattern;
}

// The time would be quadratic if each start of a run scanned the run again.
TEST(Pattern, TakesTimeInProportionToTheText) {
  const std::string text(4'000'000, '<');
  EXPECT_EQ(replaced("<[^>]+>", text), text);
  EXPECT_EQ(replaced("<[^>]+>", text + '>'), "-");
}

}  // namespace
}  // namespace keraunos::loader::text
