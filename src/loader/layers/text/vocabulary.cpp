#include "loader/layers/text/vocabulary.h"

#include "host/graph/hash.h"
#include "keraunos/error.h"
#include "loader/layers/text/hash.h"

namespace keraunos::loader::text {
namespace {

std::string shown(std::string_view token) { return '"' + std::string(token.substr(0, 60)) + '"'; }
std::string shown(int64_t token) { return std::to_string(token); }

void mix(host::Hash& hash, const std::string& token) { hash.text(token); }
void mix(host::Hash& hash, int64_t token) { hash.mix(token); }

template <class Token>
uint64_t hash_of(const std::vector<Token>& tokens, const std::optional<Token>& mask, const TableRules& rules) {
  host::Hash hash;
  for (const Token& token : tokens) mix(hash, token);
  if (mask) mix(hash, *mask);
  hash.mix(rules.unknown_indices).mix(rules.keeps_mask).mix(rules.hashes_integers).mix(mask.has_value());
  if (rules.salt) hash.range(*rules.salt);
  return hash.value();
}

int64_t bucket(std::string_view token, const TableRules& rules) {
  const uint64_t hash = rules.salt ? siphash24(token, *rules.salt) : fingerprint64(token);
  return static_cast<int64_t>(hash % static_cast<uint64_t>(rules.unknown_indices));
}

int64_t bucket(int64_t token, const TableRules& rules) {
  if (rules.hashes_integers) return bucket(std::to_string(token), rules);
  const int64_t rest = token % rules.unknown_indices;
  return rest < 0 ? rest + rules.unknown_indices : rest;
}

}  // namespace

template <class Token>
Table<Token>::Table(std::vector<Token> tokens, std::optional<Token> mask, TableRules rules)
    : tokens_(std::move(tokens)),
      mask_(std::move(mask)),
      rules_(rules),
      first_unknown_(mask_ && rules.keeps_mask ? 1 : 0),
      first_(first_unknown_ + rules.unknown_indices),
      hash_(hash_of(tokens_, mask_, rules_)) {
  indices_.reserve(tokens_.size());
  for (size_t i = 0; i < tokens_.size(); ++i) indices_.emplace(View(tokens_[i]), first_ + static_cast<int64_t>(i));
}

template <class Token>
int64_t Table<Token>::index_of(View token) const {
  if (mask_ && token == View(*mask_)) return rules_.keeps_mask ? 0 : TableRules::kDropped;
  const auto found = indices_.find(token);
  return found != indices_.end() ? found->second : unknown_index(token);
}

template <class Token>
int64_t Table<Token>::unknown_index(View token) const {
  if (rules_.unknown_indices == 0)
    throw DataError("the vocabulary lacks " + shown(token) + ", and the model has no index for unknown tokens");
  return first_unknown_ + (rules_.unknown_indices == 1 ? 0 : bucket(token, rules_));
}

template <class Token>
const Token* Table<Token>::token_at(int64_t index) const {
  if (mask_ && rules_.keeps_mask && index == 0) return &*mask_;
  return index < first_ || index >= size() ? nullptr : &tokens_[static_cast<size_t>(index - first_)];
}

template class Table<std::string>;
template class Table<int64_t>;

}  // namespace keraunos::loader::text
