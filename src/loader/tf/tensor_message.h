// Reads a tensor from the protobuf message TensorProto: constants of TensorFlow's graphs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "keraunos/tensor.h"
#include "loader/files/budget.h"

namespace keraunos::loader {

struct MessageTensor {
  std::shared_ptr<const Tensor> tensor{};
  std::shared_ptr<const Tensor> imaginary{};  ///< of complex numbers, whose real parts are `tensor`
};

/// ModelError where the message is damaged or its type is not supported; `where` names the holder.
MessageTensor tensor_of_message(std::string_view message, const std::string& where, files::MemoryBudget& budget);

}  // namespace keraunos::loader
