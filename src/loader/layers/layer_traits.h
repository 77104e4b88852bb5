// What the rest of the loader asks of a layer class beside its lowering: how files of earlier Keras differ, what its call does to
// masks, what summary() shows. Each layer states its own in its own file; code that asks knows no class names.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keraunos/layer.h"
#include "loader/files/json.h"

namespace keraunos {

/// The tensors of a layer's own weights, in the order of LayerDef::weights.
using StoredWeights = std::span<std::shared_ptr<const Tensor>>;

/// Defaults hold for a layer without a history. The library's own layers alone have others (LayerDef::traits).
struct LayerTraits {
  // Files.
  /// Names that this class had in Keras 1.
  std::vector<std::string> keras1_classes{};
  /// The `mode` of Keras 1's class Merge that became this class.
  std::string keras1_merge_mode{};
  /// Keras 1 stored kernel, recurrent kernel and bias gate by gate: for each gate of Keras 2, its place among those of Keras 1.
  std::vector<size_t> keras1_gates{};
  /// Brings weights, as just read from a file of Keras 1 or 2, to the layout of Keras 2.
  std::function<void(const Config&, StoredWeights, bool keras1)> convert_weights{};
  /// The name that Keras 2 has for the weight "kernel", where it is another.
  std::string kernel_in_keras2{};
  /// How many variables of the layer inside an archive lists among the layer's own, before them.
  size_t repeated_child_weights = 0;
  /// Of a class of models whose file holds its constructor's arguments alone: the config of the Functional that the constructor
  /// makes (common/functional_form.h). Such a class has no `lower`.
  std::function<files::Json(const Config&)> functional{};
  /// What Keras 3 calls the class where that is another name than in files of Keras 1 and 2; "-" where it has none.
  std::string class_in_keras3{};
  /// Changes a config of Keras 2 to what the constructor of Keras 3 takes, beyond keys that mean nothing there
  /// (saving/keras2_values.h).
  std::function<void(files::Json& config)> config_to_keras3{};
  /// Changes the weights of a layer of Keras 1 or 2 to those with which Keras 3 computes the same.
  std::function<void(const Config&, StoredWeights)> weights_to_keras3{};
  /// A flag of the config that is an argument of each call in Keras 3: the names of both.
  std::pair<std::string, std::string> flag_in_calls_of_keras3{};
  /// What follows the first tensor in a list that a call of Keras 2 is given is the states: the argument `initial_state` in
  /// Keras 3.
  bool lists_states_with_input = false;
  /// Why a layer of this config cannot run; nothing where it can.
  std::function<std::optional<std::string>(const Config&)> refusal{};

  /// Attributes of the layers inside that Keras 3 keeps with an underscore before the name ("_gate_dense" in archives).
  std::vector<std::string> underscored_children{};
  /// An attribute under which Keras saves the layer's words and their weights a second time.
  std::string saved_twice_as{};

  // Calls.
  /// `mask` is a list: a mask for each tensor of the first argument.
  bool takes_mask_for_each_input = false;
  /// True where a call deletes the masks of the very tensors that it is given, after it has read them. What the query carries
  /// then stands in place of its query_mask.
  std::function<bool(const Dialect&)> deletes_masks{};
  /// `query_mask`, `value_mask` and `key_mask` are arguments that leave alone what the tensors carry, and hand on.
  bool masks_are_arguments = false;
  /// For a cell: an RNN around it calls it once with the whole sequence (common/cells.h), not once a step.
  std::function<bool(const Config&, const Dialect&)> takes_whole_sequence{};
  /// For a cell whose states depend on its input, of which `step` is the shape of one step: their shapes, with the batch axis.
  std::function<std::vector<Shape>(Lowering& layer, const Config& cell, const Shape& step)> states_of_step{};

  // summary().
  /// The shapes that Keras believes the results to have, one each (more than there are, for a Bidirectional); nothing where it
  /// is right.
  std::function<std::optional<std::vector<Shape>>(Lowering&, const std::vector<Traced>& results)> claimed_shapes{};
  /// Keras 2 shows several results as a tuple, not as a list.
  bool returns_tuple = false;
  /// The layer makes the layers inside it, so that Keras 3 names their variables after it.
  bool makes_its_children = false;
  /// Keras 2 counts the texts that the layer was adapted to in a variable that no file holds.
  std::function<bool(const Config&)> counts_texts{};
};

namespace loader {

/// The traits of a class by its name; defaults where this library has no such class. They hold for a caller's definition of a
/// class of Keras too, since they are facts of Keras's files.
const LayerTraits& traits_of(std::string_view class_name);

}  // namespace loader
}  // namespace keraunos
