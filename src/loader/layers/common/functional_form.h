// Writes the config of a Functional model. A class of models whose file holds its constructor's arguments alone (a backbone of
// KerasHub) states with it what graph that constructor makes; all else reads the result like any saved Functional.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keraunos/config.h"
#include "loader/files/json.h"

namespace keraunos::loader {

/// Entries of a config, or keyword arguments of a call.
using Members = std::vector<files::Json::Member>;

class FunctionalForm {
 public:
  /// A reference to a call's result, as nodes of Keras 3 hold it.
  using Tensor = files::Json;

  explicit FunctionalForm(const Config& model);

  /// An InputLayer; -1 is an extent that the file leaves open. The batch is not in `shape`.
  Tensor input(const std::string& name, const std::vector<int64_t>& shape, std::string_view dtype);
  /// A new layer and its first call. Without a "dtype" of its own the layer has the model's. `x` is a tensor or an array of them.
  Tensor add(std::string_view class_name, const std::string& name, Members config, Tensor x, Members keywords = {});
  /// A layer that stands in the model's config.
  Tensor add(const files::Json& layer, Tensor x, Members keywords = {});
  /// A model that stands in the model's config, called with InputLayers of its own; `inputs` becomes a tensor or an object of
  /// them. Layers that are added behind it have its dtype.
  Tensor inner(const files::Json& object, files::Json& inputs);
  /// A layer of the model inside, to be called, or held, once more; null where it has none of that name.
  files::Json layer_of_inner(std::string_view name) const;
  /// Another call of a layer.
  Tensor call(const std::string& layer, Tensor x, Members keywords = {});
  /// A node of keras.ops: class, arguments of the call, entries of its config.
  Tensor operation(std::string_view class_name, const std::string& name, std::vector<files::Json> arguments,
                   Members keywords = {}, Members config = {});
  /// x[:, index, …]
  Tensor step(const std::string& name, const Tensor& x, int64_t index);
  /// Another of the results of the call that `x` is the first one of.
  static Tensor result(const Tensor& x, int64_t index);

  /// The whole config, with the layers in Keras's order, which numbers them in archives. `inputs` and `outputs` are a tensor, an
  /// array, or an object of tensors.
  files::Json config(const files::Json& inputs, const files::Json& outputs) const;

 private:
  struct Layer {
    files::Json object;
    std::string name;
    std::vector<files::Json> nodes;
  };
  Tensor called(Layer& layer, std::vector<files::Json> arguments, Members keywords);
  std::vector<size_t> order(const files::Json& outputs) const;
  Layer& begin(std::string_view class_name, const std::string& name, Members config);

  const Config& model_;
  files::Json dtype_, inner_;
  std::vector<Layer> layers_;
};

/// [a, b, …]
files::Json json_list(std::vector<files::Json> items);

/// A layer that stands in a model inside too, where nothing marks it as shared: the same but for this mark.
files::Json shared_layer(const Config& model, files::Json layer);

/// A model class's key as it stands in the config; `otherwise` where the config lacks it.
files::Json value_of(const Config& config, std::string_view key, files::Json otherwise = nullptr);

/// A layer that another one makes in its constructor, as an object of its config: of the other's dtype.
files::Json layer_object(const Config& owner, std::string_view class_name, Members config);

}  // namespace keraunos::loader
