// The outputs of operations of TensorFlow's list, as functions refer to them.
#include <algorithm>

#include "loader/ops/operation.h"
#include "loader/tf/raw_operations.h"

namespace keraunos::loader {
namespace {

// The names of several outputs, which functions refer to; a single output needs none. "values*types": a list as long as the
// attribute states.
struct OutputNames {
  std::string_view op, names;
};
constexpr OutputNames kOutputs[] = {
    {"FusedBatchNorm", "y batch_mean batch_variance reserve_space_1 reserve_space_2"},
    {"FusedBatchNormV2", "y batch_mean batch_variance reserve_space_1 reserve_space_2"},
    {"FusedBatchNormV3", "y batch_mean batch_variance reserve_space_1 reserve_space_2 reserve_space_3"},
    {"LogMatrixDeterminant", "sign log_abs_determinant"},
    {"Lu", "lu p"},
    {"ParseExample", "sparse_indices*Nsparse sparse_values*sparse_types sparse_shapes*Nsparse dense_values*Tdense"},
    {"ParseExampleV2",
     "sparse_indices*num_sparse sparse_values*sparse_types sparse_shapes*num_sparse dense_values*Tdense "
     "ragged_values*ragged_value_types ragged_row_splits*ragged_split_types"},
    {"Qr", "q r"},
    {"RaggedGather", "output_nested_splits*OUTPUT_RAGGED_RANK output_dense_values"},
    {"RaggedRange", "rt_nested_splits rt_dense_values"},
    {"RaggedTensorToSparse", "sparse_indices sparse_values sparse_dense_shape"},
    {"SelfAdjointEigV2", "e v"},
    {"SparseCross", "output_indices output_values output_shape"},
    {"SparseCrossV2", "output_indices output_values output_shape"},
    {"SparseFillEmptyRows", "output_indices output_values empty_row_indicator reverse_index_map"},
    {"SparseReorder", "output_indices output_values"},
    {"SparseReshape", "output_indices output_shape"},
    {"SparseSlice", "output_indices output_values output_shape"},
    {"StringNGrams", "ngrams ngrams_splits"},
    {"StringSplitV2", "indices values shape"},
    {"Svd", "s u v"},
    {"TensorArrayV3", "handle flow"},
    {"TopKV2", "values indices"},
    {"UnicodeDecode", "row_splits char_values"},
    {"Unique", "y idx"},
    {"UniqueWithCounts", "y idx count"},
};

// Of a list: a number, or as many as types.
size_t length_of_list(const GraphNode& node, std::string_view attribute) {
  const NodeAttribute* found = node.find(attribute);
  if (found == nullptr) return 0;
  if (const auto* number = std::get_if<int64_t>(&found->value.value))
    return static_cast<size_t>(std::clamp<int64_t>(*number, 0, kMostPieces));
  return found->value.list() == nullptr ? 0 : found->value.list()->size();
}

// Calls with the name and the length of each output; false ends it.
template <class Visit>
void visit_outputs(const GraphNode& node, Visit visit) {
  std::string_view names = output_names(node.op);
  while (!names.empty()) {
    const size_t end = std::min(names.find(' '), names.size());
    const std::string_view word = names.substr(0, end);
    const size_t star = word.find('*');
    const size_t length = star == std::string_view::npos ? 1 : length_of_list(node, word.substr(star + 1));
    if (!visit(word.substr(0, star), length)) return;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
}

}  // namespace

std::string_view output_names(std::string_view op) {
  for (const OutputNames& row : kOutputs) {
    if (row.op == op) return row.names;
  }
  return {};
}

std::optional<size_t> first_output(const GraphNode& node, std::string_view name) {
  std::optional<size_t> found;
  size_t first = 0;
  visit_outputs(node, [&](std::string_view output, size_t length) {
    if (output == name) found = first;
    first += length;
    return !found;
  });
  return found;
}

size_t number_of_outputs(const GraphNode& node) {
  size_t count = 0;
  visit_outputs(node, [&](std::string_view, size_t length) {
    count += length;
    return true;
  });
  return count;
}

}  // namespace keraunos::loader
