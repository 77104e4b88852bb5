// The regular expressions that texts are usually cleaned with: a sequence of characters and classes of characters, of which each
// may be repeated by "+". "[!\"#$%&]", "<br />", "\s+", "<[^>]+>". The syntax is RE2's; groups, alternatives, anchors and other
// repetitions are not known.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keraunos::loader::text {

class Pattern {
 public:
  /// Nothing where the pattern holds what is not known, or a repetition that could end at several places.
  static std::optional<Pattern> parse(std::string_view pattern);

  /// The text with all matches, or the first one, replaced; matches are found as RE2 finds them, from left to right. Takes time
  /// in proportion to the text.
  std::string replaced(std::string_view text, std::string_view by, bool all) const;

  /// One character, perhaps repeated.
  struct Item {
    std::bitset<256> bytes;     ///< of one byte; beyond ASCII they stand for themselves
    bool takes_others = false;  ///< any valid code point beyond ASCII
    bool repeats = false;
  };

 private:
  explicit Pattern(std::vector<Item> items) : items_(std::move(items)) {}
  class Search;
  std::vector<Item> items_;
};

}  // namespace keraunos::loader::text
