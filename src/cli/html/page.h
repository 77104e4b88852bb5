// A model as one self-contained HTML page: no network, no library. Everything from a file is data in it, never markup.
#pragma once

#include <string>

#include "keraunos/plan.h"
#include "loader/files/json.h"

namespace keraunos::cli {

/// `data`: the contents of the page, in the form that the scripts read (script_*.cpp).
std::string html_page(const std::string& title, const files::Json& data);

/// Bytes of the arena that hold intermediate results while each step of depth 0 runs.
std::vector<int64_t> live_bytes(const PlanDescription& plan);

// The parts of the page (style.cpp, script_*.cpp).
extern const std::string_view kPageStyle, kPageBody;
extern const std::string_view kScriptLayout, kScriptGraph, kScriptKeys, kScriptDetails, kScriptTables, kScriptStart;

}  // namespace keraunos::cli
