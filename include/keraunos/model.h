// Load a saved Keras model and predict.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keraunos/evaluate.h"
#include "keraunos/executor.h"
#include "keraunos/layer.h"
#include "keraunos/plan.h"
#include "keraunos/session.h"
#include "keraunos/tensor.h"

namespace keraunos {

namespace host {
class ModelState;
struct LayerInfo;
struct Handles;
}  // namespace host

/// The type that float32 models compute in. `as_saved` follows the file (mixed policies, quantised weights); on a GPU its float32
/// products run in tf32, as TensorFlow's do. `float32` is strict. `bfloat16` and `float16` run float32 layers as Keras's
/// "mixed_bfloat16" and "mixed_float16" policies do: 16 bits between layers, float32 in sums and in the weights as saved; results
/// keep their types. Custom layers are not changed. This is faster on GPUs; the CPU rounds to 16 bits and gains nothing.
enum class Precision : uint8_t { as_saved, float32, tf32, bfloat16, float16 };

/// The reader of HDF5 files. `strict` is our own reader for what Keras, h5py and libhdf5 write; it refuses unknown structures and
/// damaged files with a message. `library` is libhdf5, for trusted files that the strict reader refuses: version 1.10 reads
/// beyond its own memory on some damaged files, and its error printer and plug-in loading are switched off for the whole process
/// while it reads.
enum class Hdf5Reader : uint8_t { strict, library };

/// Compares targets and predictions of one batch, for a custom loss or metric. Both are of one type: float32, or float64 for an
/// output of float64. `l.config()` holds the arguments in the file; `l` has no weights.
using Comparison = std::function<Value(Lowering& l, Value y_true, Value y_pred)>;

/// Custom layers, functions, losses and metrics, used while a model is loaded. They are looked up before the built-in ones, by
/// registered name, then by class name. Optimizers, initialisers, constraints and regularisers need no registration: predictions
/// do not use them.
class KERAUNOS_API CustomObjects {
 public:
  /// A layer class, for every class name it lists. For a subclass of Model or Sequential in functional style, whose file holds
  /// the graph, `Lowering::call_child("graph", …)` runs that graph.
  CustomObjects& layer(LayerDef definition);
  /// A named activation or Lambda function: y = f(x), elementwise or not.
  CustomObjects& function(std::string name, std::function<Value(Builder&, Value)> lower);
  /// Replaces the layer of this name, for example a Lambda, whose code is never executed. UsageError where no layer has the name.
  CustomObjects& replace(std::string layer_name, LayerDef definition);
  /// Adds classes that many people copied from an example. "keras_io" adds all known classes of keras.io's examples,
  /// "keras_io/" and the name of an example adds those of one (`keraunos supported` lists them). Because authors change such
  /// classes, a layer is refused if its config keys, or the names or shapes of its weights, are not exactly those of the
  /// example, or if several examples fit. Layers registered with layer() take precedence. UsageError for an unknown recipe.
  CustomObjects& recipe(std::string_view name);
  /// A loss, for evaluate(), under the name of its function or class: a number for each row, for each step of each row, or one
  /// for the batch. Masks, weights and the reduction in the file are applied to it as Keras does.
  CustomObjects& loss(std::string name, Comparison values);
  /// A metric that is the mean of such numbers: of a function, or of a class derived from MeanMetricWrapper.
  CustomObjects& metric(std::string name, Comparison values);
  /// A metric class with variables of its own: called for each batch, it updates them (Lowering::state, which starts at zero, and
  /// keep) and gives the result after this batch, of rank 0 or 1. `l.keyword("sample_weight")` is a tensor where samples have
  /// weights.
  CustomObjects& stateful_metric(std::string name, Comparison result);

