// Refusals of operations on sparse tensors. What they compute is compared in the cases function_sparse, function_sparse_features
// and function_columns.
#include "loader/keras/keras_model.h"
#include "unit/loader/keras/build_graph.h"

namespace keraunos::loader {
namespace {

std::string function(const std::string& name, const std::string& function, const std::string& input,
                     const std::string& keywords) {
  return R"({"class_name": "TFOpLambda", "name": ")" + name + R"(", "config": {"name": ")" + name + R"(", "function": ")" +
         function + R"("}, "inbound_nodes": [[")" + input + R"(", 0, 0, {)" + keywords + "}]]}";
}

// Indices i (6, 2) of int64 and values v (6) of float32, then a function of the indices.
void load(const std::string& name, const std::string& keywords) {
  const std::string layers = function("r", "reshape", "x", R"("shape": [6, 2])") + ", " +
                             function("i", "cast", "r", R"("dtype": "int64")") + ", " +
                             function("v", "math.reduce_sum", "r", R"("axis": 1)") + ", " + function("y", name, "i", keywords);
  const std::string model = functional("model",
                                       R"({"class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": {)"
                                       R"("name": "x", "dtype": "float32", "batch_input_shape": [3, 4]}}, )" +
                                           layers,
                                       R"([["x", 0, 0]])", R"([["y", 0, 0]])");
  KerasModel(graph_of(model, "2.15.0"), {});
}

TEST(SparseOperations, ReshapesToAsManyElements) {
  EXPECT_NO_THROW(load("raw_ops.SparseReshape", R"("input_shape": [4, 6], "new_shape": [-1, 3])"));
  expect_error([] { load("raw_ops.SparseReshape", R"("input_shape": [4, 6], "new_shape": [5, 5])"); },
               "changes the shape of 24 elements to one of others: (5, 5)");
  expect_error([] { load("raw_ops.SparseReshape", R"("input_shape": [4, 6], "new_shape": [-1, 5])"); }, "24 elements");
  expect_error([] { load("raw_ops.SparseReshape", R"("input_shape": [4, 6], "new_shape": [-1, -1])"); }, "(-1, -1)");
  expect_error([] { load("raw_ops.SparseReshape", R"("input_shape": [24], "new_shape": [4, 6])"); }, "indices of int64 (6, 2)");
}

TEST(SparseOperations, FillsRowsOfMatchingValues) {
  const std::string values = R"("values": ["v", 0, 0], )";
  EXPECT_NO_THROW(load("raw_ops.SparseFillEmptyRows", values + R"("dense_shape": [4, 6], "default_value": 1.5)"));
  expect_error([&] { load("raw_ops.SparseFillEmptyRows", values + R"("dense_shape": [4, 6, 2], "default_value": 1.5)"); },
               "indices of int64 (6, 2) for a shape of 3 axes");
  expect_error([&] { load("raw_ops.SparseFillEmptyRows", values + R"("dense_shape": [-4, 6], "default_value": 1.5)"); },
               "has -4 rows");
  expect_error([&] { load("raw_ops.SparseFillEmptyRows", values + R"("dense_shape": [4, 6], "default_value": [1.0, 2.0])"); },
               "one for empty rows");
}

TEST(SparseOperations, WritesValuesAtMatchingIndices) {
  const std::string values = R"("sparse_values": ["v", 0, 0], "default_value": 0.0, )";
  EXPECT_NO_THROW(load("raw_ops.SparseToDense", values + R"("output_shape": [4, 6])"));
  expect_error([&] { load("raw_ops.SparseToDense", values + R"("output_shape": [4, 6, 2])"); }, "expected indices (count, axes)");
  expect_error(
      [] { load("raw_ops.SparseToDense", R"("sparse_values": [1.0, 2.0], "default_value": 0.0, "output_shape": [4, 6])"); },
      "one value for each");
}

TEST(SparseOperations, CrossColumnsOfMatchingRows) {
  const auto cross = [](const std::string& lists) {
    return [lists] { load("raw_ops.SparseCross", lists + R"(, "hashed_output": true, "num_buckets": 9, "hash_key": 3)"); };
  };
  expect_error(cross(R"("values": [], "shapes": [], "dense_inputs": [])"), "one column at least");
}

TEST(SparseOperations, SegmentsPickRowsByOneAxis) {
  expect_error([] { load("sparse.segment_sum", R"("indices": [[0, 1]], "segment_ids": [0, 0])"); }, "indices of one axis");
  expect_error([] { load("sparse.segment_sum", R"("indices": [0, 1], "segment_ids": [0, 0, 0])"); }, "segment ids of shape (3,)");
  expect_error([] { load("sparse.segment_sum", R"("indices": [0, 1], "segment_ids": [0, 1], "num_segments": -2)"); },
               "has -2 segments");
}

TEST(SparseOperations, MessagesHaveFeaturesOfTheirTypes) {
  const auto parse = [](const std::string& keywords) {
    return [keywords] {
      const std::string messages =
          R"({"class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": {"name": "x", "dtype": "string", )"
          R"("batch_input_shape": [null]}}, )";
      const std::string model = functional("model", messages + function("y", "raw_ops.ParseExampleV2", "x", keywords),
                                           R"([["x", 0, 0]])", R"([["y", 0, 0]])");
      KerasModel(graph_of(model, "2.15.0"), {});
    };
  };
  EXPECT_NO_THROW(parse(R"("sparse_keys": "ids", "sparse_types": ["int64"])")());
  expect_error(parse(R"("sparse_keys": "ids", "sparse_types": ["int32"])"), "features of the type int32");
  expect_error(parse(R"("sparse_keys": "ids", "sparse_types": ["bool"])"), "features of the type bool");
  expect_error(parse(R"("sparse_keys": "ids", "sparse_types": [])"), "1 sparse features and states the types of 0");
  const std::string ragged = R"("ragged_keys": "ids", "ragged_value_types": ["int64"], )";
  EXPECT_NO_THROW(parse(ragged + R"("ragged_split_types": ["int32"])")());
  expect_error(parse(ragged + R"("ragged_split_types": ["float32"])"), "row starts int32 or int64");
}

}  // namespace
}  // namespace keraunos::loader
