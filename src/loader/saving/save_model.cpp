#include "loader/saving/save_model.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <vector>

#include "keraunos/error.h"
#include "loader/files/zip.h"
#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/layers/layer_traits.h"
#include "loader/saving/archive_paths.h"
#include "loader/saving/check_saved.h"
#include "loader/saving/compile_config.h"
#include "loader/saving/optimizer_variables.h"
#include "loader/saving/quantise.h"
#include "loader/saving/weights_file.h"

namespace keraunos::loader {

using files::Json;

namespace {

// The release whose format is written for models of other formats; a `.keras` file of Keras 3 keeps its own version.
constexpr const char* kFormatVersion = "3.15.1";
// Keras expects a date; it is constant, because the file must depend on the model alone.
constexpr const char* kNoDate = "1980-01-01@00:00:00";

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

Json metadata_of(const LayerGraph& graph) {
  Json metadata = Json::object();
  const bool kept = graph.archive_config != nullptr;
  metadata.set("keras_version", kept ? graph.keras_version : kFormatVersion);
  metadata.set("date_saved", kept && !graph.date_saved.empty() ? graph.date_saved : kNoDate);
  return metadata;
}

Json config_of(const LayerGraph& graph, const ShownOutputs& outputs) {
  if (graph.archive_config != nullptr) return *graph.archive_config;
  Json object = keras3_model(graph, outputs);
  if (graph.compilation) object.set("compile_config", compile_config(*graph.compilation));
  return object;
}

// A model of a function: its inputs are no calls of layers.
bool is_function(const LayerGraph& graph) {
  const Network& network = *graph.root->network;
  return network.class_name == kFunctional && !network.calls.empty() && network.calls.front().layer < 0;
}

// A SavedModel lists only the words. Keras 3 expects as many words as weights, one of them for unknown words.
std::string words_for_weights(const LayerInstance& layer, std::string words) {
  const auto weights = std::find_if(layer.weights.begin(), layer.weights.end(),
                                    [](const WeightInfo& weight) { return weight.name == "idf_weights" && weight.tensor; });
  const auto lines = static_cast<int64_t>(std::count(words.begin(), words.end(), '\n')) + 1;
  if (weights == layer.weights.end() || weights->tensor->dims().elements() != lines + 1) return words;
  const Json* unknown = layer.config->find("oov_token");
  return (unknown != nullptr && unknown->is_string() ? unknown->as_string() : std::string("[UNK]")) + '\n' + words;
}

// A copy of the model would lose the file that such a layer names as soon as either is moved.
void refuse_other_files(const LayerGraph& graph) {
  std::vector<UnsupportedError::Item> items;
  visit_layers(graph.root, [&](LayerInstance& layer) {
    if (traits_of(layer).reads_other_files)
      items.push_back({layer.path, layer.whole_class_name(), "computes a function of another file, which is not copied"});
  });
  if (!items.empty()) throw_refusals(graph.file, std::move(items), kCannotBeSaved);
}

// Keras stores words beside the weights if the config does not list them.
void add_words(files::ZipWriter& archive, const LayerGraph& graph) {
  constexpr const char* kWords = "vocabulary.txt";
  if (!graph.assets) return;
  for (const auto& [layer, path] : archive_paths(graph)) {
    if (!layer->is_located) continue;
    std::optional<std::string> text = graph.assets(layer->inner_path, kWords);
    if (!text) text = graph.assets(layer->inner_path + "/_lookup_layer", kWords);
    if (!text) continue;
    *text = words_for_weights(*layer, std::move(*text));
    archive.add("assets/" + path + '/' + kWords, bytes_of(*text));
    if (const std::string& twin = traits_of(*layer).saved_twice_as; !twin.empty())
      archive.add("assets/" + path + '/' + twin + '/' + kWords, bytes_of(*text));
  }
}

// 64 random bits, because several processes may save to one path at the same time.
std::string unique_ending() {
  std::random_device bits;
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), ".%08x%08x.partial", bits(), bits());
  return {text.data(), static_cast<size_t>(length)};
}

// A temporary file beside the target, which it replaces when it is complete.
class Partial {
 public:
  explicit Partial(const std::filesystem::path& target) : target_(target), path_(target.string() + unique_ending()) {}
  ~Partial() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void keep() const {
    std::error_code error;
    std::filesystem::rename(path_, target_, error);
    if (error) files::fail_to_write(target_.string(), error.message());
  }

 private:
  std::filesystem::path target_, path_;
};

void write(const LayerGraph& graph, const Json& config, const NamedTensors& optimizer, const std::filesystem::path& path) {
  files::ZipWriter archive(path.string());
  archive.add("metadata.json", bytes_of(metadata_of(graph).dump()));
  archive.add("config.json", bytes_of(config.dump()));
  archive.add("model.weights.h5", weights_file(graph, optimizer));
  add_words(archive, graph);
  archive.finish();
}

// The result must be a valid Keras 3 file, whose config has its own rules.
Model read_again(const LayerGraph& graph, const SavedFacts& facts, const Model& model, const std::filesystem::path& path) {
  try {
    return load_model(path, {.custom_objects = facts.custom, .compile = false, .safe_mode = false, .device = model.device()});
  } catch (const UnsupportedError& error) {
    throw_refusals(graph.file, error.items, kCannotBeSaved);
  } catch (const ModelError& error) {
    std::string reason = error.what();
    const std::string name = path.string() + ": ";
    if (reason.starts_with(name)) reason.erase(0, name.size());
    throw_refusals(graph.file, {{graph.root->name, "the model", "is not valid in Keras 3: " + reason}}, kCannotBeSaved);
  }
}

}  // namespace

void save_model(const LayerGraph& graph, const SavedFacts& facts, const Model& model, const std::filesystem::path& path,
                const SaveOptions& options) {
  if (path.extension() != ".keras")
    throw UsageError("cannot write '" + path.string() +
                     "': a model is saved as a .keras file; give a name that ends with .keras");
  if (is_function(graph))
    throw UsageError(graph.file + " is read as a function of TensorFlow, which has no layers that a .keras file could describe");
  refuse_other_files(graph);
  const Partial partial(path);
  const Json config = config_of(graph, facts.outputs);
  KeptOptimizer optimizer = optimizer_for_keras3(graph);
  const bool quantises = options.quantize != Quantization::none;
  if (quantises && !optimizer.variables.empty()) optimizer = {{}, "their layers are quantised"};
  if (!optimizer.left_out.empty() && options.warning)
    options.warning("the variables of the optimizer are left out: " + optimizer.left_out);
  if (!quantises || graph.archive_config == nullptr) write(graph, config, optimizer.variables, partial.path());
  if (graph.archive_config == nullptr)
    check_saved(model, read_again(graph, facts, model, partial.path()), facts.sizes, graph.file);
  if (quantises) {
    const QuantisedModel quantised = quantised_model(graph, config, options.quantize, options.warning);
    write(*quantised.graph, quantised.config, {}, partial.path());
    static_cast<void>(read_again(graph, facts, model, partial.path()));
  }
  partial.keep();
}

}  // namespace keraunos::loader
