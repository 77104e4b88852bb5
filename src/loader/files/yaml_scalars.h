// Plain texts of YAML 1.1 as values.
#pragma once

#include <string>

#include "loader/files/json.h"

namespace keraunos::files {

/// null, a boolean, a number or a text, as PyYAML's resolver reads a plain scalar.
Json yaml_scalar(const std::string& text);

}  // namespace keraunos::files
