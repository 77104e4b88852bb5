// The host kernels of the text layers.
#pragma once

#include <memory>
#include <string>

#include "keraunos/layer.h"
#include "loader/layers/text/encoding.h"
#include "loader/layers/text/tokens.h"
#include "loader/layers/text/vocabulary.h"

namespace keraunos::loader::text {

/// Tokens (string or int64) → indices, encoded.
template <class Token>
std::shared_ptr<const Kernel> lookup_kernel(std::shared_ptr<const Table<Token>> table, Encoding encoding);

/// Indices (int64) → tokens; `unknown` where the table has none.
template <class Token>
std::shared_ptr<const Kernel> inverse_lookup_kernel(std::shared_ptr<const Table<Token>> table, Token unknown);

struct Vectorizer {
  Tokenizer tokenizer;
  Encoding encoding;
  std::optional<int64_t> length{};  ///< of integer output: truncated or padded with 0; absent: the longest of the batch
};

/// Texts (N) or (N, 1) → (N, length) indices or (N, depth) vectors. Without a split the input is rows of tokens (N, L).
std::shared_ptr<const Kernel> vectorize_kernel(std::shared_ptr<const Table<std::string>> table, Vectorizer vectorizer);

}  // namespace keraunos::loader::text
