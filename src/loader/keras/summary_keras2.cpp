// The table as Keras 2 prints it. A cell that is too long continues in the next line; it is broken after a closing bracket if
// there is one.
#include <algorithm>
#include <array>
#include <cstdio>

#include "loader/keras/summary_rows.h"

namespace keraunos::loader {
namespace {

struct Columns {
  size_t width;
  std::vector<size_t> ends;  // of the columns
};

// The length of the part of `text` that goes into a line of a cell.
size_t part_that_fits(const std::string& text, size_t room) {
  const std::string line = text.substr(0, room);
  size_t cut = room;
  bool found = false;
  for (const char* end : {"),", "},", "],", "',"}) {
    const size_t at = line.find(end);
    if (at == std::string::npos) continue;
    cut = found ? std::min(cut, at + 2) : at + 2;
    found = true;
  }
  return cut;
}

void append_row(std::string& text, std::vector<std::string> cells, const Columns& layout) {
  while (std::any_of(cells.begin(), cells.end(), [](const std::string& cell) { return !cell.empty(); })) {
    std::string line;
    for (size_t column = 0; column < cells.size(); ++column) {
      const bool last = column + 1 == layout.ends.size();
      const size_t begin = column == 0 ? 0 : layout.ends[column - 1];
      const size_t cut = part_that_fits(cells[column], layout.ends[column] - begin - (last ? 0 : 3));
      if (column == 0) line += ' ';
      line += cells[column].substr(0, cut) + (last ? "" : "  ");
      cells[column].erase(0, cut);
      if (line.size() < layout.ends[column]) line.resize(layout.ends[column], ' ');
    }
    text += line + '\n';
  }
}

std::string list_of_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + '\'';
  return '[' + text + ']';
}

std::string bytes_text(double bytes) {
  constexpr std::array kUnits{"Byte", "KB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  while (bytes / 1024 >= 1 && unit + 1 < kUnits.size()) bytes /= 1024, ++unit;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.2f %s", bytes, kUnits[unit]);
  return text.data();
}

std::string totals_text(const char* what, const SummaryTotals& totals) {
  return std::string(what) + std::to_string(totals.parameters) + " (" + bytes_text(totals.bytes) + ")\n";
}

}  // namespace

std::string keras2_table(const std::string& model, const Summary& summary) {
  const Columns layout = summary.is_chain ? Columns{65, {29, 55, 65}} : Columns{98, {29, 58, 68, 98}};
  const std::string thin(layout.width, '_'), thick(layout.width, '='), blank(layout.width, ' ');
  std::vector<std::string> header{"Layer (type)", "Output Shape", "Param #"};
  if (!summary.is_chain) header.push_back("Connected to");
  std::string text = "Model: \"" + model + "\"\n" + thin + '\n';
  append_row(text, header, layout);
  text += thick + '\n';
  for (const SummaryRow& row : summary.rows) {
    std::vector<std::string> cells{row.layer, row.output_shape, row.parameters ? std::to_string(*row.parameters) : "?"};
    if (!summary.is_chain) cells.push_back(list_of_names(row.connections));
    append_row(text, std::move(cells), layout);
    text += blank + '\n';
  }
  const SummaryTotals all{summary.trainable.parameters + summary.frozen.parameters,
                          summary.trainable.bytes + summary.frozen.bytes};
  return text + thick + '\n' + totals_text("Total params: ", all) + totals_text("Trainable params: ", summary.trainable) +
         totals_text("Non-trainable params: ", summary.frozen) + thin + '\n';
}

}  // namespace keraunos::loader
