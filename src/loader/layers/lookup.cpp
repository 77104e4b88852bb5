// StringLookup, IntegerLookup and TextVectorization: host kernels over a vocabulary in the config or in an asset.
#include <algorithm>
#include <charconv>
#include <numeric>

#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/numbers.h"
#include "loader/layers/common/text_claims.h"
#include "loader/layers/common/texts.h"
#include "loader/layers/layer_traits.h"
#include "loader/layers/text/kernels.h"

namespace keraunos::loader {

std::vector<LayerDef> lookup_layers();

namespace {

using files::Json;
using text::Encoding;
using text::Table;
using text::TableRules;
using Mode = Encoding::Mode;

Mode mode_of(const Config& config) {
  const std::string mode =
      config.text("output_mode", "int", {"int", "one_hot", "multi_hot", "count", "tf_idf", "binary", "tf-idf"});
  if (mode == "int") return Mode::indices;
  if (mode == "one_hot") return Mode::one_hot;
  if (mode == "multi_hot" || mode == "binary") return Mode::multi_hot;
  if (mode == "count") return Mode::count;
  return Mode::tf_idf;
}

// Reads tokens of one kind out of JSON and text lines.
template <class Token>
struct Reading;

template <>
struct Reading<std::string> {
  static std::optional<std::string> token(const Json& json) {
    if (!json.is_string()) return std::nullopt;
    return json.as_string();
  }
  static std::optional<std::string> token(const std::string& line) { return line; }
};

template <>
struct Reading<int64_t> {
  static std::optional<int64_t> token(const Json& json) {
    if (!json.is_int()) return std::nullopt;
    return json.as_int();
  }
  static std::optional<int64_t> token(const std::string& line) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc() || end != line.data() + line.size()) return std::nullopt;
    return number;
  }
};

template <class Token>
std::optional<Token> token_key(const Config& config, std::string_view key) {
  const Json* json = config.find(key);
  if (json == nullptr) return std::nullopt;
  auto token = Reading<Token>::token(*json);
  if (!token) config.fail(key, std::is_same_v<Token, std::string> ? "a string" : "an integer");
  return token;
}

// The vocabulary from the config, else from the asset, one token per line (Keras drops empty lines at the end).
template <class Token>
std::vector<Token> listed_tokens(const Lowering& l) {
  std::vector<Token> tokens;
  const auto append = [&](std::optional<Token> token) {
    if (!token) l.config().fail("vocabulary", "a list of tokens of one kind");
    tokens.push_back(std::move(*token));
  };
  if (const Json* listed = l.config().find("vocabulary")) {
    if (!listed->is_array()) l.config().fail("vocabulary", "a list: a path to a file is not part of the model");
    for (const Json& token : listed->items()) append(Reading<Token>::token(token));
    return tokens;
  }
  auto lines = l.asset("vocabulary.txt");
  if (!lines) l.refuse("has no vocabulary, neither in its config nor as the asset vocabulary.txt");
  while (!lines->empty() && lines->back().empty()) lines->pop_back();
  for (const std::string& line : *lines) append(Reading<Token>::token(line));
  return tokens;
}

template <class Token>
struct Vocabulary {
  Table<Token> table;
  bool lists_specials = false;  ///< the list begins with the mask token and the unknown tokens
};

// Every shape of a call lowers the layer again; its words are read once.
template <class Token>
std::shared_ptr<const Vocabulary<Token>> vocabulary(const Lowering& l, std::optional<Token> mask, const Token& unknown,
                                                    TableRules rules) {
  return l.once("vocabulary", [&]() -> Vocabulary<Token> {
    std::vector<Token> tokens = listed_tokens<Token>(l);
    const ptrdiff_t masks = mask && rules.keeps_mask ? 1 : 0, specials = masks + rules.unknown_indices;
    const bool listed =
        static_cast<ptrdiff_t>(tokens.size()) >= specials && (masks == 0 || tokens[0] == *mask) &&
        std::all_of(tokens.begin() + masks, tokens.begin() + specials, [&](const Token& token) { return token == unknown; });
    if (listed) tokens.erase(tokens.begin(), tokens.begin() + specials);
    return {Table<Token>(std::move(tokens), std::move(mask), rules), listed};
  });
}

