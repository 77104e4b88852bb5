// Text for terminals: numbers with a fixed number of digits, tables with aligned columns, names without control characters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keraunos::cli {

std::string fixed(double number, int digits);

/// Removes control characters, which names in a file may contain, so that they cannot control a terminal. `kept` is not removed.
std::string without_controls(std::string_view text, char kept = '\0');

/// At most so many characters.
std::string shortened(std::string text, size_t most);

class Table {
 public:
  /// `sides`: the alignment of each column, l or r.
  Table(std::vector<std::string> titles, std::string sides);
  void row(std::vector<std::string> cells);
  std::string text() const;

 private:
  std::string sides_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace keraunos::cli
