#include "triton/calls.h"

#include <exception>
#include <new>

#include "keraunos/error.h"

namespace keraunos::triton {
namespace {

TRITONSERVER_Error_Code code_of(const Error& error) {
  if (dynamic_cast<const UnsupportedError*>(&error) != nullptr) return TRITONSERVER_ERROR_UNSUPPORTED;
  if (dynamic_cast<const DeviceError*>(&error) != nullptr) return TRITONSERVER_ERROR_UNAVAILABLE;
  if (dynamic_cast<const Cancelled*>(&error) != nullptr) return TRITONSERVER_ERROR_CANCELLED;
  const bool of_call = dynamic_cast<const UsageError*>(&error) != nullptr || dynamic_cast<const DataError*>(&error) != nullptr ||
                       dynamic_cast<const ModelError*>(&error) != nullptr;
  return of_call ? TRITONSERVER_ERROR_INVALID_ARG : TRITONSERVER_ERROR_INTERNAL;
}

}  // namespace

void check(TRITONSERVER_Error* error, const char* what) {
  if (error == nullptr) return;
  const std::string message = std::string(what) + ": " + TRITONSERVER_ErrorMessage(error);
  TRITONSERVER_ErrorDelete(error);
  throw Error(message);
}

void ignore(TRITONSERVER_Error* error) noexcept {
  if (error != nullptr) TRITONSERVER_ErrorDelete(error);
}

TRITONSERVER_Error* caught() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return TRITONSERVER_ErrorNew(code_of(error), error.what());
  } catch (const std::bad_alloc&) {
    return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_UNAVAILABLE, "there is no memory left for this; try smaller batches");
  } catch (const std::exception& error) {
    return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_INTERNAL, error.what());
  } catch (...) {
    return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_INTERNAL, "an exception of an unknown kind");
  }
}

void log(TRITONSERVER_LogLevel level, const std::string& message) noexcept {
  ignore(TRITONSERVER_LogMessage(level, "keraunos", 0, message.c_str()));
}

}  // namespace keraunos::triton
