// YAML as PyYAML writes an architecture of Keras 1 and 2 (model.to_yaml()), read as the JSON that says the same.
//
// A part of YAML 1.1: block and flow collections, plain and quoted texts (also over several lines), anchors, and the tags
// !!python/tuple, !!python/unicode and !!str. Anything else is refused. Own code, as files of strangers are read and this part
// is small.
#pragma once

#include <string_view>

#include "loader/files/budget.h"
#include "loader/files/json.h"

namespace keraunos::files {

/// ModelError with the line for what this reader does not know, for nesting deeper than Json::kMaxDepth and for more values than
/// Json::kMaxValues, aliases counted as often as they are used. `budget` is debited for the values.
Json parse_yaml(std::string_view text, std::string_view what, MemoryBudget& budget);

}  // namespace keraunos::files
