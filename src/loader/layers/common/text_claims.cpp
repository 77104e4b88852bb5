#include "loader/layers/common/text_claims.h"

#include "loader/layers/common/arguments.h"

namespace keraunos::loader {
namespace {

// With output_mode "int" Keras 3 reports (batch, length) for a text of any rank. With another mode the reported shape has one
// more axis than the text.
std::optional<std::vector<Shape>> claimed_shapes_in_keras3(Lowering& l, const std::vector<Traced>& results) {
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

}  // namespace

// Keras 2 computes with tensors of unknown size, and padding or truncating a text that is not split loses the known size.
std::optional<std::vector<Shape>> claimed_shapes_of_texts(Lowering& l, const std::vector<Traced>& results) {
  if (l.dialect().major >= 3) return claimed_shapes_in_keras3(l, results);
  if (l.config().text("output_mode", "int") != "int" || l.config().has("split") || l.config().has("ngrams")) return std::nullopt;
  const Value text = first_input(l).value;
  if (!l.config().has("output_sequence_length")) return std::vector<Shape>{l.shape(text)};
  return std::vector<Shape>{{l.dim(text, 0), Dim{l.dim(results[0].value, -1).size, true}}};
}

}  // namespace keraunos::loader
