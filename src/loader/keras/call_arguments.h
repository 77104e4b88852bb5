// The arguments of a call by the names that Keras's call() has for them. No argument is ignored: what no parameter stands for,
// and what a layer never asked for, is refused by name.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// True where Keras's signature says what a call takes: of this library's layers and of models, not of operations and the
/// caller's layers.
bool has_signature(const LayerInstance& layer);

/// Moves the arguments behind the first to their names; throws an UnsupportedError for one that has no parameter. True when a
/// mask came by position.
bool bind_arguments(const LayerInstance& layer, const LayerGraph& model, std::vector<Arg>& arguments, Arg::Members& keywords);

/// Makes constants of the lists of numbers that stand for tensors: masks, states.
void place_arrays(Builder& builder, const LayerInstance& layer, Arg::Members& keywords);

/// Throws an UnsupportedError for an argument that says something and that the layer did not ask for.
void check_all_read(const LayerInstance& layer, const LayerGraph& model, const Arg::Members& keywords,
                    const std::set<std::string, std::less<>>& read);

/// `training` as the call states it; nothing where it does not. Throws an UnsupportedError where only a run would tell.
std::optional<bool> training_argument(const Builder& builder, const LayerInstance& layer, const LayerGraph& model,
                                      const Arg::Members& keywords);

}  // namespace keraunos::loader
