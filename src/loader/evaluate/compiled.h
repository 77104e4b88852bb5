// Reads how a model was compiled: for Model::loss(), metrics() and optimizer().
#pragma once

#include <optional>
#include <string>

#include "host/model/model_source.h"
#include "loader/files/hdf5.h"
#include "loader/keras/layer_graph.h"
#include "loader/tf/checkpoint.h"

namespace keraunos::loader {

/// A loss, metric, regulariser or optimizer in one of the file's forms: a name, {"class_name", "config"}, or a function.
struct SavedObject {
  std::string name;                     ///< of the class or function, without its package
  std::string registered{};             ///< the same with its package, as far as the file states it
  const files::Json* config = nullptr;  ///< its arguments: an object, or null
  bool is_text = false;                 ///< the file holds only a name
  bool is_function = false;             ///< the file states that it is a function
  bool is_custom = false;               ///< the file states that it is custom
  bool is_loss = false;                 ///< belongs to keras.losses, as far as the file states it
};
/// Absent where the value is null or is not in a form that Keras writes.
std::optional<SavedObject> object_in(const files::Json& json);
/// The function inside a LossFunctionWrapper or MeanMetricWrapper, with the wrapper's arguments; any other object unchanged.
SavedObject unwrapped(const SavedObject& object);

/// The member of an object; nullptr where it is null or missing, or `object` is no object.
const files::Json* member_in(const files::Json& object, std::string_view key);

/// The data behind Model::loss(), metrics() and optimizer().
host::Compiled compiled_of(const Compilation& compilation);

/// Number of batches in an optimizer's training, from its variables; absent where they do not contain it.
std::optional<int64_t> iterations_in(const files::Hdf5File& file);
std::optional<int64_t> iterations_in(const Checkpoint& checkpoint);

/// The learning rate in an optimizer's config after `iterations` batches; absent for a custom schedule.
std::optional<double> learning_rate_at(const files::Json& rate, int64_t iterations);

}  // namespace keraunos::loader
