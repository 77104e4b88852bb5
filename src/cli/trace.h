// Writes a profile as a trace in Chrome's JSON format (chrome://tracing, ui.perfetto.dev).
#pragma once

#include <string>

#include "keraunos/profile.h"

namespace keraunos::cli {

/// One event for each execution of a step in the last run; the steps of a loop lie inside the loop's event.
void write_trace(const std::string& file, const std::string& model, const Profile& profile);

}  // namespace keraunos::cli
