// The errors of Keraunos: one small tree, every message a sentence that says what, where, expected, found and what to try.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "keraunos/export.h"

namespace keraunos {

/// Base of everything the library throws on purpose.
struct KERAUNOS_API Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The model file is at fault: missing, truncated, malformed, or it names something that does not exist in it.
struct KERAUNOS_API ModelError : Error {
  using Error::Error;
};

/// The file is a valid model that Keraunos cannot run. `items` names everything that cannot run, not only the first.
struct KERAUNOS_API UnsupportedError : ModelError {
  struct Item {
    std::string layer;       ///< path of the layer, e.g. `encoder/dense_1`
    std::string class_name;  ///< as the file states it
    std::string reason;      ///< one clause
  };
  UnsupportedError(const std::string& message, std::vector<Item> all) : ModelError(message), items(std::move(all)) {}
  std::vector<Item> items;
};

/// The call is at fault: a wrong number, name, rank, width or dtype of inputs, a layer that does not exist.
struct KERAUNOS_API UsageError : Error {
  using Error::Error;
};

/// The caller asked a running call to stop (PredictOptions::stop). Results of that call are dropped.
struct KERAUNOS_API Cancelled : Error {
  using Error::Error;
};

/// The values are at fault: an id outside a table, text that is not UTF-8.
struct KERAUNOS_API DataError : Error {
  using Error::Error;
};

/// The device is at fault or absent: no driver, no memory, a failed launch.
struct KERAUNOS_API DeviceError : Error {
  using Error::Error;
};

/// Keraunos itself is at fault: a result breaks one of its own invariants. The error does not mean that the model or the call is
/// wrong.
struct KERAUNOS_API InternalError : Error {
  explicit InternalError(const std::string& what)
      : Error("internal error: " + what +
              "; this is a fault of Keraunos, not of the file or the call: please report it, with the model if you can") {}
};

}  // namespace keraunos
