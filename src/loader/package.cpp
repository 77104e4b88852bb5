#include "loader/package.h"

#include <algorithm>

#include "keraunos/error.h"
#include "loader/files/hdf5.h"
#include "loader/files/yaml.h"
#include "loader/files/zip.h"
#include "loader/tf/saved_model.h"

namespace keraunos::loader {

using files::Json;
using files::SharedBytes;

namespace {

constexpr const char* kPickles =
    ": its weights are a .npz of Python pickles, which are never read; save the model again with Keras's default format";
constexpr const char* kNoMember =
    ": it holds no model.weights.h5; save the model again, or give its weights as LoadOptions::weights (--weights)";

std::string text_of(const Json& object, std::string_view key) {
  const Json* value = object.is_object() ? object.find(key) : nullptr;
  return value != nullptr && value->is_string() ? value->as_string() : std::string();
}

bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

SharedJson parse(std::string_view text, const std::string& what, files::MemoryBudget& budget) {
  return std::make_shared<const Json>(Json::parse(text, what, &budget));
}

// Predictions do not need the compilation, but Keras refuses a file whose compilation it cannot read (2.15 and 3.15).
constexpr const char* kWithoutCompiling =
    "; it says how the model was trained: load with LoadOptions::compile = false (--no-compile) to do without it";

std::optional<OptimizerFacts> compiled_in(const SharedJson& holder, const std::string& what, const char* key,
                                          bool knows_variables) {
  if (!holder->is_object())
    throw ModelError(what + " should be an object, found " + std::string(files::name_of(holder->kind())) + kWithoutCompiling);
  const Json* optimizer = holder->find(key);
  if (optimizer == nullptr || !optimizer->is_object()) return std::nullopt;
  return OptimizerFacts{{holder, optimizer}, knows_variables};
}

void read_compile_config(Package& package, const LoadOptions& options) {
  const Json* compiled = package.config->is_object() ? package.config->find("compile_config") : nullptr;
  if (!options.compile || compiled == nullptr || compiled->is_null()) return;
  const SharedJson config{package.config, compiled};
  package.optimizer = compiled_in(config, package.file + ", compile_config", "optimizer", true);
  // Keras 3.15 writes {} for a model that is not compiled.
  if (compiled->size() > 0) package.compilation = Compilation{.config = config};
}

// If the file does not contain the optimizer's variables, Keras 3 does not count them.
void read_training_config(Package& package, const files::Hdf5File& file) {
  const std::string what = package.file + ", training_config";
  SharedJson training;
  try {
    const auto text = file.attribute_text("", "training_config");
    if (!text) return;
    training = parse(*text, what, file.source()->budget());
  } catch (const ModelError& error) {
    throw ModelError(error.what() + std::string(kWithoutCompiling));
  }
  const auto optimizer = compiled_in(training, what, "optimizer_config", false);
  if (file.has("optimizer_weights")) package.optimizer = optimizer;
  package.compilation = Compilation{.config = training, .is_legacy = true};
}

void read_metadata(Package& package, const Json& metadata) {
  package.keras_version = text_of(metadata, "keras_version");
  package.date_saved = text_of(metadata, "date_saved");
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

Package open_saved_model(const std::filesystem::path& path, const LoadOptions& options, const files::SharedBudget& budget) {
  Package package;
  package.file = path.string();
  std::optional<SavedModel> described;
  if (options.signature.empty()) described = read_saved_model(path, budget);
  if (!described) {
    package.function = read_function_model(path, options.signature, budget);
    return package;
  }
  SavedModel& model = *described;
  package.keras_version = text_of(model.metadata, "keras_version");
  package.backend = text_of(model.metadata, "backend");
  package.config = std::make_shared<const Json>(model.metadata["model_config"]);
  if (const Json* training = model.metadata.find("training_config");
      options.compile && training != nullptr && training->is_object())
    package.compilation = Compilation{.config = std::make_shared<const Json>(*training), .is_legacy = true};
  package.assets = std::move(model.assets);
  package.checkpoint = open_checkpoint(path, "variables/variables", budget);
  return package;
}

Package architecture(const files::ByteSource& bytes, Json config, const std::string& language, const LoadOptions& options) {
  Package package;
  package.file = bytes.name();
  if (!config.is_object() || config.find("class_name") == nullptr || config.find("config") == nullptr) {
    throw ModelError(package.file + " is " + language +
                     ", but no architecture of a model: it lacks \"class_name\" or \"config\"");
  }
  package.keras_version = text_of(config, "keras_version");
  package.backend = text_of(config, "backend");
  package.config = std::make_shared<const Json>(std::move(config));
  read_compile_config(package, options);
  package.is_architecture = true;
  package.no_weights = " is an architecture without weights: give the weights' file as LoadOptions::weights (--weights)";
  return package;
}

}  // namespace

Package open_archive(const SharedBytes& bytes, const LoadOptions& options) {
  const auto archive = std::make_shared<const files::ZipArchive>(bytes);
  if (archive->find("config.json") == nullptr) return open_packed(*archive, options);
  Package package;
  package.file = bytes->name();
  package.is_keras_format = true;
  package.config = parse(archive->read_text("config.json"), package.file + "/config.json", bytes->budget());
  if (archive->find("metadata.json") != nullptr) {
    read_metadata(package, *parse(archive->read_text("metadata.json"), package.file + "/metadata.json", bytes->budget()));
  }
  read_compile_config(package, options);
  if (archive->find("model.weights.h5") != nullptr) package.weights = archive->open("model.weights.h5");
  package.no_weights = archive->find("model.weights.npz") != nullptr ? kPickles : kNoMember;
  package.assets = [archive](const std::string& inner_path, const std::string& name) -> std::optional<std::string> {
    const std::string member = "assets/" + inner_path + '/' + name;
    if (archive->find(member) == nullptr) return std::nullopt;
    return archive->read_text(member);
  };
  return package;
}

Package open_folder(const std::filesystem::path& path, const LoadOptions& options, const files::SharedBudget& budget) {
  Package package;
  package.file = path.string();
  if (!is_there(path / "config.json")) {
    if (is_there(path / "saved_model.pb")) return open_saved_model(path, options, budget);
    throw ModelError(package.file +
                     " is a folder, but no Keras model: it holds no config.json; give the .keras or .h5 file itself");
  }
  const auto read = [&](const char* name) { return files::read_text(*files::open_inside(path, name, budget)); };
  package.is_keras_format = true;
  package.config = parse(read("config.json"), package.file + "/config.json", *budget);
  if (is_there(path / "metadata.json")) {
    read_metadata(package, *parse(read("metadata.json"), package.file + "/metadata.json", *budget));
  }
  read_compile_config(package, options);
  if (is_there(path / "model.weights.h5")) package.weights = files::open_inside(path, "model.weights.h5", budget);
  package.no_weights = is_there(path / "model.weights.npz") ? kPickles : kNoMember;
  package.assets = [path, budget](const std::string& inner_path, const std::string& name) -> std::optional<std::string> {
    const std::filesystem::path asset = std::filesystem::path("assets") / inner_path / name;
    if (!is_there(path / asset)) return std::nullopt;
    return files::read_text(*files::open_inside(path, asset, budget));
  };
  return package;
}

Package open_hdf5(const SharedBytes& bytes, const LoadOptions& options) {
  const files::Hdf5File file(bytes, options.hdf5);
  Package package;
  package.file = bytes->name();
  const auto config = file.attribute_text("", "model_config");
  if (!config) {
    throw ModelError(package.file +
                     " holds weights only, no architecture: load the architecture's JSON (or .keras) and give this file as "
                     "LoadOptions::weights (--weights)");
  }
  package.config = parse(*config, package.file + ", model_config", bytes->budget());
  package.keras_version = file.attribute_text("", "keras_version").value_or("");
  package.backend = file.attribute_text("", "backend").value_or("");
  if (options.compile) read_training_config(package, file);
  package.weights = bytes;
  package.no_weights = ": it holds no weights; save the model again, or give its weights as LoadOptions::weights (--weights)";
  return package;
}

Package open_json(const SharedBytes& bytes, const LoadOptions& options) {
  Json config = Json::parse(files::read_text(*bytes), bytes->name(), &bytes->budget());
  if (config.is_string())
    config = Json::parse(config.as_string(), bytes->name(), &bytes->budget());  // a JSON text that contains the JSON
  return architecture(*bytes, std::move(config), "JSON", options);
}

Package open_yaml(const SharedBytes& bytes, const LoadOptions& options) {
  return architecture(*bytes, files::parse_yaml(files::read_text(*bytes), bytes->name(), bytes->budget()), "YAML", options);
}
}  // namespace keraunos::loader
