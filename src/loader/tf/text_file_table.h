// Tables that TensorFlow fills from the lines of a text file.
#pragma once

#include <memory>
#include <string_view>

#include "keraunos/tensor.h"
#include "loader/tf/node.h"

namespace keraunos::loader {

struct TextFileTable {
  std::shared_ptr<const Tensor> keys, values;
};

/// The entries that the node InitializeTableFromTextFileV2 reads from these lines. ModelError, which begins with `where`, where a
/// line has too few columns or no number where one is expected.
TextFileTable text_file_table(const GraphNode& node, std::string_view lines, const std::string& where);

}  // namespace keraunos::loader
