// One request: its inputs, checked, and its response.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "keraunos/session.h"
#include "triton/abi.h"

namespace keraunos::triton {

/// An input of a request, in one or several buffers of the host's memory.
struct InputParts {
  Dims dims{};
  std::vector<std::span<const std::byte>> parts{};
  std::vector<std::string_view> texts{};  ///< of an input of strings: one for each element
  std::unique_ptr<std::byte[]> joined{};  ///< where these texts lie, if they came in several buffers
};

/// In the model's order. UsageError where an input is absent, of another type, or not as long as its shape says.
std::vector<InputParts> inputs_of(TRITONBACKEND_Request* request, const std::vector<TensorSpec>& specs);

/// Of all outputs that the request asks for, the rows `first` to `first + rows`; `rows` of -1: the whole.
void write_outputs(TRITONBACKEND_Request* request, TRITONBACKEND_Response* response, const Named& results, int64_t first,
                   int64_t rows);

}  // namespace keraunos::triton
