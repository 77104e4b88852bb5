// How a model was compiled, out of its file: what Model::loss(), metrics() and optimizer() answer.
#pragma once

#include <optional>
#include <string>

#include "host/model/model_source.h"
#include "loader/files/hdf5.h"
#include "loader/keras/layer_graph.h"
#include "loader/tf/checkpoint.h"

namespace keraunos::loader {

/// A loss, metric, regulariser or optimizer as the many forms of the file say it: a name, {"class_name", "config"}, or a
/// function.
struct SavedObject {
  std::string name;                     ///< of the class or function, without its package
  const files::Json* config = nullptr;  ///< its arguments: an object, or none
  bool is_text = false;                 ///< the file holds a name alone
  bool is_custom = false;               ///< the file says that it is the user's own
  bool is_loss = false;                 ///< of keras.losses, as far as the file says
};
/// None where it is null or nothing that Keras writes.
std::optional<SavedObject> object_in(const files::Json& json);

/// The member of an object; nullptr where it is null, missing, or `object` is none.
const files::Json* member_in(const files::Json& object, std::string_view key);

/// The data behind Model::loss(), metrics() and optimizer().
host::Compiled compiled_of(const Compilation& compilation);

/// Batches that an optimizer was trained with, as its variables say; none where they do not.
std::optional<int64_t> iterations_in(const files::Hdf5File& file);
std::optional<int64_t> iterations_in(const Checkpoint& checkpoint);

/// A learning rate that stands in an optimizer's config, after so many batches; none for a schedule that is not Keras's.
std::optional<double> learning_rate_at(const files::Json& rate, int64_t iterations);

}  // namespace keraunos::loader
