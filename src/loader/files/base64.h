// Base64, as Python and protocol buffers write bytes into JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keraunos::files {

/// The bytes that a text stands for: in either alphabet, with or without padding, with blanks and line breaks between. Nothing
/// where a character is none of base64's.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace keraunos::files
