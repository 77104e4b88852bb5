#include <algorithm>

#include "loader/layers/text/kernels.h"

namespace keraunos::loader::text {
namespace {

using Mode = Encoding::Mode;

class Vectorize final : public Kernel {
 public:
  Vectorize(std::shared_ptr<const Table<std::string>> table, Vectorizer vectorizer)
      : table_(std::move(table)), vectorizer_(std::move(vectorizer)) {}

  std::string name() const override { return "text vectorization"; }

  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    const int64_t rows = inputs[0].dims[0];
    const Encoding& encoding = vectorizer_.encoding;
    if (encoding.mode != Mode::indices) return std::vector<TensorType>{{encoding.type, Dims{rows, encoding.depth}}};
    if (!vectorizer_.length) return std::nullopt;
    return std::vector<TensorType>{{encoding.type, Dims{rows, *vectorizer_.length}}};
  }

  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    write(rows_of(inputs[0]), outputs[0]);
  }

  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const std::vector<Row> rows = rows_of(inputs[0]);
    size_t longest = 0;
    for (const Row& row : rows) longest = std::max(longest, row.size());
    std::vector<Tensor> results;
    results.emplace_back(vectorizer_.encoding.type, Dims{static_cast<int64_t>(rows.size()), static_cast<int64_t>(longest)});
    write(rows, results[0].mutable_view());
    return results;
  }

  bool rows_are_local() const override { return vectorizer_.encoding.mode != Mode::indices || vectorizer_.length.has_value(); }

  std::string parameters() const override {
    const Tokenizer& t = vectorizer_.tokenizer;
    std::string text = std::to_string(table_->hash()) + (t.lower ? " lower" : "") + (t.strip_punctuation ? " strip" : "") + ' ' +
                       std::to_string(static_cast<int>(t.split)) + ' ' +
                       std::to_string(static_cast<int>(vectorizer_.encoding.mode)) + ' ' +
                       std::to_string(vectorizer_.encoding.depth) + ' ' + std::to_string(vectorizer_.length.value_or(-1));
    for (int64_t width : t.ngrams) text += " n" + std::to_string(width);
    for (float weight : vectorizer_.encoding.weights) text += ' ' + std::to_string(weight);
    return text;
  }

 private:
  using Row = std::vector<int64_t>;

  // (N) or (N, 1): one text per row; (N, L) without a split: L tokens per row.
  std::vector<Row> rows_of(const TensorView& texts) const {
    const auto* strings = static_cast<const std::string_view*>(texts.data);
    const auto count = static_cast<size_t>(texts.dims[0]);
    const size_t width = texts.dims.rank() > 1 ? static_cast<size_t>(texts.dims[1]) : 1;
    std::vector<Row> rows;
    rows.reserve(count);
    for (size_t i = 0; i < count; ++i) rows.push_back(indices_of({strings + i * width, width}));
    return rows;
  }

  Row indices_of(std::span<const std::string_view> texts) const {
    const Tokenizer& tokenizer = vectorizer_.tokenizer;
    std::vector<std::string> standardized;
    standardized.reserve(texts.size());
    std::vector<std::string_view> pieces;
    for (std::string_view text : texts) {
      standardized.push_back(tokenizer.standardized(text));
      const std::vector<std::string_view> found = tokenizer.pieces(standardized.back());
      pieces.insert(pieces.end(), found.begin(), found.end());
    }
    Row indices;
    if (tokenizer.ngrams.empty()) {
      for (std::string_view piece : pieces) indices.push_back(table_->index_of(piece));
    } else {
      for (const std::string& token : tokenizer.joined(pieces)) indices.push_back(table_->index_of(token));
    }
    return indices;
  }

  void write(const std::vector<Row>& rows, const MutableView& out) const {
    const auto width = static_cast<size_t>(out.dims[1]);
    const auto bytes = static_cast<size_t>(size_of(out.dtype)) * width;
    for (size_t i = 0; i < rows.size(); ++i) {
      const MutableView line{static_cast<char*>(out.data) + i * bytes, out.dtype, Dims{1, static_cast<int64_t>(width)}};
      Row row = rows[i];
      if (vectorizer_.encoding.mode == Mode::indices) row.resize(width, 0);
      vectorizer_.encoding.write(row, Dims{1, static_cast<int64_t>(row.size())}, line);
    }
  }

  std::shared_ptr<const Table<std::string>> table_;
  Vectorizer vectorizer_;
};

}  // namespace

std::shared_ptr<const Kernel> vectorize_kernel(std::shared_ptr<const Table<std::string>> table, Vectorizer vectorizer) {
  return std::make_shared<const Vectorize>(std::move(table), std::move(vectorizer));
}

}  // namespace keraunos::loader::text
