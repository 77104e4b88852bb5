#include "loader/keras/claimed_shapes.h"

#include <algorithm>
#include <array>

#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"

namespace keraunos::loader {
namespace {

using Claim = std::optional<std::vector<Shape>> (*)(Lowering&, const std::vector<Traced>&);

std::optional<std::vector<Shape>> claim_of_attention(Lowering& l, const std::vector<Traced>& results) {
  if (results.size() != 2) return std::nullopt;
  const Value query = first_input(l).value;
  const Dim length = l.dim(query, 1);
  return std::vector<Shape>{l.shape(results[0].value),
                            {l.dim(query, 0), Dim{l.config().integer("num_heads", Range{1})}, length, length}};
}

std::optional<std::vector<Shape>> claim_of_bidirectional(Lowering& l, const std::vector<Traced>&) {
  std::vector<Shape> forward;
  for (const Traced& result : l.call_child("forward_layer", {Arg{first_input(l)}}, {})) forward.push_back(l.shape(result.value));
  std::vector<Shape> claimed{forward[0]};
  const files::Json* mode = l.config().json().find("merge_mode");
  if (mode != nullptr && mode->is_null())
    claimed.push_back(forward[0]);
  else if (l.config().text("merge_mode", "concat") == "concat")
    claimed[0].back().size *= 2;
  for (int direction = 0; direction < 2; ++direction) claimed.insert(claimed.end(), forward.begin() + 1, forward.end());
  return claimed;
}

// An extent that the config leaves open stays so, whatever the input says. (Equations with an ellipsis behind letters aside.)
std::optional<std::vector<Shape>> claim_of_einsum(Lowering& l, const std::vector<Traced>& results) {
  const files::Json* stated = l.config().json().find("output_shape");
  Shape claimed = l.shape(results[0].value);
  if (stated == nullptr || !stated->is_array() || stated->size() >= static_cast<int64_t>(claimed.size())) return std::nullopt;
  const std::string equation = l.config().text("equation", "");
  if (!equation.starts_with("...") && equation.find("...") != std::string::npos) return std::nullopt;
  const size_t first = claimed.size() - static_cast<size_t>(stated->size());
  for (int64_t i = 0; i < stated->size(); ++i) claimed[first + static_cast<size_t>(i)].varies = stated->at(i).is_null();
  return std::vector<Shape>{std::move(claimed)};
}

// With output_mode "int" Keras reports (batch, length) for a text of any rank. With another mode the reported shape has one axis
// more than the text.
std::optional<std::vector<Shape>> claim_of_text(Lowering& l, const std::vector<Traced>& results) {
  const Value text = first_input(l).value;
  const Dim last = l.dim(results[0].value, -1);
  if (l.config().text("output_mode", "int") == "int") {
    const bool is_cut = l.config().has("output_sequence_length");
    return std::vector<Shape>{{l.dim(text, 0), Dim{last.size, !is_cut}}};
  }
  if (!l.config().has("split")) return std::nullopt;
  Shape claimed = l.shape(text);
  claimed.push_back(last);
  return std::vector<Shape>{std::move(claimed)};
}

// Keras 2 computes with tensors of unknown size, and padding or cutting a text that is not split loses the size it had.
std::optional<std::vector<Shape>> claim_of_text_keras2(Lowering& l, const std::vector<Traced>& results) {
  if (l.config().text("output_mode", "int") != "int" || l.config().has("split") || l.config().has("ngrams")) return std::nullopt;
  const Value text = first_input(l).value;
  if (!l.config().has("output_sequence_length")) return std::vector<Shape>{l.shape(text)};
  return std::vector<Shape>{{l.dim(text, 0), Dim{l.dim(results[0].value, -1).size, true}}};
}

struct Rule {
  int keras;
  std::string_view class_name;
  Claim claim;
};
constexpr std::array kRules{Rule{3, "MultiHeadAttention", claim_of_attention}, Rule{3, "Bidirectional", claim_of_bidirectional},
                            Rule{3, "EinsumDense", claim_of_einsum}, Rule{3, "TextVectorization", claim_of_text},
                            Rule{2, "TextVectorization", claim_of_text_keras2}};

}  // namespace

std::optional<std::vector<Shape>> claimed_shapes(Lowering& l, std::string_view class_name, const std::vector<Traced>& results) {
  const auto found = std::find_if(kRules.begin(), kRules.end(), [&](const Rule& rule) {
    return rule.class_name == class_name && (rule.keras == 3) == (l.dialect().major >= 3);
  });
  return found == kRules.end() ? std::nullopt : found->claim(l, results);
}

}  // namespace keraunos::loader
