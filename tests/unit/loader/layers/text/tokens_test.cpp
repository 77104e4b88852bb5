#include "loader/layers/text/tokens.h"

#include <gtest/gtest.h>

namespace keraunos::loader::text {
namespace {

using Views = std::vector<std::string_view>;
using Strings = std::vector<std::string>;

TEST(Tokenizer, LowersAndStripsAsciiOnly) {
  const Tokenizer tokenizer;
  EXPECT_EQ(tokenizer.standardized("Hello, WORLD! it's_[x]"), "hello world itsx");
  EXPECT_EQ(tokenizer.standardized("\xc3\x89"
                                   "A\xe2\x80\xa6"),
            "\xc3\x89"
            "a\xe2\x80\xa6");
  EXPECT_EQ((Tokenizer{.lower = false, .strip_punctuation = false}.standardized("A, b")), "A, b");
  EXPECT_EQ((Tokenizer{.lower = false, .strip_punctuation = true}.standardized("A-b")), "Ab");
}

// Expected: tf.strings.split and unicode_split of TensorFlow 2.15.1.
TEST(Tokenizer, SplitsAtAsciiWhitespace) {
  const Tokenizer tokenizer;
  EXPECT_EQ(tokenizer.pieces(" a\tb\vc\fd \r\n e\xc2\xa0"
                             "f "),
            (Views{"a", "b", "c", "d",
                   "e\xc2\xa0"
                   "f"}));
  EXPECT_EQ(tokenizer.pieces(""), Views{});
  EXPECT_EQ(tokenizer.pieces("  "), Views{});
}

TEST(Characters, SplitsCodePoints) {
  EXPECT_EQ(characters("a\xc3\xa9\xe2\x82\xac"
                       "z"),
            (Views{"a", "\xc3\xa9", "\xe2\x82\xac", "z"}));
  EXPECT_EQ(characters("\xf0\x9f\x98\x80!"), (Views{"\xf0\x9f\x98\x80", "!"}));
}

TEST(Characters, ReplacesWhatIsNoCodePoint) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  EXPECT_EQ(characters("\xff\xc3"), (Views{kReplacement, kReplacement}));
  EXPECT_EQ(characters("\xed\xa0\x80x"), (Views{kReplacement, kReplacement, kReplacement, "x"}));
  EXPECT_EQ(characters("\xe2\x82"), Views{kReplacement});
  EXPECT_EQ(characters("\xc0\x80"), (Views{kReplacement, kReplacement}));
}

TEST(Tokenizer, JoinsNeighboursInTheOrderOfWidths) {
  const Views pieces{"a", "b", "c"};
  EXPECT_EQ((Tokenizer{.ngrams = {1, 3}}.joined(pieces)), (Strings{"a", "b", "c", "a b c"}));
  EXPECT_EQ((Tokenizer{.ngrams = {2, 1}}.joined(pieces)), (Strings{"a b", "b c", "a", "b", "c"}));
  EXPECT_EQ((Tokenizer{.ngrams = {2}}.joined({"d"})), Strings{});
}

}  // namespace
}  // namespace keraunos::loader::text
