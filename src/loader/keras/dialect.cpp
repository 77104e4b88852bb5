// Determines which Keras version wrote a file.
#include <charconv>

#include "loader/keras/keras1.h"
#include "loader/keras/nodes.h"
#include "loader/keras/reader.h"

namespace keraunos::loader {
namespace {

constexpr int kNewest = 15;  // the version assumed for an architecture in JSON, which does not state one

// "3.15.1" → 3, 15; "2.2.4-tf" → 2, 2.
std::optional<std::pair<int, int>> parse_version(std::string_view text) {
  int major = 0, minor = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, major);
  if (first.ec != std::errc{}) return std::nullopt;
  if (first.ptr != end && *first.ptr == '.') std::from_chars(first.ptr + 1, end, minor);
  return std::pair{major, minor};
}

// Calls of Keras 3 are objects.
bool has_keras3_nodes(const files::Json& config) {
  const files::Json* layers = config.find("layers");
  if (layers == nullptr || !layers->is_array()) return false;
  for (const files::Json& layer : layers->items()) {
    const files::Json* nodes = layer.is_object() ? layer.find("inbound_nodes") : nullptr;
    if (nodes != nullptr && nodes->is_array() && nodes->size() > 0) return is_keras3_node(nodes->at(0));
  }
  return false;
}

// Keras 3 and Keras 2 have Functional in different modules, and Keras 3 gives Sequential a dtype policy; a subclass has the
// user's module.
bool looks_like_keras3(const files::Json& model_config) {
  const files::Json* module = model_config.is_object() ? model_config.find("module") : nullptr;
  if (module == nullptr) return false;
  if (module->is_string() && module->as_string().find("keras.src.models") != std::string::npos) return true;
  const files::Json* config = model_config.find("config");
  return config != nullptr && config->is_object() && (config->find("dtype") != nullptr || has_keras3_nodes(*config));
}

}  // namespace

Dialect dialect_of(const FileFacts& facts, const files::Json& model_config) {
  Dialect dialect{2, 0, facts.backend};
  if (const auto version = parse_version(facts.keras_version)) {
    dialect.major = version->first;
    dialect.minor = version->second;
    return dialect;
  }
  if (looks_like_keras3(model_config))
    dialect.major = 3, dialect.minor = kNewest;
  else if (looks_like_keras1(model_config))
    dialect.major = 1;
  return dialect;
}

}  // namespace keraunos::loader
