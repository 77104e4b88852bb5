// Operations of TensorFlow's list that split texts, and join them. The rows are stated by additional results: indices
// (StringSplitV2) or row starts ("splits").
#include <algorithm>

#include "loader/ops/checks_operands.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

constexpr std::string_view kSpaces = " \t\n\v\f\r";

std::string_view without_leading_spaces(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return text;
}

// The rest after `most` cuts is one part; an empty separator means any white space, with which no part begins.
std::vector<std::string_view> text_pieces(std::string_view text, std::string_view separator, int64_t most) {
  if (most == 0) return {text};
  std::vector<std::string_view> pieces;
  const bool by_space = separator.empty();
  if (by_space) text = without_leading_spaces(text);
  while (!by_space || !text.empty()) {
    const size_t end = by_space ? text.find_first_of(kSpaces) : text.find(separator);
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + separator.size());
    if (by_space) text = without_leading_spaces(text);
    if (!by_space && end == std::string_view::npos) break;
    if (most > 0 && static_cast<int64_t>(pieces.size()) == most) {
      pieces.push_back(text);
      break;
    }
  }
  return pieces;
}

class SplitTexts final : public DynamicKernel {
 public:
  explicit SplitTexts(int64_t most) : most_(most) {}
  std::string name() const override { return "split texts"; }
  std::string parameters() const override { return std::to_string(most_); }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const std::string_view separator = elements_of<std::string_view>(inputs[1])[0];
    std::vector<std::string> pieces;
    std::vector<int64_t> places;
    int64_t row = 0, longest = 0;
    for (const std::string_view text : elements_of<std::string_view>(inputs[0])) {
      int64_t column = 0;
      for (const std::string_view piece : text_pieces(text, separator, most_)) {
        pieces.emplace_back(piece);
        places.insert(places.end(), {row, column++});
      }
      longest = std::max(longest, column);
      ++row;
    }
    const auto count = static_cast<int64_t>(pieces.size());
    std::vector<Tensor> results;
    results.emplace_back(DType::int64, Dims{count, 2});
    std::copy(places.begin(), places.end(), results[0].mutable_values<int64_t>().begin());
    results.push_back(Tensor::strings(pieces, Dims{count}));
    results.emplace_back(DType::int64, Dims{1});
    results[2].mutable_values<int64_t>()[0] = longest;
    return results;
  }

 private:
  int64_t most_;
};

// The number of rows follows from the input, so that results that depend only on it are known during lowering.
std::vector<Value> split_texts(OperationCall& call) {
  const Value operands[] = {call.tensor(0), call.tensor(1)};
  require_texts(call, operands[0]);
  require_texts(call, operands[1]);
  if (call.l.rank(operands[0]) != 1 || call.l.rank(operands[1]) != 0)
    call.l.refuse("splits texts of shape " + call.l.dims(operands[0]).to_string() + " by separators of shape " +
                  call.l.dims(operands[1]).to_string() + "; expected a row of texts and one separator");
  const auto found = call.l.call(std::make_shared<const SplitTexts>(call.integer(2, -1)), operands);
  const int64_t rows[] = {call.l.dim(operands[0], 0).size};
  const Value shape[] = {call.l.constant(TensorView(rows, Dims{1})), found[2]};
  return {found[0], found[1], call.l.concatenate(shape, 0)};
}

struct NGramRule {
  std::vector<int64_t> widths;
  std::string separator, left, right;
  int64_t padding = 0;
  bool keeps_short = false;
};

class JoinNeighbours final : public DynamicKernel, public ChecksOperands {
 public:
  explicit JoinNeighbours(NGramRule rule) : rule_(std::move(rule)) {}
  std::string name() const override { return "n-grams"; }
  std::string parameters() const override {
    std::string text;
    for (const int64_t width : rule_.widths) text += std::to_string(width) + ' ';
    return text + std::to_string(rule_.padding) + (rule_.keeps_short ? " short\n" : "\n") + rule_.separator + '\n' + rule_.left +
           '\n' + rule_.right;
  }
  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    return {{DType::string, inputs[0].dims}, {inputs[1].dtype, inputs[1].dims}};
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const auto tokens = elements_of<std::string_view>(inputs[0]);
    const std::vector<int64_t> splits = checked_splits(inputs[1], static_cast<int64_t>(tokens.size()));
    std::vector<std::string> joined;
    std::vector<int64_t> ends{0};
    for (size_t row = 0; row + 1 < splits.size(); ++row) {
      add_row(tokens.subspan(static_cast<size_t>(splits[row]), static_cast<size_t>(splits[row + 1] - splits[row])), joined);
      ends.push_back(static_cast<int64_t>(joined.size()));
    }
    std::vector<Tensor> results;
    results.push_back(Tensor::strings(joined, Dims{static_cast<int64_t>(joined.size())}));
    results.push_back(tensor_of_integers(ends, inputs[1].dtype));
    return results;
  }

 private:
  int64_t padding_for(int64_t width) const { return rule_.padding < 0 ? width - 1 : std::min(rule_.padding, width - 1); }

  void add_row(std::span<const std::string_view> row, std::vector<std::string>& joined) const {
    const auto length = static_cast<int64_t>(row.size());
    const size_t before = joined.size();
    for (const int64_t width : rule_.widths) add(row, width, padding_for(width), joined);
    if (rule_.keeps_short && joined.size() == before && length > 0) {
      const int64_t padding = std::max<int64_t>(rule_.padding, 0);
      add(row, length + 2 * padding, padding, joined);
    }
  }

  void add(std::span<const std::string_view> row, int64_t width, int64_t padding, std::vector<std::string>& joined) const {
    const auto length = static_cast<int64_t>(row.size());
    for (int64_t first = -padding; first + width <= length + padding; ++first) {
      std::string text;
      for (int64_t at = first; at < first + width; ++at) {
        if (at > first) text += rule_.separator;
        text += at < 0         ? std::string_view(rule_.left)
                : at >= length ? std::string_view(rule_.right)
                               : row[static_cast<size_t>(at)];
      }
      joined.push_back(std::move(text));
    }
  }

  NGramRule rule_;
};

std::vector<Value> ngrams(OperationCall& call) {
  constexpr int64_t kWidest = 1 << 16;
  NGramRule rule{.widths = call.integers(3).value_or(std::vector<int64_t>{}),
                 .separator = call.text(2).value_or(""),
                 .left = call.text(4).value_or(""),
                 .right = call.text(5).value_or(""),
                 .padding = call.integer(6, 0),
                 .keeps_short = call.flag(7, false)};
  for (const int64_t width : rule.widths) {
    if (width < 1 || width > kWidest) call.l.refuse("joins " + std::to_string(width) + " neighbours");
  }
  if (rule.padding > kWidest) call.l.refuse("pads rows with " + std::to_string(rule.padding) + " texts");
  const Value operands[] = {call.tensor(0), call.tensor(1)};
  require_texts(call, operands[0]);
  return call.l.call(std::make_shared<const JoinNeighbours>(std::move(rule)), operands);
}

}  // namespace

std::vector<Operation> raw_text_pieces_operations() {
  return {
      {{}, {"raw_ops.StringSplitV2"}, {"input", "sep", "maxsplit"}, split_texts, 2},
      {{},
       {"raw_ops.StringNGrams"},
       {"data", "data_splits", "separator", "ngram_widths", "left_pad", "right_pad", "pad_width", "preserve_short_sequences"},
       ngrams,
       2},
  };
}

}  // namespace keraunos::loader
