// Reads and checks the inputs of a request, and writes its response.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "keraunos/session.h"
#include "triton/abi.h"

namespace keraunos::triton {

/// An input of a request: one or several buffers in host memory.
struct InputParts {
  Dims dims{};
  std::vector<std::span<const std::byte>> parts{};
  std::vector<std::string_view> texts{};  ///< for an input of strings: one text per element
  std::unique_ptr<std::byte[]> joined{};  ///< memory of these texts if they arrived in several buffers
};

/// Returns the inputs in the model's order. UsageError if an input is missing, has another dtype, or has a size that its shape
/// contradicts.
std::vector<InputParts> inputs_of(TRITONBACKEND_Request* request, const std::vector<TensorSpec>& specs);

/// Writes the rows from `first` to `first + rows` of each requested output; all of it if `rows` is -1.
void write_outputs(TRITONBACKEND_Request* request, TRITONBACKEND_Response* response, const Named& results, int64_t first,
                   int64_t rows);

}  // namespace keraunos::triton
