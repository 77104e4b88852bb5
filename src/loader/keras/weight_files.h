// The HDF5 files with a model's weights: one file, or the shards listed in a `.weights.json` of Keras 3.10 and later.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keraunos/model.h"
#include "loader/files/hdf5.h"

namespace keraunos::loader {

/// Files that are read as one; they must outlive this object. ModelError if two files contain the same dataset.
class WeightFiles {
 public:
  explicit WeightFiles(const files::Hdf5File& file) : WeightFiles(std::vector<const files::Hdf5File*>{&file}, file.name()) {}
  WeightFiles(std::vector<const files::Hdf5File*> files, std::string name);

  const std::string& name() const noexcept { return name_; }
  /// All datasets with their files: depth first and sorted by name within each file.
  const std::vector<std::pair<std::string, const files::Hdf5File*>>& datasets() const noexcept { return datasets_; }
  bool is_group(std::string_view path) const;
  std::vector<std::string> children(std::string_view path) const;
  std::optional<std::string> attribute_text(std::string_view path, std::string_view name) const;
  /// The file that contains a dataset.
  const files::Hdf5File& file_of(const std::string& dataset) const { return *by_path_.at(dataset); }
  files::Hdf5File::Dataset dataset(const std::string& path) const { return file_of(path).dataset(path); }

 private:
  std::vector<const files::Hdf5File*> files_;
  std::string name_;
  std::vector<std::pair<std::string, const files::Hdf5File*>> datasets_;
  std::map<std::string, const files::Hdf5File*> by_path_;
};

/// The shards listed in a `.weights.json`, which are in its folder. ModelError if it is malformed or lists anything but a file of
/// that folder.
std::vector<files::Hdf5File> open_shards(const std::filesystem::path& list, const LoadOptions& options,
                                         const files::SharedBudget& budget);

/// True if the path ends with `.weights.json`: Keras recognises the format by the name.
bool is_list_of_shards(const std::filesystem::path& path);

}  // namespace keraunos::loader
