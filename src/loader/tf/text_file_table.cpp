// InitializeTableFromTextFileV2: key_index and value_index are -2 for the whole line, -1 for its number, else a column's number;
// vocab_size is the number of lines that are read, -1 for all. The types of keys and values are stated by the table's node, not
// by this one: here numbers are int64, and columns are strings.
#include "loader/tf/text_file_table.h"

#include <vector>

#include "keraunos/error.h"

namespace keraunos::loader {
namespace {

constexpr int64_t kWholeLine = -2, kLineNumber = -1;

template <class T>
T attribute_of(const GraphNode& node, const char* name, T otherwise) {
  const NodeAttribute* found = node.find(name);
  const T* value = found == nullptr ? nullptr : std::get_if<T>(&found->value.value);
  return value == nullptr ? otherwise : *value;
}

std::vector<std::string_view> lines_of(std::string_view text, int64_t most) {
  std::vector<std::string_view> lines;
  while (!text.empty() && (most < 0 || static_cast<int64_t>(lines.size()) < most)) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view column(std::string_view line, int64_t index, std::string_view delimiter, const std::string& where) {
  for (int64_t i = 0; i < index; ++i) {
    const size_t end = line.find(delimiter);
    if (end == std::string_view::npos)
      throw ModelError(where + " has a line of " + std::to_string(i + 1) + " columns; column " + std::to_string(index) +
                       " is read");
    line.remove_prefix(end + delimiter.size());
  }
  return line.substr(0, line.find(delimiter));
}

std::shared_ptr<const Tensor> part_of(const std::vector<std::string_view>& lines, int64_t index, const std::string& delimiter,
                                      const std::string& where) {
  const Dims dims{static_cast<int64_t>(lines.size())};
  if (index == kLineNumber) {
    auto numbers = std::make_shared<Tensor>(DType::int64, dims);
    int64_t number = 0;
    for (int64_t& to : numbers->mutable_values<int64_t>()) to = number++;
    return numbers;
  }
  if (index < kWholeLine || delimiter.empty())
    throw ModelError(where + " is read by column " + std::to_string(index) + ", which is not supported");
  std::vector<std::string> texts;
  for (const std::string_view line : lines)
    texts.emplace_back(index == kWholeLine ? line : column(line, index, delimiter, where));
  return std::make_shared<const Tensor>(Tensor::strings(texts, dims));
}

}  // namespace

TextFileTable text_file_table(const GraphNode& node, std::string_view text, const std::string& where) {
  const auto delimiter = attribute_of<std::string>(node, "delimiter", "\t");
  const std::vector<std::string_view> lines = lines_of(text, attribute_of<int64_t>(node, "vocab_size", -1));
  const auto offset = attribute_of<int64_t>(node, "offset", 0);
  if (offset != 0) throw ModelError(where + " is read from line " + std::to_string(offset) + " on, which is not supported");
  return {part_of(lines, attribute_of<int64_t>(node, "key_index", kWholeLine), delimiter, where),
          part_of(lines, attribute_of<int64_t>(node, "value_index", kLineNumber), delimiter, where)};
}

}  // namespace keraunos::loader
