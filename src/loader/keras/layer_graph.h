// The contents of a model file before any shape is known: layers with their configs and weights, and the calls between them.
//
// A layer is an object and may be called several times; a call is one use of it. A network (Sequential, Functional) is a part of
// a layer, so that a nested model is a layer whose lowering inlines its calls. Tensors in a call's arguments are not values of a
// graph, which does not exist yet: Traced::value.id is an index into Network::sources there.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/model/model_source.h"
#include "keraunos/error.h"
#include "keraunos/layer.h"
#include "loader/files/budget.h"
#include "loader/files/json.h"
#include "loader/files/scratch.h"
#include "loader/keras/dtype_policy.h"

namespace keraunos::loader {

using SharedJson = std::shared_ptr<const files::Json>;
using WeightInfo = host::WeightInfo;

struct Network;

/// Objects that a layer's lowering made once and keeps (Lowering::once).
struct KeptObjects {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const void>> objects;
  std::map<std::string, int64_t> counted;  ///< bytes of constants that each lowering makes, by kind the largest
};

/// One layer object.
struct LayerInstance {
  std::string name, class_name, registered_name, module;
  std::string path;                  ///< names of the enclosing models and wrappers and of the layer, joined by '/'
  std::string attribute;             ///< the parent's attribute that holds it, when the parent is a wrapper: "cell", "cells/0"
  std::vector<std::string> aliases;  ///< other names of that attribute in files of other versions
  SharedJson config;
  std::shared_ptr<const LayerDef> def;  ///< null: a network, an input, or a refused layer
  DtypePolicy policy;
  bool trainable = true;
  bool is_input = false;
  bool is_operation = false;             ///< of keras.ops: called like a layer, but not listed in Keras's model.layers
  bool is_root = false;                  ///< the model itself, whose name is not part of paths
  std::vector<WeightInfo> weights;       ///< own weights in the order of creation; without a tensor until they are read
  std::vector<bool> weight_is_optional;  ///< one for each weight
  std::vector<std::shared_ptr<LayerInstance>> children;  ///< in the order of creation; a network's are its layers
  std::shared_ptr<const Network> network;
  std::shared_ptr<KeptObjects> kept = std::make_shared<KeptObjects>();
  std::string refusal{};                    ///< the reason why it cannot run; empty if it can
  std::string inner_path;                   ///< in a `.keras` archive: "layers/dense"; found while weights are read
  bool is_located = false;                  ///< inner_path is known
  std::optional<int64_t> saved_parameters;  ///< of a layer that cannot run: number of elements in the file, if its place is known

