// Whether this build is watched by a sanitizer, under which code runs ten to fifty times as long: tests that repeat one thing
// over many files or sizes then take a part of them. The whole runs in Release.
#pragma once

namespace keraunos {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace keraunos
