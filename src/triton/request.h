// Reads and checks the inputs of a request, and writes its response.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "keraunos/session.h"
#include "triton/abi.h"
#include "triton/gpus.h"

namespace keraunos::triton {

/// A buffer of a request.
struct Part {
  std::span<const std::byte> bytes{};
  Device where{};
};

/// An input of a request: one or several buffers; those of texts lie in memory of the host.
struct InputParts {
  Dims dims{};
  std::vector<Part> parts{};
  std::vector<std::string_view> texts{};  ///< for an input of strings: one text per element
  std::unique_ptr<std::byte[]> joined{};  ///< memory of these texts if they arrived in several buffers, or on a GPU
};

/// Returns the inputs in the model's order. UsageError if an input is missing, has another dtype, or has a size that its shape
/// contradicts, or lies on a GPU that cannot be used.
std::vector<InputParts> inputs_of(TRITONBACKEND_Request* request, const std::vector<TensorSpec>& specs, Gpus& gpus);

/// Writes the rows from `first` to `first + rows` of each requested output; all of it if `rows` is -1. The server is asked for
/// memory where the results lie, and gives memory of the host or of a GPU.
void write_outputs(TRITONBACKEND_Request* request, TRITONBACKEND_Response* response, const NamedViews& results, int64_t first,
                   int64_t rows, Gpus& gpus);

}  // namespace keraunos::triton
