#include "loader/open_weights.h"

#include <algorithm>

#include "loader/evaluate/compiled.h"
#include "loader/files/zip.h"
#include "loader/keras/weight_files.h"
#include "loader/keras/weights.h"
#include "loader/saving/optimizer_variables.h"

namespace keraunos::loader {

using files::SharedBudget;
using files::SharedBytes;

namespace {

// A vocabulary is read from the archive when the weights come from another file.
void locate_assets(LayerGraph& graph, const Package& package, const LoadOptions& options) {
  if (!package.assets || package.weights == nullptr || !files::is_hdf5(*package.weights)) return;
  const files::Hdf5File file(package.weights, options.hdf5);
  if (is_v3_weights(file)) locate_layers(graph, file);
}

// The file is kept open, because the optimizer's variables are read later.
void note_optimizer(LayerGraph& graph, const files::Hdf5File& file, const LoadOptions& options) {
  graph.read_optimizer = nullptr;
  if (!has_optimizer_variables(file)) return;
  graph.read_optimizer = [bytes = file.source(), reader = options.hdf5] {
    return read_optimizer_variables(files::Hdf5File(bytes, reader));
  };
}

void note_optimizer(LayerGraph& graph, const std::vector<files::Hdf5File>& shards, const LoadOptions& options) {
  graph.read_optimizer = nullptr;
  if (std::none_of(shards.begin(), shards.end(), [](const auto& shard) { return has_optimizer_variables(shard); })) return;
  std::vector<SharedBytes> all;
  for (const files::Hdf5File& shard : shards) all.push_back(shard.source());
  graph.read_optimizer = [all = std::move(all), reader = options.hdf5] {
    std::vector<files::Hdf5File> opened;
    for (const SharedBytes& bytes : all) opened.emplace_back(bytes, reader);
    return read_optimizer_variables(opened);
  };
}

void note_optimizer(LayerGraph& graph, const std::shared_ptr<const Checkpoint>& checkpoint) {
  graph.read_optimizer = nullptr;
  if (graph.compilation) graph.compilation->iterations = iterations_in(*checkpoint);
  if (has_optimizer_variables(*checkpoint))
    graph.read_optimizer = [checkpoint, budget = graph.budget] {
      NamedTensors variables = read_optimizer_variables(*checkpoint);
      for (const auto& [name, tensor] : variables) budget->give_back(static_cast<uint64_t>(tensor->bytes()));
      return variables;
    };
  else if (graph.compilation && graph.compilation->iterations.value_or(0) > 0)
    graph.unread_optimizer = "those of a checkpoint of an optimizer before Keras 2.11 are not read";
}

void read_shards(LayerGraph& graph, const LoadOptions& options, const SharedBudget& budget,
                 const LoadWeightsOptions* into = nullptr) {
  const std::vector<files::Hdf5File> shards = open_shards(options.weights, options, budget);
  std::vector<const files::Hdf5File*> files;
  for (const files::Hdf5File& shard : shards) files.push_back(&shard);
  note_optimizer(graph, shards, options);
  graph.weights_file = options.weights.string();
  read_v3_weights(graph, WeightFiles(std::move(files), graph.weights_file), into);
}

void read_saved_weights(LayerGraph& graph, const Package& package, const LoadSource& source) {
  if (const auto checkpoint = checkpoint_of(package, source.options, graph.budget)) {
    note_optimizer(graph, checkpoint);
    return read_checkpoint_weights(graph, *checkpoint);
  }
  if (is_list_of_shards(source.options.weights)) return read_shards(graph, source.options, graph.budget);
  if (const auto file = weights_file(package, source.options, graph.budget)) {
    note_optimizer(graph, *file, source.options);
    return read_weights(graph, *file);
  }
  if (has_weights(*graph.root)) throw ModelError(package.file + package.no_weights);
}

}  // namespace

std::optional<files::Hdf5File> weights_file(const Package& package, const LoadOptions& options, const SharedBudget& budget) {
  SharedBytes bytes = options.weights.empty() ? package.weights : files::open_file(options.weights.string(), budget);
  if (bytes == nullptr) return std::nullopt;
  files::refuse_lfs_pointer(*bytes);
  if (!options.weights.empty() && files::is_zip(*bytes)) {  // a whole model
    const Package other = open_archive(bytes, options);
    if (other.weights == nullptr) throw ModelError(other.file + other.no_weights);
    bytes = other.weights;
  }
  if (!files::is_hdf5(*bytes))
    throw ModelError(bytes->name() + " is no HDF5 file; weights are read from .h5 and .weights.h5 files");
  return files::Hdf5File(bytes, options.hdf5);
}

std::shared_ptr<const Checkpoint> checkpoint_of(const Package& package, const LoadOptions& options, const SharedBudget& budget) {
  if (options.weights.empty()) return package.checkpoint;
  std::error_code error;
  if (std::filesystem::exists(options.weights / "saved_model.pb", error))
    return open_checkpoint(options.weights, "variables/variables", budget);
  const bool is_index = options.weights.extension() == ".index";
  const std::filesystem::path prefix = is_index ? std::filesystem::path(options.weights).replace_extension() : options.weights;
  return std::filesystem::exists(prefix.string() + ".index", error) ? open_checkpoint({}, prefix, budget) : nullptr;
}

void load_weights(LayerGraph& graph, const Package& package, const LoadSource& source) {
  if (source.synthetic_weights)
    fill_synthetic(graph, *source.synthetic_weights);
  else
    read_saved_weights(graph, package, source);
  if (source.synthetic_weights || !source.options.weights.empty()) locate_assets(graph, package, source.options);
}

KerasModel::ReadInto reading_into(const LoadOptions& options) {
  return [options](LayerGraph& graph, const std::filesystem::path& weights, const LoadWeightsOptions& how) {
    LoadOptions other = options;
    other.weights = weights;
    const Package none;
    graph.budget = std::make_shared<files::MemoryBudget>(options.max_bytes);
    graph.unread_optimizer.clear();
    if (checkpoint_of(none, other, graph.budget) != nullptr)
      throw UsageError(weights.string() + " is a checkpoint of TensorFlow, which is read without by_name and skip_mismatch");
    if (is_list_of_shards(weights)) {
      if (how.by_name)
        throw UsageError(weights.string() + " names weights files of Keras 3; by_name is for legacy HDF5 files, as in Keras");
      return read_shards(graph, other, graph.budget, &how);
    }
    const std::optional<files::Hdf5File> file = weights_file(none, other, graph.budget);
    if (!file) throw UsageError("load_weights() needs the name of a file");
    note_optimizer(graph, *file, options);
    read_weights(graph, *file, &how);
  };
}

}  // namespace keraunos::loader
