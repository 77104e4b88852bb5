// Writes calls in the form of Keras 3: {"args", "kwargs"} with __keras_tensor__ objects.
#pragma once

#include <string>
#include <vector>

#include "loader/saving/keras3_config.h"

namespace keraunos::loader {

/// The calls of one network with new numbers: calls that no output needs are not written.
class Keras3Nodes {
 public:
  Keras3Nodes(const Network& network, const ShownOutputs& outputs);

  /// "inbound_nodes" of a layer of the network, by its index.
  files::Json of_layer(int layer) const;
  /// The object of a layer that is a call of a TensorFlow function, with its "inbound_nodes". Throws ConversionError.
  files::Json of_function(int layer) const;
  bool has_calls(int layer) const { return !calls_[static_cast<size_t>(layer)].empty(); }
  /// "input_layers" and "output_layers", in the structure of the file. `source_config`: the model's own config.
  files::Json inputs(const files::Json& source_config) const;
  files::Json outputs(const files::Json& source_config) const;

 private:
  struct Place {
    const LayerInstance* layer = nullptr;
    int node = 0;
  };
  Place place_of(int call) const { return places_[static_cast<size_t>(call)]; }
  void check(const LayerInstance& layer, const Call& call) const;
  files::Json node(const Call& call) const;
  files::Json node(const std::vector<Arg>& arguments, const Arg::Members& keywords) const;
  files::Json argument(const Arg& argument) const;
  files::Json tensor(const Source& source) const;
  files::Json port(const Place& place, int output) const;

  const Network& network_;
  const ShownOutputs& shown_;
  std::vector<std::vector<int>> calls_;  // of each layer
  std::vector<Place> places_;            // of each call
};

}  // namespace keraunos::loader