template <class Token>
std::shared_ptr<const Table<Token>> table_of(const std::shared_ptr<const Vocabulary<Token>>& words) {
  return {words, &words->table};
}

TableRules rules_of(const Lowering& l, Mode mode) {
  const int64_t unknown = l.config().is_missing("num_oov_indices") ? 1 : l.config().integer("num_oov_indices", Range{});
  TableRules rules{.unknown_indices = unknown, .keeps_mask = mode == Mode::indices};
  rules.hashes_integers = l.config().text("oov_method", "floormod", {"floormod", "farmhash"}) == "farmhash";
  l.config().text("vocabulary_dtype", "int64", {"int64"});
  if (!l.config().has("salt")) return rules;
  const std::vector<int64_t> salt = l.config().integers("salt", 2);  // one number is used for both words of the key
  rules.salt = {static_cast<uint64_t>(salt[0]), static_cast<uint64_t>(salt[1])};
  return rules;
}

// Saved weights cover all indices. Weights in the config cover the vocabulary; Keras gives the indices before it their mean.
template <class Token>
std::vector<float> frequency_weights(const Lowering& l, const Vocabulary<Token>& words) {
  if (l.has_weight("idf_weights") || !l.config().has("idf_weights")) {
    const auto saved = l.saved("idf_weights").values<float>();
    if (static_cast<int64_t>(saved.size()) < words.table.size())
      l.refuse("has " + std::to_string(saved.size()) + " idf_weights for " + std::to_string(words.table.size()) + " words");
    return {saved.begin(), saved.end()};
  }
  std::vector<float> weights;
  const Tensor given = array_of(l.config(), "idf_weights");
  const auto values = given.values<double>();
  const double mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(std::max<size_t>(values.size(), 1));
  if (!words.lists_specials) weights.assign(static_cast<size_t>(words.table.first_index()), static_cast<float>(mean));
  for (double value : values) weights.push_back(static_cast<float>(value));
  if (given.dims().rank() != 1 || static_cast<int64_t>(weights.size()) != words.table.size())
    l.config().fail("idf_weights", "a list of one number for each word of the vocabulary");
  return weights;
}

// Vectors have the layer's float type in Keras 2; in Keras 3 they are int64, those of tf_idf floats.
DType encoded_type(const Lowering& l, Mode mode) {
  if (mode == Mode::indices) return l.compute_dtype() == DType::int32 ? DType::int32 : DType::int64;
  return l.dialect().before(3, 0) || mode == Mode::tf_idf ? DType::float32 : DType::int64;
}

template <class Token>
Encoding encoding_of(const Lowering& l, Mode mode, const Vocabulary<Token>& words) {
  Encoding encoding{.mode = mode, .type = encoded_type(l, mode), .depth = words.table.size()};
  if (mode == Mode::indices) return encoding;
  if (l.config().flag("pad_to_max_tokens", false)) encoding.depth = l.config().integer("max_tokens", Range{words.table.size()});
  if (mode == Mode::tf_idf) encoding.weights = frequency_weights(l, words);
  return encoding;
}

void refuse_uneven_results(const Lowering& l) {
  if (l.config().flag("sparse", false)) l.refuse("gives sparse tensors (sparse=True), which cannot run");
  if (l.config().flag("ragged", false)) l.refuse("gives ragged tensors (ragged=True), which cannot run");
  if (l.config().has("encoding")) lower_text(l.config(), "encoding", "utf-8", {"utf-8", "utf8"});
}

