// What a model file means, before any shape is known: layers with their configs and weights, and the calls between them.
//
// A layer is an object and may be called several times; a call is one use of it. A network (Sequential, Functional) is itself
// what a layer holds, so that a nested model is a layer whose lowering inlines its calls. In a call's arguments a tensor is not a
// value of an op graph, which does not exist yet: Traced::value.id there is an index into Network::sources.
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

/// What a layer's lowering made once and keeps (Lowering::once).
struct KeptObjects {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const void>> objects;
  std::map<std::string, int64_t> counted;  ///< bytes of constants that its lowering makes each time, the largest of a kind
};

/// One layer object.
struct LayerInstance {
  std::string name, class_name, registered_name, module;
  std::string path;                  ///< names of the enclosing models and wrappers and its own, joined by '/'
  std::string attribute;             ///< of the parent, when the parent is a wrapper: "cell", "cells/0"
  std::vector<std::string> aliases;  ///< other names of that attribute in files of other versions
  SharedJson config;
  std::shared_ptr<const LayerDef> def;  ///< none: a network, an input, or a layer that was refused
  DtypePolicy policy;
  bool trainable = true;
  bool is_input = false;
  bool is_operation = false;             ///< of keras.ops: a call like any other, but none of Keras's model.layers
  bool is_root = false;                  ///< the model itself, whose name begins no path
  std::vector<WeightInfo> weights;       ///< own, in the order of creation; without a tensor until they are read
  std::vector<bool> weight_is_optional;  ///< one each
  std::vector<std::shared_ptr<LayerInstance>> children;  ///< in the order of creation; a network's are its layers
  std::shared_ptr<const Network> network;
  std::shared_ptr<KeptObjects> kept = std::make_shared<KeptObjects>();
  std::string refusal{};                    ///< why it cannot run, if it cannot
  std::string inner_path;                   ///< in a `.keras` archive: "layers/dense"; found while weights are read
  bool is_located = false;                  ///< inner_path is known
  std::optional<int64_t> saved_parameters;  ///< of a layer that cannot run: what the file holds for it, if its place is known

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
  int call = -1;                             ///< of the network, or
  int output = 0;                            ///< (one of that call's outputs, flattened)
  std::shared_ptr<const Tensor> constant{};  ///< a value that the file holds
  std::shared_ptr<const TensorSpec> spec{};  ///< shape and dtype where the file says them (Keras 3)
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
  std::optional<std::vector<std::optional<int64_t>>> shape;  ///< with the batch; none where the file does not say
  std::string key{};  ///< where inputs are dictionaries: the keys that lead to it, joined by '.'
};

struct Network {
  std::string class_name;     ///< kSequential or kFunctional (format_names.h)
  bool wraps_custom = false;  ///< made up around the only layer of a file whose model is a registered class of the user's
  std::vector<SharedLayer> layers;
  std::vector<Source> sources;
  std::vector<Call> calls;                ///< each after those it depends on
  std::vector<Call> asides;               ///< calls that no output needs (losses of Keras 2), numbered on behind the others
  std::vector<int> order;                 ///< where calls run in another order: indices into calls
  std::vector<NetworkInput> inputs;       ///< in Keras's order: as listed, dicts by sorted key
  std::vector<std::string> input_keys;    ///< where inputs are a dict of tensors: its keys, one each
  std::vector<int> outputs;               ///< flattened, in Keras's order: indices into sources
  std::vector<std::string> output_names;  ///< one each, unique; keys where outputs are dictionaries
  std::vector<size_t> output_order;       ///< that of Keras's predict(), where dictionaries are not sorted: indices into outputs
};

/// The text of an asset (vocabulary.txt) by the inner path of its layer; none when the file has no such asset.
using Assets = std::function<std::optional<std::string>(const std::string& inner_path, const std::string& file_name)>;

/// A weight that no file holds: made when lowering first asks for it and so states its shape (synthetic weights of tests).
using WeightMaker = std::function<std::shared_ptr<const Tensor>(const LayerInstance&, const std::string& name, const Dims& dims)>;

/// The optimizer of a compiled model, as far as Keras 3 counts its variables in summary().
struct OptimizerFacts {
  SharedJson object;
  bool knows_variables = true;  ///< false in HDF5, where Keras 3 makes it before it asks the layers for theirs
  int64_t saved_variables = 0;  ///< that an archive holds of it
  int64_t saved_elements = 0;
  double saved_bytes = 0;
};

/// Arrays of a file with their names.
using NamedTensors = std::vector<std::pair<std::string, std::shared_ptr<const Tensor>>>;

/// How a model was compiled: the object under "compile_config" or "training_config".
struct Compilation {
  SharedJson config;
  bool is_legacy = false;  ///< of HDF5 and SavedModels, where metrics have the names that were shown when the model was saved
  std::optional<int64_t> iterations{};  ///< of the optimizer
};

/// A whole file.
struct LayerGraph {
  std::string file;             ///< what messages call it
  std::string weights_file;     ///< the same for where the weights come from; empty where no file holds them
  std::string keras_version;    ///< as written, or empty
  SharedJson archive_config{};  ///< config.json of a `.keras` file of Keras 3, which save() writes back
  std::string date_saved{};     ///< of such a file
  Dialect dialect;
  SharedLayer root;
  Assets assets;
  WeightMaker make_weight;
  std::optional<OptimizerFacts> optimizer;
  std::optional<Compilation> compilation{};
  std::function<NamedTensors()> read_optimizer{};  ///< the optimizer's variables, where the file of the weights has some
  std::string unread_optimizer{};                  ///< why they are not read, where the file has some
  /// Some layers are refused: what belongs to them and to others may not have been read, and nothing is said of that.
  bool is_partial = false;
  std::shared_ptr<files::ScratchFile> scratch{};  ///< that large weights lie in; none: in memory
  files::SharedBudget budget =
      std::make_shared<files::MemoryBudget>();  ///< debited for what loading and lowering make from the file
};

/// Calls `visit` for a layer and everything inside it, each object once, parents first.
void visit_layers(const SharedLayer& root, const std::function<void(LayerInstance&)>& visit);

/// True when the layer and everything inside it are this library's, none the caller's own.
bool is_built_in(const LayerInstance& layer);

// Reasons of refusals that a message groups; UnsupportedError::Item::reason is one of them or a clause of its own.
inline constexpr std::string_view kUnsupportedClass = "is of a class that is not supported";
inline constexpr std::string_view kUnregisteredClass = "is of a custom class that is not registered";
inline constexpr std::string_view kPythonCode = "holds Python code, which is never run";
inline constexpr std::string_view kPythonFunction = "calls a Python function that the file names, but does not hold";
inline constexpr std::string_view kSafeMode = "holds Python code, which safe_mode refuses in a .keras file, as Keras does";
bool is_unknown_class(std::string_view reason);

/// "a, b and 12 more"; names that count up are one: "block_1 to block_4". Up to four are listed whole.
std::string listed_names(const std::vector<std::string>& names);

/// The layers that are called and cannot run.
std::vector<UnsupportedError::Item> refusals_in(const LayerInstance& root);

/// Throws the error on, with `where` before its words if they do not name the file: those of JSON know no file.
[[noreturn]] void throw_named(const ModelError& error, const std::string& file, const std::string& where);

/// One UnsupportedError that lists all items. `verdict`: what the file cannot.
[[noreturn]] void throw_refusals(const std::string& file, std::vector<UnsupportedError::Item> items,
                                 std::string_view verdict = "cannot run");
inline constexpr std::string_view kCannotBeSaved = "cannot be saved for Keras 3";

}  // namespace keraunos::loader
