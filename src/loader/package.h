// The parts of a model file of any format: config, weights, assets, and facts about its writer.
#pragma once

#include <filesystem>
#include <string>

#include "keraunos/model.h"
#include "loader/files/bytes.h"
#include "loader/keras/layer_graph.h"
#include "loader/tf/checkpoint.h"
#include "loader/tf/function_model.h"

namespace keraunos::loader {

struct Package {
  std::string file;
  SharedJson config;
  std::string keras_version, backend, date_saved;
  files::SharedBytes weights;                    ///< an HDF5 file, or null
  std::shared_ptr<const Checkpoint> checkpoint;  ///< of a SavedModel, instead of an HDF5 file
  std::string no_weights;                        ///< the end of a message: the reason why there are no weights
  bool is_keras_format = false;                  ///< config.json in an archive or a folder: LoadOptions::safe_mode applies
  bool is_architecture = false;                  ///< without weights: an architecture in JSON
  Assets assets;
  std::shared_ptr<const FunctionModel> function{};  ///< of a SavedModel that is read by its graph, instead of all members above
  std::optional<OptimizerFacts> optimizer;          ///< absent: not compiled, or LoadOptions::compile is false
  std::optional<Compilation> compilation;           ///< the same
};

/// A `.keras` archive, possibly inside another zip.
Package open_archive(const files::SharedBytes& bytes, const LoadOptions& options);
/// The same as a folder, or a SavedModel.
Package open_folder(const std::filesystem::path& path, const LoadOptions& options, const files::SharedBudget& budget);
/// A full model in legacy HDF5.
Package open_hdf5(const files::SharedBytes& bytes, const LoadOptions& options);
/// Model.to_json(), whose weights are in another file.
Package open_json(const files::SharedBytes& bytes, const LoadOptions& options);
/// The same as YAML: Model.to_yaml() of Keras 1 and 2.
Package open_yaml(const files::SharedBytes& bytes, const LoadOptions& options);

}  // namespace keraunos::loader
