// Texts in a config that Keras compares without regard to case: paddings and data formats.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// config[key] in lower case, one of `known`; `otherwise` where it is missing. Any other text, and null, is refused with a list
/// of `known`.
std::string lower_text(const Config& config, std::string_view key, std::string_view otherwise,
                       std::initializer_list<std::string_view> known);

}  // namespace keraunos::loader
