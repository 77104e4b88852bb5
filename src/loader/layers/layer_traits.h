// Properties of a layer class besides its lowering that other code of the loader needs: differences of earlier Keras files, the
// effect of its call on masks, its rows in summary(). Each layer states its own in its own file; the code that reads them
// contains no class names.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
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

/// The defaults are right for a layer without special cases. Only built-in layers set other values (LayerDef::traits).
struct LayerTraits {
  // Files.
  /// Names that this class had in Keras 1.
  std::vector<std::string> keras1_classes{};
  /// The `mode` of Keras 1's class Merge that became this class.
  std::string keras1_merge_mode{};
  /// Keras 1 stored kernel, recurrent kernel and bias gate by gate: for each gate of Keras 2, its index among those of Keras 1.
  std::vector<size_t> keras1_gates{};
  /// Converts weights, as read from a file of Keras 1 or 2, to the layout of Keras 2.
  std::function<void(const Config&, StoredWeights, bool keras1)> convert_weights{};
  /// Keras 2's name for the weight "kernel", if it differs.
  std::string kernel_in_keras2{};
  /// The number of variables of the inner layer that an archive lists among the layer's own, before them.
  size_t repeated_child_weights = 0;
  /// The weights of the inner layer `layer` that this layer holds as its own, under other names. HDF5 files of such a class list
  /// its own weights after those of the inner layer.
  std::function<std::vector<std::string>(const Config&)> holds_weights_of_child{};
  /// For a class of models whose file holds only its constructor's arguments: the config of the Functional that the constructor
  /// makes (common/functional_form.h). Such a class has no `lower`.
  std::function<files::Json(const Config&)> functional{};
  /// The class's name in Keras 3 if it differs from that in files of Keras 1 and 2; "-" where it does not exist.
  std::string class_in_keras3{};
  /// Changes a config of Keras 2 to arguments of the constructor in Keras 3, except for keys without a meaning there
  /// (saving/keras2_values.h).
  std::function<void(files::Json& config)> config_to_keras3{};
  /// Changes the weights of a layer of Keras 1 or 2 to those with which Keras 3 computes the same.
  std::function<void(const Config&, StoredWeights)> weights_to_keras3{};
  /// A flag of the config that is an argument of each call in Keras 3: (config key, argument).
  std::pair<std::string, std::string> flag_in_calls_of_keras3{};
  /// In a list of tensors in a call of Keras 2 the tensors after the first are the states: the argument `initial_state` in Keras
  /// 3.
  bool lists_states_with_input = false;
  /// The reason why a layer with this config cannot run; absent where it can.
  std::function<std::optional<std::string>(const Config&)> refusal{};

  /// The config names other files, which safe_mode does not open (tf/saved_model_layer.h).
  bool reads_other_files = false;

  /// The recipes that contain this class ("keras_io/captcha_ocr"); empty for classes that are built in.
  std::vector<std::string> recipes{};
  /// For a class of a recipe: keys that its config always contains.
  std::set<std::string> required_keys{};
  /// For a class of a recipe: classes that do not occur in the same file.
  std::set<std::string> never_beside{};
  /// For a class of a recipe: the names of variables in HDF5 files that differ from the weights' names; "*" is the name of the
  /// layer.
  std::map<std::string, std::string> variables{};

  /// Attributes of inner layers that Keras 3 stores with an underscore before the name ("_gate_dense" in archives).
  std::vector<std::string> underscored_children{};
  /// An attribute under which Keras saves the layer's words and weights a second time.
  std::string saved_twice_as{};

  // Calls.
  /// `mask` is a list: a mask for each tensor of the first argument.
  bool takes_mask_for_each_input = false;
  /// True where a call deletes the masks of its argument tensors after it has read them. The mask that the query carries then
  /// replaces its query_mask.
  std::function<bool(const Dialect&)> deletes_masks{};
  /// `query_mask`, `value_mask` and `key_mask` are arguments that do not change the masks that the tensors carry and pass on.
  bool masks_are_arguments = false;
  /// For a cell: an RNN around it calls it once with the whole sequence (common/cells.h), not once for each step.
  std::function<bool(const Config&, const Dialect&)> takes_whole_sequence{};
  /// For a cell whose states depend on its input: the shapes of the states, with the batch axis; `step` is the shape of one step.
  std::function<std::vector<Shape>(Lowering& layer, const Config& cell, const Shape& step)> states_of_step{};

  // summary().
  /// The shapes that Keras reports for the results, one for each (for a Bidirectional more than there are); absent where Keras is
  /// right.
  std::function<std::optional<std::vector<Shape>>(Lowering&, const std::vector<Traced>& results)> claimed_shapes{};
  /// Keras 2 shows several results as a tuple, not as a list.
  bool returns_tuple = false;
  /// The layer creates the layers inside it, so that Keras 3 names their variables after it.
  bool makes_its_children = false;
  /// Keras 2 counts the texts to which the layer was adapted in a variable that no file holds.
  std::function<bool(const Config&)> counts_texts{};
};

namespace loader {

/// The traits of a class by its name; defaults where this library has no such class. They also apply to a custom definition of a
/// Keras class, since they are properties of Keras's files.
const LayerTraits& traits_of(std::string_view class_name);

}  // namespace loader
}  // namespace keraunos
