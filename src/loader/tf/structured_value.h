// What a function of TensorFlow 2 takes and returns: nested lists, tuples and dictionaries of tensors and of Python's values, as
// the protobuf message StructuredValue.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loader/tf/function_model.h"

namespace keraunos::loader {

struct StructuredLeaf {
  std::string path;                     ///< keys and places around it: "1/age"
  std::optional<SignaturePort> tensor;  ///< its key is the name in the message, which may be empty
  std::string text;                     ///< "string (None, 3)", "None", "True"; of what is neither a tensor nor a value: its kind
  bool is_value = false;                ///< of Python, so that the function has no argument for it
};

/// In the order of tf.nest.flatten. ModelError where the message is damaged or nested too deep.
std::vector<StructuredLeaf> leaves_of(std::string_view message, const std::string& what);

}  // namespace keraunos::loader