  /// With the package of a registered class: "my_package>Block".
  const std::string& whole_class_name() const {
    return registered_name.find('>') == std::string::npos ? class_name : registered_name;
  }
  /// `layer "encoder/dense" (Dense)`, for messages.
  std::string described() const { return "layer \"" + path + "\" (" + class_name + ")"; }
};
using SharedLayer = std::shared_ptr<LayerInstance>;

/// The child that runs the whole model in the config of a custom class (Lowering::call_child).
inline constexpr std::string_view kGraphChild = "graph";

/// Where a tensor in a call's arguments comes from.
struct Source {
  int call = -1;                             ///< index of a call of the network, or -1
  int output = 0;                            ///< which output of that call, flattened
  std::shared_ptr<const Tensor> constant{};  ///< otherwise a value in the file
  std::shared_ptr<const TensorSpec> spec{};  ///< shape and dtype, where the file states them (Keras 3)
};

/// One use of a layer.
struct Call {
  int layer = -1;      ///< in Network::layers; -1 for the input of a Sequential, whose InputLayer Keras does not list
  int occurrence = 0;  ///< 0 for the layer's first call in this network
  std::vector<Arg> arguments;
  Arg::Members keywords;
};

/// An input of a network.
struct NetworkInput {
  int call = 0;
  std::string name;
  DType dtype = DType::float32;
  std::optional<std::vector<std::optional<int64_t>>> shape;  ///< with the batch; absent where the file does not state it
  std::string key{};  ///< for inputs in dictionaries: the keys that lead to it, joined by '.'
};

struct Network {
  std::string class_name;     ///< kSequential or kFunctional (format_names.h)
  bool wraps_custom = false;  ///< constructed around the only layer of a file whose model is a registered custom class
  std::vector<SharedLayer> layers;
  std::vector<Source> sources;
  std::vector<Call> calls;                ///< each after the calls it depends on
  std::vector<Call> asides;               ///< calls that no output needs (losses of Keras 2), numbered after the others
  std::vector<int> order;                 ///< indices into calls, where calls run in another order
  std::vector<NetworkInput> inputs;       ///< in Keras's order: as listed; dicts by sorted key
  std::vector<std::string> input_keys;    ///< the keys, one for each input, where inputs are a dict of tensors
  std::vector<int> outputs;               ///< flattened, in Keras's order: indices into sources
  std::vector<std::string> output_names;  ///< one for each output, unique; keys where outputs are dictionaries
  std::vector<size_t> output_order;  ///< the order of Keras's predict(), where dictionaries are not sorted: indices into outputs
};

/// The text of an asset (vocabulary.txt) by the inner path of its layer; absent when the file has no such asset.
using Assets = std::function<std::optional<std::string>(const std::string& inner_path, const std::string& file_name)>;

/// Makes a weight that no file holds when lowering first uses it and so states its shape (synthetic weights of tests).
using WeightMaker = std::function<std::shared_ptr<const Tensor>(const LayerInstance&, const std::string& name, const Dims& dims)>;

/// The properties of a compiled model's optimizer from which Keras 3 counts its variables in summary().
struct OptimizerFacts {
  SharedJson object;
  bool knows_variables = true;  ///< false for HDF5, where Keras 3 makes the optimizer before the layers make their variables
  int64_t saved_variables = 0;  ///< number of its variables in an archive
  int64_t saved_elements = 0;
  double saved_bytes = 0;
};

/// Named arrays of a file.
using NamedTensors = std::vector<std::pair<std::string, std::shared_ptr<const Tensor>>>;

/// How a model was compiled: the object under "compile_config" or "training_config".
struct Compilation {
  SharedJson config;
  bool is_legacy = false;  ///< for HDF5 and SavedModels, where metrics have the names that were shown when the model was saved
  std::optional<int64_t> iterations{};  ///< the optimizer's
};

/// A whole file.
struct LayerGraph {
  std::string file;             ///< its name in messages
  std::string weights_file;     ///< the name of the file of weights; empty where no file holds them
  std::string keras_version;    ///< as written, or empty
  SharedJson archive_config{};  ///< config.json of a `.keras` file of Keras 3, which save() copies
  std::string date_saved{};     ///< of such a file
  Dialect dialect;
  SharedLayer root;
  Assets assets;
  WeightMaker make_weight;
  std::optional<OptimizerFacts> optimizer;
  std::optional<Compilation> compilation{};
  std::function<NamedTensors()> read_optimizer{};  ///< reads the optimizer's variables; empty if the file of the weights has none
  std::string unread_optimizer{};                  ///< the reason if the file has variables that are not read
  /// Some layers are refused: their weights and those of other layers may not have been read, which is no error.
  bool is_partial = false;
  std::shared_ptr<files::ScratchFile> scratch{};  ///< the file of large weights; null: they are in memory
  files::SharedBudget budget =
      std::make_shared<files::MemoryBudget>();  ///< debited for the memory that loading and lowering allocate
};

/// Calls `visit` for a layer and everything inside it, each object once, parents first.
void visit_layers(const SharedLayer& root, const std::function<void(LayerInstance&)>& visit);

/// True when the layer and everything inside it are built in, none custom.
bool is_built_in(const LayerInstance& layer);

// Reasons of refusals that a message groups; UnsupportedError::Item::reason is one of them or another clause.
inline constexpr std::string_view kUnsupportedClass = "is of a class that is not supported";
inline constexpr std::string_view kUnregisteredClass = "is of a custom class that is not registered";
inline constexpr std::string_view kPythonCode = "holds Python code, which is never run";
inline constexpr std::string_view kPythonFunction = "calls a Python function that the file names, but does not hold";
inline constexpr std::string_view kSafeMode = "holds Python code, which safe_mode refuses in a .keras file, as Keras does";
inline constexpr std::string_view kOtherFile =
    "computes a function of another file, which safe_mode does not open, as in Keras; safe_mode=false (--safe-mode false) does";
bool is_unknown_class(std::string_view reason);

/// "a, b and 12 more"; names with consecutive numbers are joined: "block_1 to block_4". Up to four are listed completely.
std::string listed_names(const std::vector<std::string>& names);

/// The layers that are called and cannot run.
std::vector<UnsupportedError::Item> refusals_in(const LayerInstance& root);

/// Rethrows the error with `where` before its message if that does not name the file: errors of JSON do not.
[[noreturn]] void throw_named(const ModelError& error, const std::string& file, const std::string& where);

/// Throws one UnsupportedError that lists all items. `verdict`: what cannot be done with the file.
[[noreturn]] void throw_refusals(const std::string& file, std::vector<UnsupportedError::Item> items,
                                 std::string_view verdict = "cannot run");
inline constexpr std::string_view kCannotBeSaved = "cannot be saved for Keras 3";

}  // namespace keraunos::loader
