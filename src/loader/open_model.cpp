// Which format a file has is asked of its bytes, never of its name: there are HDF5 files named ".keras", and archives inside
// archives.
#include "loader/open_model.h"

#include <algorithm>

#include "loader/files/zip.h"
#include "loader/keras/keras_model.h"
#include "loader/keras/reader.h"
#include "loader/keras/weights.h"
#include "loader/package.h"

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

Package open_bytes(const SharedBytes& bytes, const LoadOptions& options) {
  if (static_cast<uint64_t>(bytes->size()) > options.max_bytes) {
    throw ModelError(bytes->name() + " has " + std::to_string(bytes->size()) + " bytes, more than the " +
                     std::to_string(options.max_bytes) + " that LoadOptions::max_bytes (--max-bytes) allows");
  }
  if (bytes->size() == 0) throw ModelError(bytes->name() + " is empty (0 bytes); copy or download it again");
  if (files::is_zip(*bytes)) return open_archive(bytes, options);
  if (files::is_hdf5(*bytes)) return open_hdf5(bytes, options);
  if (looks_like_json(*bytes)) return open_json(bytes, options);
  if (bytes->name().ends_with(".pb")) {
    throw ModelError(bytes->name() +
                     " belongs to a TensorFlow SavedModel, a format that is not supported yet; save the model as .keras");
  }
  throw ModelError(bytes->name() +
                   " is no Keras model: it is neither a .keras archive (zip) nor HDF5 nor an architecture in JSON; write one with Keras's "
                   "model.save(\"model.keras\")");
}

Package open_path(const std::filesystem::path& path, const LoadOptions& options, const SharedBudget& budget) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw ModelError("there is no file or folder " + path.string() + (path.is_relative() ? ", counted from " + std::filesystem::current_path(error).string() : ""));
  }
  if (std::filesystem::is_directory(path, error)) return open_folder(path, options, budget);
  return open_bytes(files::open_file(path.string(), budget), options);
}

void load_weights(LayerGraph& graph, const Package& package, const LoadSource& source) {
  if (source.synthetic_weights) return fill_synthetic(graph, *source.synthetic_weights);
  SharedBytes bytes = package.weights;
  if (!source.options.weights.empty()) bytes = files::open_file(source.options.weights.string(), graph.budget);
  if (bytes != nullptr) {
    if (!files::is_hdf5(*bytes))
      throw ModelError(bytes->name() + " is no HDF5 file; weights are read from .h5 and .weights.h5 files");
    return read_weights(graph, files::Hdf5File(bytes, source.options.hdf5));
  }
  if (has_weights(*graph.root)) throw ModelError(package.file + package.no_weights);
}

std::optional<DType> compute_type(Precision precision) {
  if (precision == Precision::bfloat16) return DType::bfloat16;
  if (precision == Precision::float16) return DType::float16;
  return std::nullopt;
}

std::shared_ptr<const host::ModelSource> model_of(const Package& package, const LoadSource& source, const SharedBudget& budget) {
  const FileFacts facts{package.file, package.keras_version, package.backend};
  const std::shared_ptr<LayerGraph> graph = read_layer_graph(package.config, facts, source.options.custom_objects);
  graph->assets = package.assets;
  graph->budget = budget;
  graph->optimizer = package.optimizer;
  // What cannot run has no known weights to look for; lowering goes on with made-up ones to find everything else that cannot run.
  std::vector<UnsupportedError::Item> refusals = refusals_in(*graph->root);
  if (graph->root->network == nullptr) throw_refusals(graph->file, std::move(refusals));
  if (refusals.empty())
    load_weights(*graph, package, source);
  else
    fill_unknown(*graph);
  return std::make_shared<const KerasModel>(graph, source.options.custom_objects, compute_type(source.options.precision));
}

}  // namespace

std::shared_ptr<const host::ModelSource> open_model(const LoadSource& source) {
  const auto budget = std::make_shared<files::MemoryBudget>(source.options.max_bytes);
  return model_of(open_path(source.path, source.options, budget), source, budget);
}

std::shared_ptr<const host::ModelSource> open_model(const std::filesystem::path& path, const LoadOptions& options) {
  return open_model({.path = path, .options = options, .synthetic_weights = {}});
}

std::shared_ptr<const host::ModelSource> open_model(std::span<const std::byte> bytes, const LoadOptions& options) {
  const auto budget = std::make_shared<files::MemoryBudget>(options.max_bytes);
  files::Debit debit(*budget, bytes.size(), "the copy of a model in memory");
  const SharedBytes source = files::from_memory({bytes.begin(), bytes.end()}, "model in memory", budget, std::move(debit));
  return model_of(open_bytes(source, options), {.path = {}, .options = options, .synthetic_weights = {}}, budget);
}

}  // namespace keraunos::loader
