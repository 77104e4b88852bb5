// Reads a model's config: converts Keras's JSON of any version to a LayerGraph without weights.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keraunos/model.h"
#include "loader/keras/layer_graph.h"
#include "loader/keras/recipe_choice.h"

namespace keraunos::loader {

/// Facts about a file besides the config.
struct FileFacts {
  std::string file;           ///< its name in messages
  std::string keras_version;  ///< empty where the file does not state it
  std::string backend;
  bool refuses_code = false;   ///< a `.keras` file under safe_mode: code of a Lambda is not translated
  bool refuses_files = false;  ///< safe_mode: layers that name other files do not run
};

/// ModelError where the config is malformed. Layers that cannot run do not throw: see refusals_in().
std::shared_ptr<LayerGraph> read_layer_graph(SharedJson model_config, const FileFacts& facts, const CustomObjects& custom);

/// Version and backend; a missing version is inferred from the config.
Dialect dialect_of(const FileFacts& facts, const files::Json& model_config);

/// Makes layers out of their JSON objects.
class Reader {
 public:
  /// `model` is the config of the whole file.
  Reader(const LayerGraph& graph, const CustomObjects& custom, const files::Json& model, const FileFacts& facts)
      : graph_(graph),
        custom_(custom),
        recipes_(custom, model),
        refuses_code_(facts.refuses_code),
        refuses_files_(facts.refuses_files) {}

  /// `attribute` is the parent's attribute if the parent is a wrapper. An object that was read before (shared_object_id) is the
  /// same layer.
  SharedLayer layer(const SharedJson& object, const std::string& parent_path, const std::string& attribute = {});
  const Dialect& dialect() const { return graph_.dialect; }
  /// The model itself; its name is not part of its layers' paths.
  SharedLayer root(const SharedJson& object);
  const std::string& file() const { return graph_.file; }

 private:
  SharedLayer shared_layer(const files::Json& object);
  void describe(LayerInstance& layer, const SharedJson& object, const std::string& parent_path,
                const std::string& attribute) const;
  void resolve_named(LayerInstance& layer, const SharedJson& object);
  void resolve(LayerInstance& layer, const SharedJson& object);
  bool resolve_network(LayerInstance& layer, const SharedJson& object);
  bool resolve_constructed(LayerInstance& layer);
  void read_network(LayerInstance& layer, const SharedJson& object, std::string_view form);
  void add_graph(LayerInstance& layer, const SharedJson& object);
  void fill(LayerInstance& layer);
  static void remove_weight(LayerInstance& layer, const std::string& name);
  void add_children(LayerInstance& layer);
  std::shared_ptr<const LayerDef> definition_of(const LayerInstance& layer, const files::Json& object) const;
  std::shared_ptr<const LayerDef> custom_definition(const LayerInstance& layer) const;
  std::shared_ptr<const LayerDef> lambda_definition(const LayerInstance& layer) const;
  void translate_lambda(LayerInstance& layer) const;

  const LayerGraph& graph_;
  const CustomObjects& custom_;
  RecipeChoice recipes_;
  bool refuses_code_, refuses_files_;
  std::map<int64_t, SharedLayer> shared_;
  std::multimap<std::string, std::pair<SharedLayer, SharedJson>> unmarked_;  // layers without an id, by class and name
};

/// The network of a Sequential or Functional; its layers become children of `self`.
std::shared_ptr<Network> read_sequential(Reader& reader, LayerInstance& self, const SharedJson& object);
std::shared_ptr<Network> read_functional(Reader& reader, LayerInstance& self);
/// Indices of calls in the order in which Keras 3 runs them, without inputs that no output needs.
std::vector<int> run_order(const Network& network);

/// kFunctional or kSequential where a config holds the layers and calls of such a model, whatever its class's name: for example a
/// subclass without its own constructor that defines a train_step. Empty otherwise.
std::string_view network_form(const LayerInstance& layer);

/// The keys that Keras writes for this form; empty for no form.
std::span<const std::string_view> keys_of_form(std::string_view form);
/// The first key of a config that is none of these.
std::optional<std::string> key_beside(const files::Json& config, std::string_view form);

/// A model around a registered custom class that is a whole model.
SharedLayer wrapped_custom(const SharedLayer& custom, const SharedJson& object);

/// The network of its graph child, if it has one.
const Network* graph_of(const LayerInstance& custom);

/// Part of a JSON value that keeps the whole value alive.
SharedJson part_of(const SharedJson& whole, const files::Json& part);

/// "lstm", "lstm_1": Keras's names for a layer that is an output several times.
std::vector<std::string> unique_names(const std::vector<std::string>& names);

/// True for a serialised layer, false for a function, a list or a name.
bool is_layer_object(const files::Json& json);

/// The first config key that a layer does not accept; `more` are also accepted.
std::optional<std::string> unknown_key(const LayerDef& def, const files::Json& config,
                                       std::span<const std::string_view> more = {});

}  // namespace keraunos::loader
