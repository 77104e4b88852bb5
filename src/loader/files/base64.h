// Base64, as Python and protocol buffers write bytes into JSON, and as TensorFlow's operations encode.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keraunos::files {

/// The decoded bytes: the text may use either alphabet, with or without padding, and contain blanks and line breaks. Nothing for
/// a character outside of the alphabets.
std::optional<std::string> from_base64(std::string_view text);

/// In the alphabet for file names and URLs, as TensorFlow encodes.
std::string to_web_base64(std::string_view bytes, bool pads);

}  // namespace keraunos::files
