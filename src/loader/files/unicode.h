// Converts code points to UTF-8 and back: NumPy's U strings are UTF-32, ours UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keraunos::files {

/// Returns false, and appends nothing, for a surrogate or a number above U+10FFFF.
bool append_utf8(std::string& text, uint32_t code_point);

/// nullopt for text that is not UTF-8 (overlong forms and surrogates included).
std::optional<std::u32string> from_utf8(std::string_view text);

}  // namespace keraunos::files
