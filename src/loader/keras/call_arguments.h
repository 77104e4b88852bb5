// Binds the arguments of a call to the parameter names of Keras's call(). No argument is ignored: an argument without a
// parameter, and one that a layer did not read, is refused by name.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// True where the parameters of the call are known from Keras's signature: for this library's layers and for models, not for
/// operations and custom layers.
bool has_signature(const LayerInstance& layer);

/// Moves the arguments after the first to their names; throws an UnsupportedError for one that has no parameter. Returns true
/// when a mask was passed by position.
bool bind_arguments(const LayerInstance& layer, const LayerGraph& model, std::vector<Arg>& arguments, Arg::Members& keywords);

/// Makes constants of lists of numbers that stand for tensors: masks, states.
void place_arrays(Builder& builder, const LayerInstance& layer, Arg::Members& keywords);

/// Throws an UnsupportedError for an argument other than None that the layer did not read.
void check_all_read(const LayerInstance& layer, const LayerGraph& model, const Arg::Members& keywords,
                    const std::set<std::string, std::less<>>& read);

/// `training` as the call states it; absent where it does not. Throws an UnsupportedError where its value is known only in a run.
std::optional<bool> training_argument(const Builder& builder, const LayerInstance& layer, const LayerGraph& model,
                                      const Arg::Members& keywords);

}  // namespace keraunos::loader
