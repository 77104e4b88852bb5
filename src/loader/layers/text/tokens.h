// From a text to its tokens, as TextVectorization does it: standardise, split, join neighbours. ASCII rules throughout:
// TensorFlow lowers, strips and splits bytes, so É stays É and a no-break space joins words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keraunos::loader::text {

struct Tokenizer {
  enum class Split : uint8_t { none, whitespace, character };

  bool lower = true, strip_punctuation = true;
  Split split = Split::whitespace;
  std::vector<int64_t> ngrams{};  ///< widths in this order; empty: single tokens only

  std::string standardized(std::string_view text) const;
  /// Pieces of a standardised text; views of it, and of a constant for bytes that are not UTF-8.
  std::vector<std::string_view> pieces(std::string_view standardized) const;
  /// The n-grams of the pieces: for a, b, c and widths 1 and 2 these are a, b, c, "a b", "b c".
  std::vector<std::string> joined(const std::vector<std::string_view>& pieces) const;
};

/// The code points of a UTF-8 text, each as its bytes; what is none is U+FFFD.
std::vector<std::string_view> characters(std::string_view text);
/// The bytes of the code point that a text begins with; 0 where they are none.
size_t valid_code_point(std::string_view text);

}  // namespace keraunos::loader::text
