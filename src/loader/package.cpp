#include "loader/package.h"

#include <algorithm>

#include "keraunos/error.h"
#include "loader/files/hdf5.h"
#include "loader/files/zip.h"

namespace keraunos::loader {

using files::Json;
using files::SharedBytes;

namespace {

constexpr const char* kPickles =
    ": its weights are a .npz of Python pickles, which are never read; save the model again with Keras's default format";
constexpr const char* kNoMember = ": it holds no model.weights.h5; save the model again, or give its weights as LoadOptions::weights";

std::string text_of(const Json& object, std::string_view key) {
  const Json* value = object.is_object() ? object.find(key) : nullptr;
  return value != nullptr && value->is_string() ? value->as_string() : std::string();
}

SharedJson parse(std::string_view text, const std::string& what) { return std::make_shared<const Json>(Json::parse(text, what)); }

std::optional<OptimizerFacts> compiled_in(const SharedJson& holder, const char* key, bool knows_variables) {
  const Json* optimizer = holder->is_object() ? holder->find(key) : nullptr;
  if (optimizer == nullptr || !optimizer->is_object()) return std::nullopt;
  return OptimizerFacts{{holder, optimizer}, knows_variables};
}

std::optional<OptimizerFacts> optimizer_in(const SharedJson& model) {
  const Json* compiled = model->is_object() ? model->find("compile_config") : nullptr;
  return compiled == nullptr ? std::nullopt : compiled_in({model, compiled}, "optimizer", true);
}

bool is_packed_archive(const files::ZipMember& member) { return member.name.ends_with(".keras"); }

Package open_packed(const files::ZipArchive& archive, const LoadOptions& options) {
  const auto members = archive.members();
  const auto inside = std::count_if(members.begin(), members.end(), is_packed_archive);
  if (inside == 1)
    return open_archive(archive.open(std::find_if(members.begin(), members.end(), is_packed_archive)->name), options);
  const bool arrays = !members.empty() && std::all_of(members.begin(), members.end(),
                                                      [](const auto& member) { return member.name.ends_with(".npy"); });
  if (arrays) throw ModelError(archive.name() + " is a .npz of arrays, no model");
  throw ModelError(archive.name() + " is a zip archive, but no Keras model: it holds no config.json");
}

}  // namespace

Package open_archive(const SharedBytes& bytes, const LoadOptions& options) {
  const auto limit = static_cast<int64_t>(std::min<uint64_t>(options.max_bytes, INT64_MAX));
  const auto archive = std::make_shared<const files::ZipArchive>(bytes, limit);
  if (archive->find("config.json") == nullptr) return open_packed(*archive, options);
  Package package;
  package.file = bytes->name();
  package.config = parse(archive->read_text("config.json"), package.file + "/config.json");
  if (archive->find("metadata.json") != nullptr) {
    package.keras_version =
        text_of(*parse(archive->read_text("metadata.json"), package.file + "/metadata.json"), "keras_version");
  }
  package.optimizer = optimizer_in(package.config);
  if (archive->find("model.weights.h5") != nullptr) package.weights = archive->open("model.weights.h5");
  package.no_weights = archive->find("model.weights.npz") != nullptr ? kPickles : kNoMember;
  package.assets = [archive](const std::string& inner_path, const std::string& name) -> std::optional<std::string> {
    const std::string member = "assets/" + inner_path + '/' + name;
    if (archive->find(member) == nullptr) return std::nullopt;
    return archive->read_text(member);
  };
  return package;
}

Package open_folder(const std::filesystem::path& path) {
  Package package;
  package.file = path.string();
  if (!std::filesystem::exists(path / "config.json")) {
    if (std::filesystem::exists(path / "saved_model.pb")) {
      throw ModelError(package.file +
                       " is a TensorFlow SavedModel, a format that is not supported yet; save the model as .keras");
    }
    throw ModelError(package.file + " is a folder, but no Keras model: it holds no config.json; give the .keras or .h5 file itself");
  }
  const auto read = [&](const char* name) { return files::read_text(*files::open_file((path / name).string())); };
  package.config = parse(read("config.json"), package.file + "/config.json");
  if (std::filesystem::exists(path / "metadata.json")) {
    package.keras_version = text_of(*parse(read("metadata.json"), package.file + "/metadata.json"), "keras_version");
  }
  package.optimizer = optimizer_in(package.config);
  if (std::filesystem::exists(path / "model.weights.h5"))
    package.weights = files::open_file((path / "model.weights.h5").string());
  package.no_weights = std::filesystem::exists(path / "model.weights.npz") ? kPickles : kNoMember;
  package.assets = [path](const std::string& inner_path, const std::string& name) -> std::optional<std::string> {
    std::filesystem::path file = path;
    for (const auto& part : std::filesystem::path("assets") / inner_path / name) {  // a link could lead out of the folder
      file /= part;
      if (std::filesystem::is_symlink(file)) throw ModelError(file.string() + " is a symbolic link, which is not followed");
    }
    if (!std::filesystem::exists(file)) return std::nullopt;
    return files::read_text(*files::open_file(file.string()));
  };
  return package;
}

Package open_hdf5(const SharedBytes& bytes) {
  const files::Hdf5File file(bytes);
  Package package;
  package.file = bytes->name();
  const auto config = file.attribute_text("", "model_config");
  if (!config) {
    throw ModelError(package.file +
                     " holds weights only, no architecture: load the architecture's JSON (or .keras) and give this file as "
                     "LoadOptions::weights");
  }
  package.config = parse(*config, package.file + ", model_config");
  package.keras_version = file.attribute_text("", "keras_version").value_or("");
  package.backend = file.attribute_text("", "backend").value_or("");
  if (const auto training = file.attribute_text("", "training_config"); training && file.has("optimizer_weights"))
    package.optimizer = compiled_in(parse(*training, package.file + ", training_config"), "optimizer_config", false);
  package.weights = bytes;
  package.no_weights = ": it holds no weights; save the model again, or give its weights as LoadOptions::weights";
  return package;
}

Package open_json(const SharedBytes& bytes) {
  Package package;
  package.file = bytes->name();
  Json config = Json::parse(files::read_text(*bytes), package.file);
  if (config.is_string()) config = Json::parse(config.as_string(), package.file);  // quoted once more
  if (!config.is_object() || config.find("class_name") == nullptr || config.find("config") == nullptr) {
    throw ModelError(package.file + " is JSON, but no architecture of a model: it lacks \"class_name\" or \"config\"");
  }
  package.keras_version = text_of(config, "keras_version");
  package.backend = text_of(config, "backend");
  package.config = std::make_shared<const Json>(std::move(config));
  package.optimizer = optimizer_in(package.config);
  package.no_weights = " is an architecture without weights: give the weights' file as LoadOptions::weights";
  return package;
}

}  // namespace keraunos::loader
