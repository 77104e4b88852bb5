#include "triton/model_file.h"

#include <algorithm>
#include <vector>

#include "keraunos/error.h"

namespace keraunos::triton {
namespace {

namespace fs = std::filesystem;

/// The default_model_filename that Triton sets for a model folder NAME.keraunos.
constexpr const char* kFilledIn = "model.keraunos";

bool is_model_folder(const fs::path& folder) {
  return fs::exists(folder / "saved_model.pb") || fs::exists(folder / "saved_model.pbtxt") || fs::exists(folder / "config.json");
}

bool is_model(const fs::path& path) {
  if (fs::is_directory(path)) return is_model_folder(path);
  const fs::path suffix = path.extension();
  return suffix == ".keras" || suffix == ".h5" || suffix == ".hdf5";
}

}  // namespace

fs::path model_file(const fs::path& version_folder, const std::string& name) {
  if (!name.empty()) {
    fs::path file = version_folder / name;
    if (!fs::exists(file) && name == kFilledIn) return model_file(version_folder, "");
    if (!fs::exists(file)) throw ModelError("default_model_filename is \"" + name + "\", but there is no " + file.string());
    return file;
  }
  if (!fs::is_directory(version_folder)) throw ModelError("there is no folder " + version_folder.string());
  if (is_model_folder(version_folder)) return version_folder;
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(version_folder)) {
    if (is_model(entry.path())) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  if (found.size() == 1) return found[0];
  std::string names;
  for (const fs::path& path : found) names += (names.empty() ? "" : ", ") + path.filename().string();
  throw ModelError(version_folder.string() + " must hold one model (.keras, .h5, .hdf5 or a SavedModel folder), found " +
                   (names.empty() ? "none" : names) + "; name the file in default_model_filename");
}

}  // namespace keraunos::triton
