// Converts plain scalars of YAML 1.1 to values.
#pragma once

#include <string>

#include "loader/files/json.h"

namespace keraunos::files {

/// Returns null, a boolean, a number or a text: the type that PyYAML's resolver gives a plain scalar.
Json yaml_scalar(const std::string& text);

}  // namespace keraunos::files
