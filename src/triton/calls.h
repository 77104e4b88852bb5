// Calls across the border: errors of Triton become exceptions, exceptions become errors of Triton.
#pragma once

#include <string>

#include "triton/abi.h"

namespace keraunos::triton {

/// Throws an Error with the message of `error`, which is freed; `what` says what was asked. Null: nothing.
void check(TRITONSERVER_Error* error, const char* what);
/// Frees an error that nothing can be done about.
void ignore(TRITONSERVER_Error* error) noexcept;

/// The exception that is being handled, as an error that the caller owns.
TRITONSERVER_Error* caught() noexcept;

template <class Work>
TRITONSERVER_Error* guarded(const Work& work) noexcept {
  try {
    work();
    return nullptr;
  } catch (...) {
    return caught();
  }
}

/// Into the server's log.
void log(TRITONSERVER_LogLevel level, const std::string& message) noexcept;

}  // namespace keraunos::triton
