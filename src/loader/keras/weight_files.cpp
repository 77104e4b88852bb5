#include "loader/keras/weight_files.h"

#include <algorithm>
#include <set>

#include "keraunos/error.h"
#include "loader/files/json.h"

namespace keraunos::loader {

using files::Json;

namespace {

constexpr size_t kMostShards = 10'000;

void add_name(const Json& name, const std::string& list, std::set<std::string>& names) {
  if (!name.is_string())
    throw ModelError(list + ": \"weight_map\" should name files, found " + std::string(files::name_of(name.kind())));
  const std::string& text = name.as_string();
  if (text.empty() || text == "." || text == ".." || text.find_first_of("/\\") != std::string::npos)
    throw ModelError(list + ": \"weight_map\" should name files beside it, found \"" + text + '"');
  names.insert(text);
  if (names.size() > kMostShards) throw ModelError(list + ": \"weight_map\" names more than 10000 files");
}

std::set<std::string> names_in(const Json& list, const std::string& file) {
  const Json* map = list.is_object() ? list.find("weight_map") : nullptr;
  if (map == nullptr || !map->is_object())
    throw ModelError(file + " names no shards of weights: it has no \"weight_map\", which Keras writes into a .weights.json");
  std::set<std::string> names;
  for (const auto& [path, value] : map->members()) {
    if (!value.is_array()) {
      add_name(value, file, names);
      continue;
    }
    for (const Json& name : value.items()) add_name(name, file, names);
  }
  if (names.empty()) throw ModelError(file + ": \"weight_map\" names no file");
  return names;
}

}  // namespace

WeightFiles::WeightFiles(std::vector<const files::Hdf5File*> files, std::string name)
    : files_(std::move(files)), name_(std::move(name)) {
  for (const files::Hdf5File* file : files_) {
    for (std::string& path : file->datasets()) {
      const auto [other, is_new] = by_path_.emplace(path, file);
      if (!is_new) throw ModelError(name_ + ": \"" + path + "\" is in " + other->second->name() + " and in " + file->name());
      datasets_.emplace_back(std::move(path), file);
    }
  }
}

bool WeightFiles::is_group(std::string_view path) const {
  return std::any_of(files_.begin(), files_.end(), [&](const files::Hdf5File* file) { return file->is_group(path); });
}

std::vector<std::string> WeightFiles::children(std::string_view path) const {
  std::set<std::string> names;
  for (const files::Hdf5File* file : files_) {
    if (!file->is_group(path)) continue;
    for (std::string& name : file->children(path)) names.insert(std::move(name));
  }
  return {names.begin(), names.end()};
}

std::optional<std::string> WeightFiles::attribute_text(std::string_view path, std::string_view name) const {
  for (const files::Hdf5File* file : files_) {
    if (!file->has(path)) continue;
    if (auto text = file->attribute_text(path, name)) return text;
  }
  return std::nullopt;
}

bool is_list_of_shards(const std::filesystem::path& path) { return path.string().ends_with(".weights.json"); }

std::vector<files::Hdf5File> open_shards(const std::filesystem::path& list, const LoadOptions& options,
                                         const files::SharedBudget& budget) {
  const files::SharedBytes bytes = files::open_file(list.string(), budget);
  const Json json = Json::parse(files::read_text(*bytes), bytes->name(), budget.get());
  const std::filesystem::path folder = list.has_parent_path() ? list.parent_path() : std::filesystem::path(".");
  std::vector<files::Hdf5File> shards;
  for (const std::string& name : names_in(json, bytes->name())) {
    const files::SharedBytes shard = files::open_inside(folder, name, budget);
    if (!files::is_hdf5(*shard)) throw ModelError(shard->name() + ", which " + bytes->name() + " names, is no HDF5 file");
    shards.emplace_back(shard, options.hdf5);
  }
  return shards;
}

}  // namespace keraunos::loader
