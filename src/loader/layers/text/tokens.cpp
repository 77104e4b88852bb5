#include "loader/layers/text/tokens.h"

namespace keraunos::loader::text {
namespace {

constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
constexpr std::string_view kWhitespace = " \t\n\v\f\r";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (size_t at = text.find_first_not_of(kWhitespace); at != std::string_view::npos;) {
    const size_t end = text.find_first_of(kWhitespace, at);
    found.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kWhitespace, end);
  }
  return found;
}

struct CodePoint {
  size_t bytes;  // number of bytes in the text
  bool valid;
};

// Invalid input is replaced for the bytes that could have begun a code point, at least one: ICU, which TensorFlow uses, counts
// errors in this way.
CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
  const unsigned first = byte(0);
  const size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size < 2) return {1, size == 1};
  // The range of the second byte excludes overlong forms, surrogates and code points above U+10FFFF.
  const unsigned low = first == 0xe0   ? 0xa0
                       : first == 0xf0 ? 0x90
                                       : 0x80,
                 high = first == 0xed   ? 0x9f
                        : first == 0xf4 ? 0x8f
                                        : 0xbf;
  for (size_t i = 1; i < size; ++i) {
    if (i >= text.size() || byte(i) < (i == 1 ? low : 0x80) || byte(i) > (i == 1 ? high : 0xbf)) return {i, false};
  }
  return {size, true};
}

}  // namespace

std::string Tokenizer::standardized(std::string_view text) const {
  std::string result;
  result.reserve(text.size());
  for (char c : text) {
    if (strip_punctuation && kPunctuation.find(c) != std::string_view::npos) continue;
    result += lower && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

std::vector<std::string_view> Tokenizer::pieces(std::string_view standardized) const {
  switch (split) {
    case Split::none: return {standardized};
    case Split::whitespace: return words(standardized);
    case Split::character: return characters(standardized);
  }
  return {};
}

std::vector<std::string> Tokenizer::joined(const std::vector<std::string_view>& pieces) const {
  if (ngrams.empty()) return {pieces.begin(), pieces.end()};
  std::vector<std::string> tokens;
  for (int64_t width : ngrams) {
    for (size_t first = 0; first + static_cast<size_t>(width) <= pieces.size(); ++first) {
      std::string token(pieces[first]);
      for (size_t i = 1; i < static_cast<size_t>(width); ++i) token.append(" ").append(pieces[first + i]);
      tokens.push_back(std::move(token));
    }
  }
  return tokens;
}

size_t valid_code_point(std::string_view text) {
  const CodePoint point = first_code_point(text);
  return point.valid ? point.bytes : 0;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    found.push_back(point.valid ? text.substr(0, point.bytes) : kReplacement);
    text.remove_prefix(point.bytes);
  }
  return found;
}

}  // namespace keraunos::loader::text
