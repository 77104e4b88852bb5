#include "loader/layers/common/texts.h"

#include <algorithm>

#include "loader/files/json.h"

namespace keraunos::loader {

std::string lower_text(const Config& config, std::string_view key, std::string_view otherwise,
                       std::initializer_list<std::string_view> known) {
  const files::Json* written = config.find(key);
  if (written == nullptr || !written->is_string()) return config.text(key, otherwise, known);
  std::string text = written->as_string();
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(known.begin(), known.end(), text) != known.end() ? text : config.text(key, otherwise, known);
}

}  // namespace keraunos::loader
