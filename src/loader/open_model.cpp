// The format of a file is found from its bytes, never from its name: there are HDF5 files named ".keras", and archives inside
// archives.
#include "loader/open_model.h"

#include <algorithm>
#include <array>
#include <map>

#include "loader/evaluate/custom.h"
#include "loader/files/zip.h"
#include "loader/keras/keras_model.h"
#include "loader/keras/reader.h"
#include "loader/keras/weights.h"
#include "loader/open_weights.h"
#include "loader/package.h"
#include "loader/tf/frozen_graph.h"
#include "loader/tf/saved_model_layer.h"

namespace keraunos::loader {

using files::Json;
using files::SharedBudget;
using files::SharedBytes;

namespace {

std::string first_bytes(const files::ByteSource& source) {
  std::vector<std::byte> bytes(static_cast<size_t>(std::min<int64_t>(source.size(), 64)));
  source.read(0, bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool looks_like_json(const files::ByteSource& source) {
  std::string text = first_bytes(source);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && (text[first] == '{' || text[first] == '"' || text[first] == '[');
}

// True for a mapping whose first key is one of Keras's; PyYAML sorts the keys.
bool looks_like_yaml(const files::ByteSource& source) {
  const std::string text = first_bytes(source);
  const size_t first = text.starts_with("---") ? text.find_first_not_of(" \r\n", 3) : 0;
  return first != std::string::npos && std::ranges::any_of(std::array{"backend:", "class_name:", "config:", "keras_version:"},
                                                           [&](const char* key) { return text.substr(first).starts_with(key); });
}

Package open_graph(const SharedBytes& bytes, const LoadOptions& options) {
  Package package;
  package.file = bytes->name();
  package.function = read_frozen_graph(*bytes, options.signature);
  return package;
}

Package open_bytes(const SharedBytes& bytes, const LoadOptions& options) {
  if (static_cast<uint64_t>(bytes->size()) > options.max_bytes) {
    throw ModelError(bytes->name() + " has " + std::to_string(bytes->size()) + " bytes, more than the " +
                     std::to_string(options.max_bytes) + " that LoadOptions::max_bytes (--max-bytes) allows");
  }
  if (bytes->size() == 0) throw ModelError(bytes->name() + " is empty (0 bytes); copy or download it again");
  files::refuse_lfs_pointer(*bytes);
  if (files::is_zip(*bytes)) return open_archive(bytes, options);
  if (files::is_hdf5(*bytes)) return open_hdf5(bytes, options);
  if (looks_like_json(*bytes)) return open_json(bytes, options);
  if (looks_like_yaml(*bytes)) return open_yaml(bytes, options);
  if (looks_like_graph(first_bytes(*bytes))) return open_graph(bytes, options);
  if (looks_like_graph_text(first_bytes(*bytes))) {
    throw ModelError(bytes->name() +
                     " is a TensorFlow graph in text form (.pbtxt), which is not read; write it in binary form: "
                     "tf.io.write_graph(…, as_text=False)");
  }
  if (bytes->name().ends_with(".pb")) {
    throw ModelError(bytes->name() +
                     " is a part of a TensorFlow SavedModel: give the folder that holds it, or save the model as .keras");
  }
  throw ModelError(bytes->name() +
                   " is no Keras model: it is neither a .keras archive (zip) nor HDF5 nor an architecture in JSON or YAML; write "
                   "one with Keras's "
                   "model.save(\"model.keras\")");
}

Package open_path(const std::filesystem::path& path, const LoadOptions& options, const SharedBudget& budget) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw ModelError("there is no file or folder " + path.string() +
                     (path.is_relative() ? ", counted from " + std::filesystem::current_path(error).string() : ""));
  }
  if (std::filesystem::is_directory(path, error)) return open_folder(path, options, budget);
  return open_bytes(files::open_file(path.string(), budget), options);
}

// What can be read beside refused layers is read, so that lowering finds what else cannot run. An error may follow from what is
// not known of the refused layers, so the refusals are reported instead; weights that were not read are made up.
void load_known_weights(LayerGraph& graph, const Package& package, const LoadSource& source) {
  graph.is_partial = true;
  try {
    load_weights(graph, package, source);
  } catch (const ModelError&) {
  }
  if (!graph.make_weight) fill_unknown(graph);
}

// Moves each tensor once, even if several layers share it.
void move_to_scratch(LayerGraph& graph, const std::filesystem::path& folder) {
  graph.scratch = std::make_shared<files::ScratchFile>(folder);
  std::map<std::shared_ptr<const Tensor>, std::shared_ptr<const Tensor>> moved;
  visit_layers(graph.root, [&](LayerInstance& layer) {
    for (WeightInfo& weight : layer.weights) {
      if (!weight.tensor || weight.tensor->dtype() == DType::string || weight.tensor->bytes() < files::ScratchFile::kFewestBytes)
        continue;
      std::shared_ptr<const Tensor>& there = moved[weight.tensor];
      if (!there) there = graph.scratch->moved(*weight.tensor);
      weight.tensor = there;
    }
  });
  graph.scratch->release();
}

std::optional<DType> compute_type(Precision precision) {
  if (precision == Precision::bfloat16) return DType::bfloat16;
  if (precision == Precision::float16) return DType::float16;
  return std::nullopt;
}

// A misspelt name would have no effect, so it is refused.
void check_replacements(const LayerGraph& graph, const CustomObjects& custom) {
  for (const auto& [name, definition] : custom.replacements) {
    bool found = false;
    std::string names;
    visit_layers(graph.root, [&, &name = name](const LayerInstance& layer) {
      found = found || layer.name == name || layer.path == name;
      if (!layer.is_root && names.size() < 500) names += (names.empty() ? "\"" : ", \"") + layer.path + '"';
    });
    if (!found)
      throw UsageError("the layer \"" + name + "\" is to be replaced, and " + graph.file + " has none of that name; it has " +
                       names);
  }
}

std::shared_ptr<LayerGraph> graph_of(const Package& package, const LoadSource& source, const SharedBudget& budget) {
  const FileFacts facts{package.file, package.keras_version, package.backend, package.is_keras_format && source.options.safe_mode,
                        source.options.safe_mode};
  std::shared_ptr<LayerGraph> graph = read_layer_graph(package.config, facts, source.options.custom_objects);
  check_replacements(*graph, source.options.custom_objects);
  graph->assets = package.assets;
  graph->budget = budget;
  if (package.is_keras_format && graph->dialect.major >= 3) {
    graph->archive_config = package.config;
    graph->date_saved = package.date_saved;
  }
  graph->optimizer = package.optimizer;
  graph->compilation = package.compilation;
  return graph;
}

std::shared_ptr<const KerasModel> model_of_function(const std::shared_ptr<const FunctionModel>& function, const std::string& file,
                                                    const LoadSource& source, const SharedBudget& budget) {
  if (!source.options.weights.empty() || source.synthetic_weights)
    throw UsageError("LoadOptions::weights is given, but " + file +
                     " is read as a function of TensorFlow, which has its own variables");
  const std::shared_ptr<LayerGraph> graph = function_layer_graph(function, file);
  check_replacements(*graph, source.options.custom_objects);
  graph->budget = budget;
  if (!source.options.scratch_folder.empty()) move_to_scratch(*graph, source.options.scratch_folder);
  return std::make_shared<const KerasModel>(graph, source.options.custom_objects, compute_type(source.options.precision));
}

// If layers of a SavedModel are refused, its function may still run; null where it does not. `refusals` then covers both.
std::shared_ptr<const KerasModel> function_beside(const Package& package, const LoadSource& source, const SharedBudget& budget,
                                                  std::vector<UnsupportedError::Item>& refusals) {
  if (package.checkpoint == nullptr) return nullptr;
  try {
    return model_of_function(read_function_model(package.file, {}, budget), package.file, source, budget);
  } catch (const UnsupportedError& error) {
    refusals.insert(refusals.end(), error.items.begin(), error.items.end());
  } catch (const ModelError&) {  // the function cannot be read either: the message is about the layers
  }
  return nullptr;
}

std::shared_ptr<const KerasModel> model_of(const Package& package, const LoadSource& source, const SharedBudget& budget);

// The config is read again, so that no layer is shared. An archive stays open for its vocabularies, other files of weights do
// not.
KerasModel::Reload reloading(Package package, LoadSource source) {
  if (!package.assets) package.weights = nullptr;
  package.checkpoint = nullptr;
  source.synthetic_weights.reset();
  return [package = std::move(package), source = std::move(source)](const std::filesystem::path& weights) {
    LoadSource other = source;
    other.options.weights = weights;
    return model_of(package, other, std::make_shared<files::MemoryBudget>(other.options.max_bytes));
  };
}

std::shared_ptr<const KerasModel> model_of(const Package& package, const LoadSource& source, const SharedBudget& budget) {
  if (package.function != nullptr) return model_of_function(package.function, package.file, source, budget);
  if (!source.options.signature.empty())
    throw UsageError("LoadOptions::signature is \"" + source.options.signature + "\", but " + package.file +
                     " is neither a SavedModel nor a frozen graph; only those have signatures");
  const std::shared_ptr<LayerGraph> graph = graph_of(package, source, budget);
  std::vector<UnsupportedError::Item> refusals = refusals_in(*graph->root);
  if (!refusals.empty()) {
    if (auto model = function_beside(package, source, budget, refusals)) return model;
  }
  if (graph->root->network == nullptr) throw_refusals(graph->file, std::move(refusals));
  if (refusals.empty())
    load_weights(*graph, package, source);
  else
    load_known_weights(*graph, package, source);
  open_saved_models(*graph);
  if (!source.options.scratch_folder.empty()) move_to_scratch(*graph, source.options.scratch_folder);
  auto model = std::make_shared<KerasModel>(graph, source.options.custom_objects, compute_type(source.options.precision));
  model->set_reload(reloading(package, source), reading_into(source.options));
  return model;
}

// Weights that no file holds, or whose place in it is unknown, get the shapes that lowering asks for and undefined values.
std::shared_ptr<const KerasModel> description_of(const Package& package, const LoadSource& source, const SharedBudget& budget) {
  const std::shared_ptr<LayerGraph> graph = graph_of(package, source, budget);
  if (graph->root->network == nullptr) throw_refusals(graph->file, refusals_in(*graph->root));
  graph->make_weight = [](const LayerInstance& layer, const std::string&, const Dims& dims) {
    return std::make_shared<const Tensor>(layer.policy.variable, dims);
  };
  load_known_weights(*graph, package, source);
  return std::make_shared<const KerasModel>(graph, source.options.custom_objects, std::nullopt, Purpose::describe);
}

// A model that only summary() or load_weights() reads may have been compiled with anything.
std::shared_ptr<const KerasModel> registered(std::shared_ptr<const KerasModel> model, const LoadSource& source) {
  if (source.for_evaluation) check_compilation(model->graph(), source.options.custom_objects);
  return model;
}

}  // namespace

std::shared_ptr<const KerasModel> describe_model(const LoadSource& source) {
  const auto budget = std::make_shared<files::MemoryBudget>(source.options.max_bytes);
  const Package package = open_path(source.path, source.options, budget);
  const bool has_weights =
      package.weights != nullptr || package.checkpoint != nullptr || !source.options.weights.empty() || source.synthetic_weights;
  if (package.is_architecture && !has_weights) return description_of(package, source, budget);
  try {
    return model_of(package, source, budget);
  } catch (const UnsupportedError&) {
    if (package.function != nullptr) throw;
    return description_of(package, source, budget);
  }
}

files::Hdf5File open_weights(const LoadSource& source) {
  const auto budget = std::make_shared<files::MemoryBudget>(source.options.max_bytes);
  const Package package = open_path(source.path, source.options, budget);
  if (auto file = weights_file(package, source.options, budget)) return std::move(*file);
  if (package.checkpoint != nullptr || checkpoint_of(package, source.options, budget) != nullptr)
    throw ModelError(package.file + " has its weights in a checkpoint of TensorFlow, which is no HDF5 file");
  throw ModelError(package.file + package.no_weights);
}

std::shared_ptr<const host::ModelSource> open_model(const LoadSource& source) {
  const auto budget = std::make_shared<files::MemoryBudget>(source.options.max_bytes);
  return registered(model_of(open_path(source.path, source.options, budget), source, budget), source);
}

std::shared_ptr<const host::ModelSource> open_model(const std::filesystem::path& path, const LoadOptions& options) {
  return open_model({.path = path, .options = options, .synthetic_weights = {}});
}

std::shared_ptr<const host::ModelSource> open_model(std::span<const std::byte> bytes, const LoadOptions& options) {
  const auto budget = std::make_shared<files::MemoryBudget>(options.max_bytes);
  files::Debit debit(*budget, bytes.size(), "the copy of a model in memory");
  const SharedBytes source = files::from_memory({bytes.begin(), bytes.end()}, "model in memory", budget, std::move(debit));
  const LoadSource from{.path = {}, .options = options, .synthetic_weights = {}};
  return registered(model_of(open_bytes(source, options), from, budget), from);
}

}  // namespace keraunos::loader
