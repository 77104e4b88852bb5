// Regular expressions that are typical for cleaning texts: a sequence of characters and character classes, each optionally
// repeated by "+". "[!\"#$%&]", "<br />", "\s+", "<[^>]+>". The syntax is RE2's; groups, alternatives, anchors and other
// repetitions are not supported.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keraunos::loader::text {

class Pattern {
 public:
  /// Absent where the pattern contains unsupported syntax, or a repetition that could end at several places.
  static std::optional<Pattern> parse(std::string_view pattern);

  /// The text with all matches, or the first one, replaced; matches are found as in RE2, from left to right. The time is
  /// proportional to the text's length.
  std::string replaced(std::string_view text, std::string_view by, bool all) const;

  /// One character or class, possibly repeated.
  struct Item {
    std::bitset<256> bytes;     ///< of one byte; bytes beyond ASCII match themselves
    bool takes_others = false;  ///< any valid code point beyond ASCII
    bool repeats = false;
  };

 private:
  explicit Pattern(std::vector<Item> items) : items_(std::move(items)) {}
  class Search;
  std::vector<Item> items_;
};

}  // namespace keraunos::loader::text
