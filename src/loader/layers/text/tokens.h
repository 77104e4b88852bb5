// Splits a text into tokens as TextVectorization does: standardise, split, join neighbours. ASCII rules throughout: TensorFlow
// lowers, strips and splits bytes, so É stays É and a no-break space does not split.
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
  std::vector<int64_t> ngrams{};  ///< widths, in this order; empty: single tokens only

  std::string standardized(std::string_view text) const;
  /// Parts of a standardised text; views into it, and into a constant for bytes that are not UTF-8.
  std::vector<std::string_view> pieces(std::string_view standardized) const;
  /// The n-grams of the parts: for a, b, c and widths 1 and 2 these are a, b, c, "a b", "b c".
  std::vector<std::string> joined(const std::vector<std::string_view>& pieces) const;
};

/// The code points of a UTF-8 text, each as its bytes; invalid bytes give U+FFFD.
std::vector<std::string_view> characters(std::string_view text);
/// The number of bytes of the code point at the beginning of the text; 0 where there is none.
size_t valid_code_point(std::string_view text);

}  // namespace keraunos::loader::text
