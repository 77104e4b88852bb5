// The table as Keras 3 prints it: cells between drawn lines, wrapped at words, numbers right-aligned. Keras asks for columns in
// fixed fractions of a line; the table then reduces all of them equally for borders and padding.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "loader/keras/summary_rows.h"

namespace keraunos::loader {
namespace {

using Cells = std::vector<std::string>;

std::vector<size_t> column_widths(const std::vector<double>& ends, int line) {
  std::vector<int> widths;
  int used = 0, total = 0;
  for (double end : ends) {
    widths.push_back(static_cast<int>(end * line) - used + 2);  // with a space on both sides
    used += widths.back() - 2;
    total += widths.back();
  }
  int excess = total - (line - static_cast<int>(ends.size()) - 1), columns = static_cast<int>(ends.size());
  std::vector<size_t> result;
  for (int width : widths) {
    const int share = excess <= 0 ? 0 : std::min(width, static_cast<int>(std::nearbyint(static_cast<double>(excess) / columns)));
    excess -= share;
    --columns;
    result.push_back(static_cast<size_t>(std::max(width - share, 3)));
  }
  return result;
}

// The number of terminal columns of the text: continuation bytes of UTF-8 count none.
size_t columns_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

std::string first_columns(const std::string& text, size_t columns) {
  size_t end = 0;
  while (end < text.size() && columns_of(text.substr(0, end + 1)) <= columns) ++end;
  return text.substr(0, end);
}

// Lines of at most `width`, broken between words; a word that is longer than a line ends in "…".
std::vector<std::string> wrapped(const std::string& text, size_t width) {
  std::vector<std::string> lines{""};
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(' ', at), text.size());
    std::string word = text.substr(at, end - at);
    at = std::min(text.find_first_not_of(' ', end), text.size());
    const std::string space(at - end, ' ');
    if (columns_of(lines.back()) + columns_of(word) > width && !lines.back().empty()) lines.emplace_back();
    if (columns_of(word) > width) word = first_columns(word, width - 1) + "…";
    lines.back() += word + space;
  }
  for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

std::string repeated(const char* symbol, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += symbol;
  return text;
}

class Table {
 public:
  explicit Table(std::vector<size_t> widths) : widths_(std::move(widths)) {}

  void rule(const char* left, const char* line, const char* crossing, const char* right) {
    text_ += left;
    for (size_t i = 0; i < widths_.size(); ++i) text_ += (i ? crossing : "") + repeated(line, widths_[i]);
    text_ += std::string(right) + '\n';
  }

  void row(const Cells& cells, const char* border) {
    std::vector<std::vector<std::string>> lines;
    size_t height = 1;
    for (size_t i = 0; i < cells.size(); ++i) {
      lines.push_back(wrapped(cells[i], widths_[i] - 2));
      height = std::max(height, lines.back().size());
    }
    for (size_t line = 0; line < height; ++line) {
      for (size_t i = 0; i < cells.size(); ++i) {
        const std::string cell = line < lines[i].size() ? lines[i][line] : std::string();
        const std::string space(widths_[i] - 2 - std::min(columns_of(cell), widths_[i] - 2), ' ');
        const bool is_number = i == 2;
        text_ += std::string(border) + ' ' + (is_number ? space + cell : cell + space) + ' ';
      }
      text_ += std::string(border) + '\n';
    }
  }

  const std::string& text() const { return text_; }

 private:
  std::vector<size_t> widths_;
  std::string text_;
};

std::string with_commas(int64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string readable(double bytes) {
  constexpr std::array kUnits{"B", "KB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  while (bytes / 1024 >= 1 && unit + 1 < kUnits.size()) bytes /= 1024, ++unit;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.2f %s", bytes, kUnits[unit]);
  return text.data();
}

std::string total_line(const char* what, const SummaryTotals& totals) {
  return std::string(what) + with_commas(totals.parameters) + " (" + readable(totals.bytes) + ")\n";
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "-" : text;
}

}  // namespace

std::string keras3_table(const std::string& model, const Summary& summary, int width) {
  const int line = std::min(summary.is_chain ? 88 : 108, std::max(width, 40) - 4);
  Table table(column_widths(summary.is_chain ? std::vector{0.45, 0.80, 1.0} : std::vector{0.3, 0.56, 0.74, 1.0}, line));
  Cells header{"Layer (type)", "Output Shape", "Param #"};
  if (!summary.is_chain) header.push_back("Connected to");
  table.rule("┏", "━", "┳", "┓");
  table.row(header, "┃");
  table.rule("┡", "━", "╇", "┩");
  for (size_t i = 0; i < summary.rows.size(); ++i) {
    const SummaryRow& row = summary.rows[i];
    if (i > 0) table.rule("├", "─", "┼", "┤");
    Cells cells{row.layer, row.output_shape, row.parameters ? with_commas(*row.parameters) : "?"};
    if (!summary.is_chain) cells.push_back(joined(row.connections));
    table.row(cells, "│");
  }
  table.rule("└", "─", "┴", "┘");
  const SummaryTotals optimizer = summary.optimizer.value_or(SummaryTotals{});
  const SummaryTotals all{summary.trainable.parameters + summary.frozen.parameters + optimizer.parameters,
                          summary.trainable.bytes + summary.frozen.bytes + optimizer.bytes};
  return "Model: \"" + model + "\"\n" + table.text() + total_line(" Total params: ", all) +
         total_line(" Trainable params: ", summary.trainable) + total_line(" Non-trainable params: ", summary.frozen) +
         (summary.optimizer ? total_line(" Optimizer params: ", optimizer) : "");
}

}  // namespace keraunos::loader
