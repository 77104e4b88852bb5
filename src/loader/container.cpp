#include "loader/container.h"

#include "keraunos/error.h"
#include "loader/files/hdf5.h"
#include "loader/files/zip.h"

namespace keraunos::loader {
namespace {

using files::Json;
using files::SharedBytes;

SharedJson parsed(const std::string& text, const std::string& what) { return std::make_shared<const Json>(Json::parse(text, what)); }

std::string text_at(const Json& json, std::string_view key) {
  const Json* found = json.is_object() ? json.find(key) : nullptr;
  return found != nullptr && found->is_string() ? found->as_string() : std::string{};
}

[[noreturn]] void refuse_npz(const std::string& file) {
  throw ModelError(file + " holds its weights as model.weights.npz, which are Python pickles and are never opened; load it in Keras and save it again");
}

// An archive, or the same members in a folder: read by name.
struct Members {
  std::function<bool(const std::string&)> has;
  std::function<std::string(const std::string&)> text;
  std::function<SharedBytes(const std::string&)> open;
};

Container from_members(const std::string& file, const Members& members) {
  Container container;
  container.facts.file = file;
  if (members.has("metadata.json")) {
    container.facts.keras_version = text_at(*parsed(members.text("metadata.json"), file + "/metadata.json"), "keras_version");
  }
  container.config = parsed(members.text("config.json"), file + "/config.json");
  if (members.has("model.weights.h5")) container.weights = members.open("model.weights.h5");
  else if (members.has("model.weights.npz")) refuse_npz(file);
  else throw ModelError(file + " has no member model.weights.h5");
  container.assets = [members](const std::string& inner_path, const std::string& name) -> std::optional<std::string> {
    for (const std::string& folder : {inner_path, inner_path + "/_lookup_layer"}) {
      const std::string path = "assets/" + folder + '/' + name;
      if (members.has(path)) return members.text(path);
    }
    return std::nullopt;
  };
  return container;
}

Container from_zip(const SharedBytes& bytes, const LoadOptions& options) {
  const auto zip = std::make_shared<files::ZipArchive>(bytes, static_cast<int64_t>(std::min<uint64_t>(options.max_bytes, INT64_MAX)));
  const Members members{.has = [zip](const std::string& name) { return zip->find(name) != nullptr; },
                        .text = [zip](const std::string& name) { return zip->read_text(name); },
                        .open = [zip](const std::string& name) { return zip->open(name); }};
  if (members.has("config.json")) return from_members(bytes->name(), members);
  // A model zipped once more.
  const files::ZipMember* only = nullptr;
  for (const files::ZipMember& member : zip->members()) {
    if (!member.name.ends_with(".keras")) continue;
    if (only != nullptr) throw ModelError(bytes->name() + " is a zip archive with several .keras files; unpack it and load one");
    only = &member;
  }
  if (only == nullptr) throw ModelError(bytes->name() + " is a zip archive without config.json, so it is no .keras file");
  return open_container(zip->open(only->name), options);
}

Container from_folder(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "config.json")) {
    if (std::filesystem::exists(folder / "saved_model.pb")) {
      throw UnsupportedError(folder.string() + " is a TensorFlow SavedModel, which is not supported; save the model as .keras", {{"", "SavedModel", "not supported"}});
    }
    throw ModelError(folder.string() + " is a folder without config.json, so it is no Keras model");
  }
  // Links could lead anywhere.
  const auto inside = [folder](const std::string& name) {
    std::filesystem::path path = folder;
    for (const auto& part : std::filesystem::path(name)) {
      if (part == "..") throw ModelError(folder.string() + ": the path " + name + " leads outside");
      path /= part;
      if (std::filesystem::is_symlink(path)) throw ModelError(path.string() + " is a symbolic link, which is not followed");
    }
    return path;
  };
  const Members members{.has = [inside](const std::string& name) { return std::filesystem::is_regular_file(inside(name)); },
                        .text = [inside](const std::string& name) { return files::read_text(*files::open_file(inside(name).string())); },
                        .open = [inside](const std::string& name) { return files::open_file(inside(name).string()); }};
  return from_members(folder.string(), members);
}

Container from_hdf5(const SharedBytes& bytes) {
  const files::Hdf5File file(bytes);
  Container container;
  container.facts.file = bytes->name();
  const auto config = file.attribute_text("", "model_config");
  if (!config) {
    throw ModelError(bytes->name() + " is an HDF5 file without \"model_config\": it holds weights only; load the architecture JSON and pass this file as weights");
  }
  container.config = parsed(*config, bytes->name() + ", model_config");
  container.facts.keras_version = file.attribute_text("", "keras_version").value_or("");
  container.facts.backend = file.attribute_text("", "backend").value_or("");
  container.weights = bytes;
  return container;
}

// Some tools quote the JSON once more as a JSON string.
SharedJson architecture(const SharedBytes& bytes) {
  SharedJson json = parsed(files::read_text(*bytes), bytes->name());
  if (json->is_string()) json = parsed(json->as_string(), bytes->name());
  return json;
}

Container from_json(const SharedBytes& bytes, const LoadOptions& options, bool needs_weights) {
  Container container;
  container.config = architecture(bytes);
  container.facts.file = bytes->name();
  container.facts.keras_version = text_at(*container.config, "keras_version");
  container.facts.backend = text_at(*container.config, "backend");
  if (!needs_weights) return container;
  if (options.weights.empty()) throw ModelError(bytes->name() + " is an architecture without weights; pass the weights file too (LoadOptions::weights, --weights)");
  container.weights = files::open_file(options.weights.string());
  if (!files::is_hdf5(*container.weights)) throw ModelError(options.weights.string() + " is no HDF5 file of weights");
  return container;
}

bool looks_like_json(const files::ByteSource& bytes) {
  std::array<std::byte, 64> head{};
  const auto size = static_cast<size_t>(std::min<int64_t>(bytes.size(), static_cast<int64_t>(head.size())));
  bytes.read(0, std::span(head).first(size));
  for (std::byte b : std::span(head).first(size)) {
    const char c = static_cast<char>(b);
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return c == '{' || c == '"' || c == '[';
  }
  return false;
}

Container from_bytes(const SharedBytes& bytes, const LoadOptions& options, bool needs_weights) {
  if (files::is_zip(*bytes)) return from_zip(bytes, options);
  if (files::is_hdf5(*bytes)) return from_hdf5(bytes);
  if (looks_like_json(*bytes)) return from_json(bytes, options, needs_weights);
  if (bytes->name().ends_with(".pb")) {
    throw UnsupportedError(bytes->name() + " belongs to a TensorFlow SavedModel, which is not supported; save the model as .keras", {{"", "SavedModel", "not supported"}});
  }
  throw ModelError(bytes->name() + " is no model that Keras wrote: expected a .keras zip archive, an HDF5 file or an architecture JSON");
}

}  // namespace

Container open_container(const std::filesystem::path& path, const LoadOptions& options, bool needs_weights) {
  if (!std::filesystem::exists(path)) throw ModelError("there is no file or folder " + path.string());
  if (std::filesystem::is_directory(path)) return from_folder(path);
  return from_bytes(files::open_file(path.string()), options, needs_weights);
}

Container open_container(SharedBytes bytes, const LoadOptions& options) { return from_bytes(bytes, options, true); }

}  // namespace keraunos::loader