  std::vector<std::shared_ptr<const LayerDef>> layers;                                   ///< what layer() added
  std::vector<std::pair<std::string, std::function<Value(Builder&, Value)>>> functions;  ///< what function() added
  std::vector<std::pair<std::string, std::shared_ptr<const LayerDef>>> replacements;     ///< what replace() added
  std::vector<std::pair<std::string, Comparison>> losses;                                ///< what loss() added
  std::vector<std::pair<std::string, Comparison>> metrics;                               ///< what metric() added
  std::vector<std::pair<std::string, Comparison>> stateful_metrics;                      ///< what stateful_metric() added
};

/// What load_model takes besides the file.
struct LoadOptions {
  CustomObjects custom_objects{};  ///< layers, functions, losses and metrics of your own
  /// Also read how the model was compiled: for evaluate(), and for summary(), which counts the optimizer's variables.
  /// UnsupportedError, as in Keras: the model was compiled with a custom loss or metric that is not in `custom_objects`. False:
  /// that part of the file is ignored, so that a file which is damaged there loads.
  bool compile = true;
  /// Python code in a file is never executed, whatever the value. Straight-line code of a Lambda layer is translated into
  /// operations: in a `.keras` file only where this is false, because Keras reads it only then; in other formats always.
  bool safe_mode = true;
  std::optional<Device> device{};             ///< none: Device::automatic()
  Precision precision = Precision::as_saved;  ///< what float32 models compute in
  /// CPU threads of one call; 0: as many as cores. All models of a process share one set of threads; a call that finds them busy
  /// with other calls uses those that are free.
  int threads = 0;
  /// A file of weights as Model::load_weights takes it, used instead of the model file's own weights or with an architecture
  /// JSON.
  std::filesystem::path weights{};
  /// For a SavedModel: compute the function of this signature ("serving_default") instead of the layers that Keras's metadata
  /// describe. Inputs and outputs then have the signature's names. Where no signature has the name: the function that
  /// tf.saved_model.load gives as this attribute ("generate_one_step", "encoder/__call__"), and of several traces one:
  /// "generate_one_step:1". Empty: the layers; where the file describes none, or some are refused: "serving_default" or the only
  /// signature, and where there are no signatures, "__call__" or the only function. For a frozen graph: its outputs, "a,b:1".
  /// UsageError otherwise.
  std::string signature{};
  /// Refuse files that need more memory than this while they are loaded: text, trees of values, unpacked members, weights.
  uint64_t max_bytes = uint64_t{64} << 30;
  Hdf5Reader hdf5 = Hdf5Reader::strict;  ///< what reads HDF5 files
  /// A folder for a file that weights of 16 KiB and more are moved into once they are read; no other program can open the file,
  /// and it disappears with the model. The memory of these weights is freed whenever a plan is made, since a GPU has its own copy
  /// then; later uses (new shapes, Layer::weight) read the file. Empty: weights stay in memory. UsageError where no file can be
  /// made in the folder.
  std::filesystem::path scratch_folder{};
  /// the caller's threads, used on the CPU instead of the process's; one call uses at most `threads` of them
  Executor executor{};
};

/// What Model::predict takes besides inputs.
struct PredictOptions {
  /// Rows that are computed at a time. 0: chosen automatically, or Keras's default of 32 where rows depend on each other. On a
  /// CPU the limit holds for each thread. A stateful model takes the batch size that its file fixes, and no other.
  int64_t batch_size = 0;
  std::function<void(int64_t done, int64_t total)> progress{};  ///< rows done and all rows; called from the calling thread
  std::stop_token stop{};                                       ///< checked between pieces; a stopped call throws Cancelled
  /// The most turns of one loop whose end a condition on data decides; after so many turns, DataError where the condition still
  /// holds. A Session has this default.
  int64_t max_turns = 100'000;
};

/// How Model::save stores weights.
enum class Quantization : uint8_t {
  none,  ///< as they are
  int8,  ///< as Keras's Model.quantize("int8"): Dense, EinsumDense, Embedding and ReversibleEmbedding, a scale for each channel
  int4   ///< the same in four bits, as Model.quantize("int4"): a scale and a zero point for each block of 128
};

/// What Model::save takes besides the path.
struct SaveOptions {
  Quantization quantize = Quantization::none;  ///< which weights are rounded to integers
  /// Called with one sentence for each part of the model that is not saved (variables of an optimizer that Keras 3 computes
  /// differently) or not quantised. If it is empty, these parts are omitted without a message.
  std::function<void(const std::string&)> warning{};
};

/// What Model::load_weights takes besides the path.
struct LoadWeightsOptions {
  /// Layers are matched by name; layers that the file does not have keep their weights. For legacy HDF5 files only, as in
  /// Keras: UsageError for other files.
  bool by_name = false;
  /// Layers keep their weights if their number or shapes differ from those in the file.
  bool skip_mismatch = false;
  std::function<void(const std::string&)> warning{};  ///< called with one sentence for each layer that was skipped
};

/// Bytes that a model holds. On the CPU all of it is memory of the host.
struct KERAUNOS_API MemoryUse {
  /// Of one kind, in both memories.
  struct Bytes {
    int64_t host = 0;    ///< in memory of the host
    int64_t device = 0;  ///< in memory of the device
  };
  Bytes weights{};      ///< as saved; models made by with_outputs() share them
  int64_t scratch = 0;  ///< bytes of weights that are kept in a file instead (LoadOptions::scratch_folder)
  Bytes constants{};    ///< computed from weights, packed for the device or uploaded to it; freed with the last plan that uses it
  Bytes plans{};        ///< plans of the shapes that were called, kept for the next call of the same shapes
  /// memory of calls and the caller's sessions: arenas, states, pinned inputs and outputs; and of destroyed results, for reuse
  Bytes sessions{};
  /// All of it in memory of the host.
  int64_t host() const noexcept { return weights.host + constants.host + plans.host + sessions.host; }
  /// All of it in memory of the device.
  int64_t device() const noexcept { return weights.device + constants.device + plans.device + sessions.device; }
};

/// A layer of a model; keeps the model alive.
class KERAUNOS_API Layer {
 public:
  std::string name() const;        ///< "dense_1"
  std::string class_name() const;  ///< "Dense", as the file states it
  /// Names of the enclosing models, wrappers and this layer, joined by '/': "encoder/dense_1".
  std::string path() const;
  /// The config as the file has it, as JSON text.
  std::string config() const;
  /// Names, dtypes and shapes of the layer's own weights, in Keras's order.
  std::vector<TensorSpec> weights() const;
  /// A weight by its name ("kernel", also "kernel:0"), as saved: never folded, cast or transposed. UsageError lists the names
  /// there are.
  [[nodiscard]] Tensor weight(std::string_view name) const;
  /// A layer inside this one: a wrapper's ("cell", "forward_layer", "query_dense") or a nested model's, by name.
  Layer sublayer(std::string_view name) const;
  /// All of them, in the order of the file.
  std::vector<Layer> sublayers() const;

