// Sorts the lists and dictionaries of losses, weights and metrics in a file by output.
#pragma once

#include <string>
#include <vector>

#include "loader/files/json.h"

namespace keraunos::loader {

using ByOutput = std::vector<std::vector<const files::Json*>>;  ///< one list for each output

ByOutput losses_by_output(const files::Json* json, const std::vector<std::string>& outputs, int keras);
ByOutput metrics_by_output(const files::Json* json, const std::vector<std::string>& outputs, int keras);
/// The loss weights; an empty list where an output has none.
ByOutput weights_by_output(const files::Json* json, const std::vector<std::string>& outputs);

}  // namespace keraunos::loader