void require_rank_for(Lowering& l, Mode mode, Value x) {
  const int rank = l.rank(x);
  const bool old = l.dialect().before(3, 0);
  const bool plain_hot = mode != Mode::one_hot || rank < 2 || l.dim(x, -1).size == 1;
  if (mode == Mode::indices || (rank >= 1 && rank <= 2 && plain_hot)) return;
  if (mode == Mode::one_hot && !old && rank >= 1) return;
  l.refuse("cannot encode an input of shape " + l.dims(x).to_string() + " as " + l.config().text("output_mode", ""));
}

std::vector<Traced> called(Lowering& l, std::shared_ptr<const Kernel> kernel, Value x) {
  const Value operands[] = {x};
  const Value y = l.call(std::move(kernel), operands)[0];
  const bool floats = is_floating(l.dtype(y)) && is_floating(l.compute_dtype());
  return {{floats ? l.cast(y, l.compute_dtype()) : y, {}}};
}

template <class Token>
std::vector<Traced> lower_lookup(Lowering& l, const Token& usual_unknown) {
  refuse_uneven_results(l);
  const Mode mode = mode_of(l.config());
  const Value x = l.input().value;
  const Token unknown = token_key<Token>(l.config(), "oov_token").value_or(usual_unknown);
  const auto words = vocabulary<Token>(l, token_key<Token>(l.config(), "mask_token"), unknown, rules_of(l, mode));
  if (l.config().flag("invert", false))
    return called(l, text::inverse_lookup_kernel<Token>(table_of(words), unknown), l.cast(x, DType::int64));
  const bool strings = std::is_same_v<Token, std::string>;
  if (strings != (l.dtype(x) == DType::string)) {
    l.refuse(std::string("needs an input of ") + (strings ? "strings" : "integers") + ", found " +
             std::string(name_of(l.dtype(x))));
  }
  require_rank_for(l, mode, x);
  return called(l, text::lookup_kernel<Token>(table_of(words), encoding_of(l, mode, *words)),
                strings ? x : l.cast(x, DType::int64));
}

text::Tokenizer tokenizer_of(const Lowering& l) {
  using Split = text::Tokenizer::Split;
  const auto choice = [&](const char* key, std::initializer_list<std::string_view> known) -> std::string {
    const Json* json = l.config().json().find(key);
    if (json == nullptr) return std::string(*known.begin());
    if (json->is_null()) return {};
    const bool is_known = json->is_string() && std::find(known.begin(), known.end(), json->as_string()) != known.end();
    if (!is_known) l.refuse("has a custom function as " + std::string(key) + ", which cannot run");
    return json->as_string();
  };
  const std::string standardize = choice("standardize", {"lower_and_strip_punctuation", "lower", "strip_punctuation"});
  const std::string split = choice("split", {"whitespace", "character"});
  text::Tokenizer tokenizer{.lower = standardize.starts_with("lower"),
                            .strip_punctuation = standardize.ends_with("strip_punctuation"),
                            .split = split.empty()          ? Split::none
                                     : split == "character" ? Split::character
                                                            : Split::whitespace};
  if (const Json* ngrams = l.config().find("ngrams")) {
    constexpr Range kWidths{1, int64_t{1} << 16};  // larger than any text is long; one integer means all widths up to it
    const std::vector<int64_t> widths = l.config().integers("ngrams", 0, kWidths);
    for (int64_t width = 1; ngrams->is_int() && width <= widths[0]; ++width) tokenizer.ngrams.push_back(width);
    if (!ngrams->is_int()) tokenizer.ngrams = widths;
  }
  return tokenizer;
}

