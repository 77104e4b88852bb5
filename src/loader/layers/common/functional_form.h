// Writes the config of a Functional model. It is used for a class of models whose file holds only its constructor's arguments (a
// backbone of KerasHub), to describe the graph that the constructor makes; the result is then read like any saved Functional.
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

  /// An InputLayer; -1 is an unknown extent. The batch is not in `shape`.
  Tensor input(const std::string& name, const std::vector<int64_t>& shape, std::string_view dtype);
  /// A new layer and its first call. Without its own "dtype" the layer has the model's. `x` is a tensor or an array of tensors.
  Tensor add(std::string_view class_name, const std::string& name, Members config, Tensor x, Members keywords = {});
  /// A layer from the model's config.
  Tensor add(const files::Json& layer, Tensor x, Members keywords = {});
  /// A model from the model's config, called with its own InputLayers; `inputs` becomes a tensor or an object of tensors. Layers
  /// added later get its dtype.
  Tensor inner(const files::Json& object, files::Json& inputs);
  /// A layer of the nested model, to be called or referred to again; null where it has none of that name.
  files::Json layer_of_inner(std::string_view name) const;
  /// Another call of an existing layer.
  Tensor call(const std::string& layer, Tensor x, Members keywords = {});
  /// A node of keras.ops: class, arguments of the call, entries of its config.
  Tensor operation(std::string_view class_name, const std::string& name, std::vector<files::Json> arguments,
                   Members keywords = {}, Members config = {});
  /// x[:, index, …]
  Tensor step(const std::string& name, const Tensor& x, int64_t index);
  /// Another result of the call whose first result is `x`.
  static Tensor result(const Tensor& x, int64_t index);

  /// The whole config, with the layers in Keras's order, which determines their numbers in archives. `inputs` and `outputs` are a
  /// tensor, an array, or an object of tensors.
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

/// A layer that also occurs in a nested model without being marked as shared: equal apart from this mark.
files::Json shared_layer(const Config& model, files::Json layer);

/// The value of a model class's key in the config; `otherwise` where the config lacks it.
files::Json value_of(const Config& config, std::string_view key, files::Json otherwise = nullptr);

/// A layer that another layer makes in its constructor, as an object for its config, with the other's dtype.
files::Json layer_object(const Config& owner, std::string_view class_name, Members config);

}  // namespace keraunos::loader