 private:
  friend class Model;
  Layer(std::shared_ptr<const host::ModelState> model, const host::LayerInfo* info) : model_(std::move(model)), info_(info) {}
  std::shared_ptr<const host::ModelState> model_;
  const host::LayerInfo* info_;
};

/// A loaded model: an immutable, shared handle that is cheap to copy. Every member may be called from any thread at once.
class KERAUNOS_API Model {
 public:
  /// For a model of one input and one output. Dims are (batch, …); the dtype is converted to the input's where Keras would.
  /// UsageError: several inputs or outputs (named in the message), a wrong rank or width. DataError: e.g. an id outside a table.
  /// States of stateful layers start at zero in each call and go on from batch to batch inside it; a Session keeps them longer.
  Tensor predict(const TensorView& input, const PredictOptions& options = {}) const;
  /// By input name; order does not matter. Results in the model's order, which is that of Keras's predict().
  Named predict(const NamedViews& inputs, const PredictOptions& options = {}) const;

  /// The loss and the metrics that the model was compiled with, under the names and in the order of the list that Keras's
  /// evaluate() returns: "loss" first. Numbers are float32 of rank 0, or of rank 1 where a metric has several (thresholds,
  /// classes). UsageError: the model was not compiled or was loaded without its compilation; targets or weights are missing or do
  /// not fit. UnsupportedError: a loss, a metric or a regulariser that cannot be computed. Computed on the host, from the
  /// device's predictions; custom ones on the device.
  Named evaluate(const NamedViews& inputs, const NamedViews& targets, const EvaluateOptions& options = {}) const;
  /// For a model of one input and one output.
  Named evaluate(const TensorView& input, const TensorView& target, const EvaluateOptions& options = {}) const;

  /// True if the file states how the model was compiled and LoadOptions::compile was true.
  bool compiled() const;
  /// How the model was compiled; empty where it was not.
  std::vector<CompiledPart> loss() const;
  std::vector<CompiledPart> metrics() const;           ///< in the order of the file
  std::optional<CompiledOptimizer> optimizer() const;  ///< none where the file does not say
  /// The saved variables of the optimizer, in the optimizer's order. Each call reads them from the file; their names are those
  /// in the file, which are numbers in files of Keras 3. Empty if the file has none. ModelError if the file cannot be read.
  [[nodiscard]] Named optimizer_variables() const;

  std::vector<TensorSpec> inputs() const;   ///< in the model's order
  std::vector<TensorSpec> outputs() const;  ///< in the model's order
  std::string name() const;                 ///< Keras's `model.name`
  std::vector<Layer> layers() const;        ///< of the model itself, not those inside nested models
  /// By name, or by a path into nested models ("encoder/dense_1"). UsageError suggests the nearest names.
  Layer get_layer(std::string_view name) const;
  /// By position; negative counts from the end.
  Layer get_layer(int index) const;

  /// The same weights, with the outputs of the named layers (their last call) as outputs.
  [[nodiscard]] Model with_outputs(const std::vector<std::string>& layers) const;

