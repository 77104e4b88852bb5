// True in builds with a sanitizer, in which code runs ten to fifty times as long: tests that repeat one thing over many files or
// sizes then run a part of them. All of them run in Release.
#pragma once

namespace keraunos {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace keraunos