std::vector<Traced> lower_text_vectorization(Lowering& l) {
  refuse_uneven_results(l);
  const Mode mode = mode_of(l.config());
  const Value x = l.input().value;
  if (l.dtype(x) != DType::string) l.refuse("needs an input of strings, found " + std::string(name_of(l.dtype(x))));
  text::Vectorizer vectorizer{.tokenizer = tokenizer_of(l), .encoding = {}};
  const bool splits = vectorizer.tokenizer.split != text::Tokenizer::Split::none;
  const bool one_text = l.rank(x) == 1 || (l.rank(x) == 2 && l.dim(x, 1).size == 1);
  if (splits ? !one_text : l.rank(x) != 2) {
    l.refuse("needs an input of shape " + std::string(splits ? "(batch) or (batch, 1)" : "(batch, tokens)") + ", found " +
             l.dims(x).to_string());
  }
  const auto words = vocabulary<std::string>(l, std::string(), "[UNK]", TableRules{.keeps_mask = mode == Mode::indices});
  vectorizer.encoding = encoding_of(l, mode, *words);
  vectorizer.encoding.type = mode == Mode::indices ? DType::int64 : vectorizer.encoding.type;
  if (l.config().has("output_sequence_length")) vectorizer.length = l.config().integer("output_sequence_length", Range{});
  return called(l, text::vectorize_kernel(table_of(words), std::move(vectorizer)), x);
}

std::vector<WeightName> lookup_weights(const Config& config) {
  if (mode_of(config) != Mode::tf_idf) return {};
  return {{.name = "idf_weights", .trainable = false, .optional = true}};
}

bool counts_adapted_texts(const Config& config) {
  const Json *mode = config.json().find("output_mode"), *vocabulary = config.json().find("vocabulary");
  return mode != nullptr && mode->is_string() && mode->as_string() == "tf_idf" &&
         (vocabulary == nullptr || vocabulary->is_null());
}

// In all modes but one, Keras 2 returns numbers of the default type, whatever the layer's dtype; Keras 3 uses the layer's.
void dtype_to_keras3(Json& config) {
  const Json* mode = config.find("output_mode");
  if (mode != nullptr && *mode != Json("int")) config.set("dtype", "float32");
}

LayerDef layer(std::string name, std::set<std::string> keys, DType input, std::function<std::vector<Traced>(Lowering&)> lower) {
  for (const char* key : {"max_tokens", "output_mode", "pad_to_max_tokens", "vocabulary", "idf_weights", "sparse",
                          "vocabulary_size", "has_input_vocabulary"}) {
    keys.insert(key);
  }
  return {.classes = {std::move(name)},
          .keys = std::move(keys),
          .weights = lookup_weights,
          .children = {},
          .lower = std::move(lower),
          .autocast = false,
          .input_dtype = input,
          .traits = std::make_shared<const LayerTraits>(
              LayerTraits{.config_to_keras3 = dtype_to_keras3, .counts_texts = counts_adapted_texts})};
}

}  // namespace

std::vector<LayerDef> lookup_layers() {
  const std::set<std::string> strings{"num_oov_indices", "mask_token", "oov_token", "invert", "oov_method", "salt", "encoding"};
  const std::set<std::string> integers{"num_oov_indices", "mask_token", "oov_token",       "invert",
                                       "oov_method",      "salt",       "vocabulary_dtype"};
  const std::set<std::string> texts{"standardize", "split", "ngrams", "output_sequence_length", "ragged", "encoding"};
  LayerDef vectorization = layer("TextVectorization", texts, DType::string, lower_text_vectorization);
  vectorization.traits = std::make_shared<const LayerTraits>(LayerTraits{.config_to_keras3 = dtype_to_keras3,
                                                                         .saved_twice_as = "_lookup_layer",
                                                                         .claimed_shapes = claimed_shapes_of_texts,
                                                                         .counts_texts = counts_adapted_texts});
  return {
      layer("StringLookup", strings, DType::string, [](Lowering& l) { return lower_lookup<std::string>(l, "[UNK]"); }),
      layer("IntegerLookup", integers, DType::int64, [](Lowering& l) { return lower_lookup<int64_t>(l, -1); }),
      vectorization,
  };
}

}  // namespace keraunos::loader
