// Code shared by convolutions and pooling: windows that move over the spatial axes of (N, spatial…, C).
#pragma once

#include <string>

#include "host/ops/operation.h"

namespace keraunos::host {

/// The shape of x with each spatial axis replaced by the number of windows on it; UsageError where a window does not fit or its
/// parameters are out of bounds. In a probe (Graph::is_probe) the number of windows on an axis that varies may be 0.
Shape window_results(const Graph& graph, const ValueInfo& x, const Window& window);

std::string window_text(const Window& window);
void mix_window(Hash& hash, const Window& window);

}  // namespace keraunos::host
