// The second way to read a SavedModel: the function graph of a signature, with the variables that it reads. For models that
// Keras's metadata do not describe: subclassed models, Model.export(), tf.saved_model.save().
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "keraunos/model.h"
#include "loader/keras/layer_graph.h"
#include "loader/tf/function_library.h"
#include "loader/tf/lookup_tables.h"

namespace keraunos::loader {

struct SignaturePort {
  std::string key, tensor;  ///< "softmax", "StatefulPartitionedCall:0"
  DType dtype = DType::float32;
  std::optional<std::vector<std::optional<int64_t>>> shape;
};

struct ServingSignature {
  std::string name;
  std::vector<SignaturePort> inputs, outputs;  ///< by their keys
};

/// Any number of threads may read it at once.
struct FunctionModel {
  ServingSignature signature;
  std::unique_ptr<FunctionLibrary> functions;
  FunctionBody graph;                              ///< outside of all functions; its results are the signature's outputs
  std::map<std::string, std::string> variables{};  ///< names of the weights, by the graph's nodes for variables
  std::vector<WeightInfo> weights{};
  LookupTables tables{};  ///< the tables that are filled, by the graph's nodes
};

/// The extents of a TensorShapeProto, absent where the rank is unknown.
std::optional<std::vector<std::optional<int64_t>>> shape_of_port(std::string_view message, const std::string& what);

/// The signature of that name, or the object's function; if empty, "serving_default" or the only one, and in a file without
/// signatures the function "__call__" or the only one. ModelError where there is none, and where the graph is damaged.
std::shared_ptr<const FunctionModel> read_function_model(const std::filesystem::path& folder, const std::string& signature,
                                                         const files::SharedBudget& budget);

/// A model with one layer: the function.
std::shared_ptr<LayerGraph> function_layer_graph(const std::shared_ptr<const FunctionModel>& model, const std::string& file);

/// Refuses the layer where the function, or one that it calls, contains operations that cannot run; names all of them.
void refuse_obstacles(Lowering& l, const FunctionModel& model);

/// Writes the operations of a function into the graph that `l` builds: takes one tensor for each input of the signature, returns
/// one result for each output.
std::vector<Traced> lower_function(Lowering& l, const FunctionModel& model, const std::vector<Traced>& inputs);

}  // namespace keraunos::loader