  /// The same layers with the weights of another file, as Keras's load_weights() reads them: a `.weights.h5`, an HDF5 or `.keras`
  /// model, a SavedModel, or the prefix of a TensorFlow checkpoint's files. Returns a new model on the same device; this one does
  /// not change. ModelError: there is no such file, or it was written by a model of other layers. UsageError: the model was made
  /// by with_outputs() or is a function of a SavedModel. A `.weights.json` of Keras 3 names the files of its shards.
  [[nodiscard]] Model load_weights(const std::filesystem::path& weights, const LoadWeightsOptions& options = {}) const;

  /// All weights in the order of Keras's Model.weights, named by the paths of their layers ("encoder/dense_1/kernel"); of a layer
  /// (a path as for get_layer()): its own and those of the layers inside it.
  [[nodiscard]] std::vector<TensorSpec> weights(std::string_view layer = {}) const;
  /// Returns a model with these values for the weights that weights() lists, in its order. The other weights are shared with
  /// this model, which does not change. Values are converted to the weight's dtype, as in Keras. UsageError if the number of
  /// weights or a shape differs.
  [[nodiscard]] Model set_weights(std::span<const TensorView> weights, std::string_view layer = {}) const;

  /// Writes the model as a `.keras` archive that Keras 3.15 loads, whatever format and Keras version it was read from: layers and
  /// calls, weights as saved, vocabularies, how it was compiled, and the optimizer's variables as far as Keras 3 has the same.
  /// Configs of a Keras 3 file are copied unchanged. The bytes depend on the model alone. An existing file is replaced when the
  /// new one is complete. UnsupportedError lists the layers that have no counterpart in Keras 3. UsageError: the name does not
  /// end with .keras, the file cannot be written, or the model was made by with_outputs() or is a function of a SavedModel.
  void save(const std::filesystem::path& path, const SaveOptions& options = {}) const;

  /// An execution context of one caller: see Session.
  [[nodiscard]] Session session() const;

  /// Frees what no running call, result or Session of the caller uses: idle sessions, plans, their constants, memory of destroyed
  /// results. The next call of each shape plans anew. Without trim() a model keeps the plans used last, within 64 MiB plus twice
  /// its weights, an idle session for 1,000 calls, and memory of large results (4 MiB or more), up to 512 MiB, for 64 of them.
  void trim() const;
  /// Bytes that the model holds now; estimated for packed weights and plans, whose parts are not counted one by one. Memory
  /// inside the libraries of a device is not known.
  [[nodiscard]] MemoryUse memory() const;
  Device device() const;  ///< where it computes
  /// The table that Keras's summary() prints.
  [[nodiscard]] std::string summary(int width = 80) const;
  /// The plan for inputs of these dims: steps in order, kernels, costs, memory, and why anything is not fused or not fast.
  [[nodiscard]] PlanDescription describe_plan(std::span<const Dims> inputs) const;
  /// The same as text.
  [[nodiscard]] std::string plan(std::span<const Dims> inputs) const;

 private:
  friend struct host::Handles;
  explicit Model(std::shared_ptr<const host::ModelState> state) : state_(std::move(state)) {}
  std::shared_ptr<const host::ModelState> state_;
};

/// Loads a `.keras` file or folder, a legacy HDF5 file, a SavedModel folder of Keras 2, or an architecture JSON with
/// LoadOptions::weights. The format is found by content, not by suffix. ModelError: the file is at fault; UnsupportedError: it
/// holds something that cannot run, all listed.
[[nodiscard]] KERAUNOS_API Model load_model(const std::filesystem::path& path, const LoadOptions& options = {});
/// The same from memory, which may be freed after the call.
[[nodiscard]] KERAUNOS_API Model load_model(std::span<const std::byte> bytes, const LoadOptions& options = {});

/// A layer that computes an expression in Python's notation, for CustomObjects::replace: "x / 127.5 - 1", "x[:, -1, :]",
/// "tf.concat([x[0], ops.relu(x[1])], axis=-1)". `x` is the layer's input, a list where there are several; parameters may be
/// named: "a, scale=2: a * scale". The expression may call keras.ops (ops.…), TensorFlow (tf.…) and Keras's backend (K.…),
/// nothing else. ModelError for a text that is no expression, and for a call of another function.
[[nodiscard]] KERAUNOS_API LayerDef expression_layer(std::string_view expression);
/// The same for CustomObjects::loss and metric: an expression of `y_true` and `y_pred`, "K.mean(K.abs(y_true - y_pred),
/// axis=-1)". With other names: "t, p: ops.abs(t - p)".
[[nodiscard]] KERAUNOS_API Comparison expression_comparison(std::string_view expression);

}  // namespace keraunos
