// Converts errors of Triton to exceptions and exceptions to errors of Triton.
#pragma once

#include <string>

#include "triton/abi.h"

namespace keraunos::triton {

/// Throws an Error with the message of `error`, which is freed; `what` names the function that failed. Does nothing if `error` is
/// null.
void check(TRITONSERVER_Error* error, const char* what);
/// Frees an error that cannot be reported.
void ignore(TRITONSERVER_Error* error) noexcept;

/// Converts the exception that is being handled to an error, which the caller owns.
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

/// Writes a message to the server's log.
void log(TRITONSERVER_LogLevel level, const std::string& message) noexcept;

}  // namespace keraunos::triton
