// Reads YAML as PyYAML writes an architecture of Keras 1 and 2 (model.to_yaml()) and returns the equivalent JSON.  A part of
// YAML 1.1: block and flow collections, plain and quoted texts (also over several lines), anchors, and the tags !!python/tuple,
// !!python/unicode and !!str. Anything else is refused. No library is used, because the files may come from strangers and the
// subset is small.
#pragma once

#include <string_view>

#include "loader/files/budget.h"
#include "loader/files/json.h"

namespace keraunos::files {

/// ModelError, with the line, for YAML outside of the subset, for nesting deeper than Json::kMaxDepth and for more values than
/// Json::kMaxValues, where a value counts again for each alias of it. `budget` is debited for the values.
Json parse_yaml(std::string_view text, std::string_view what, MemoryBudget& budget);

}  // namespace keraunos::files
