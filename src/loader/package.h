// The parts of a model file, whatever its format: config, weights, assets, and what the file says of its writer.
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
  files::SharedBytes weights;                    ///< an HDF5 file, or none
  std::shared_ptr<const Checkpoint> checkpoint;  ///< of a SavedModel, in place of an HDF5 file
  std::string no_weights;                        ///< the end of a sentence that says why there are none
  bool is_keras_format = false;                  ///< config.json in an archive or a folder: where LoadOptions::safe_mode applies
  bool is_architecture = false;                  ///< without weights: an architecture in JSON
  Assets assets;
  std::shared_ptr<const FunctionModel> function{};  ///< of a SavedModel that is read by its graph, in place of all of the above
  std::optional<OptimizerFacts> optimizer;          ///< none: not compiled, or LoadOptions::compile says not to look
  std::optional<Compilation> compilation;           ///< the same
};

/// A `.keras` archive, also one that is packed into another zip.
Package open_archive(const files::SharedBytes& bytes, const LoadOptions& options);
/// The same unpacked, or a SavedModel.
Package open_folder(const std::filesystem::path& path, const LoadOptions& options, const files::SharedBudget& budget);
/// A full model in legacy HDF5.
Package open_hdf5(const files::SharedBytes& bytes, const LoadOptions& options);
/// Model.to_json(), whose weights lie in a file of their own.
Package open_json(const files::SharedBytes& bytes, const LoadOptions& options);
/// The same in YAML, Model.to_yaml() of Keras 1 and 2.
Package open_yaml(const files::SharedBytes& bytes, const LoadOptions& options);

}  // namespace keraunos::loader
