#include "cli/text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace keraunos::cli {
namespace {

// Characters, not bytes, of UTF-8.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

size_t next_character(std::string_view text, size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u) ++at;
  return at;
}

}  // namespace

std::string fixed(double number, int digits) {
  std::array<char, 400> room{};
  const int length = std::snprintf(room.data(), room.size(), "%.*f", digits, number);
  return {room.data(), static_cast<size_t>(std::clamp<int>(length, 0, static_cast<int>(room.size()) - 1))};
}

std::string without_controls(std::string_view text, char kept) {
  std::string line;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    line += control && (c != kept || kept == '\0') ? '?' : c;
  }
  return line;
}

std::string shortened(std::string text, size_t most) {
  if (width_of(text) <= most) return text;
  size_t end = 0;
  for (size_t characters = 0; characters < most; ++characters) end = next_character(text, end);
  return text.substr(0, end) + "…";
}

Table::Table(std::vector<std::string> titles, std::string sides) : sides_(std::move(sides)) {
  rows_.push_back(std::move(titles));
}

void Table::row(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = without_controls(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<size_t> widths(sides_.size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line = " ";
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width_of(row[i]), ' ');
      line += ' ' + (sides_[i] == 'r' ? padding + row[i] : row[i] + padding);
      if (i + 1 < row.size()) line += ' ';
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace keraunos::cli
