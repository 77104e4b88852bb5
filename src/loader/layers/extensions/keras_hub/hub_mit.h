// The encoder of SegFormer.
#pragma once

#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

/// The Functional of a MiTBackbone's config; with `pyramid` its outputs are all levels, named P1, P2, …
files::Json mit_form(const Config& config, bool pyramid);

/// Height and width of a level, counted from 0.
std::pair<int64_t, int64_t> mit_extents(const Config& config, int64_t level);

}  // namespace keraunos::loader
