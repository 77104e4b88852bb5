// Keras's lookup tables: token → index. Indices start with 0 for the mask token (integer output only), then one or more for
// unknown tokens, then the vocabulary.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace keraunos::loader::text {

/// The indices of unknown tokens and of the mask token.
struct TableRules {
  int64_t unknown_indices = 1;   ///< 0: an unknown token is an error
  bool keeps_mask = true;        ///< the mask token has index 0; else it is dropped
  bool hashes_integers = false;  ///< unknown integers are distributed by hash instead of by remainder (Keras ≥ 3.14)
  std::optional<std::array<uint64_t, 2>> salt{};

  static constexpr int64_t kDropped = -1;
};

/// Looks up strings or 64-bit integers. Immutable.
template <class Token>
class Table {
 public:
  using View = std::conditional_t<std::is_same_v<Token, std::string>, std::string_view, int64_t>;

  Table(std::vector<Token> tokens, std::optional<Token> mask, TableRules rules);
  Table(Table&&) noexcept = default;  // the views of a copy would point into the original

  /// TableRules::kDropped for a mask token that is not kept. DataError for an unknown token if there is no index for unknown
  /// tokens.
  int64_t index_of(View token) const;
  /// The token of an index; nullptr for indices of unknown tokens and outside the table.
  const Token* token_at(int64_t index) const;
  const std::optional<Token>& mask() const noexcept { return mask_; }
  int64_t first_index() const noexcept { return first_; }
  /// Number of indices in use.
  int64_t size() const noexcept { return first_ + static_cast<int64_t>(tokens_.size()); }
  /// Hash of the tokens and the look-up rules.
  uint64_t hash() const noexcept { return hash_; }

 private:
  int64_t unknown_index(View token) const;

  std::vector<Token> tokens_;
  std::optional<Token> mask_;
  TableRules rules_;
  int64_t first_unknown_, first_;
  uint64_t hash_;
  std::unordered_map<View, int64_t> indices_;  // views into tokens_
};

}  // namespace keraunos::loader::text
