// LossScaleOptimizer of Keras 2: an optimizer of another class inside, and the factor of the loss. Described after Keras 2.15
// (mixed_precision/loss_scale_optimizer.py) and Keras 3.15 (optimizers/loss_scale_optimizer.py).
#pragma once

#include <optional>

#include "loader/files/json.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

struct LossScale {
  const files::Json* inner = nullptr;  ///< {"class_name", "config"} of the optimizer inside
  bool is_dynamic = true;              ///< the factor changes during training
  double initial = 32768;
  int64_t growth_steps = 2000;  ///< number of steps with finite gradients after which the factor is doubled
};

/// Absent where the optimizer is none of Keras's classes LossScaleOptimizer, LossScaleOptimizerV3 and LossScaleOptimizerV1.
std::optional<LossScale> loss_scale_in(const files::Json& optimizer);

/// The names of its own variables in SavedModels of Keras 2; HDF5 files do not contain them.
inline constexpr std::string_view kLossScale = "loss_scale/current_loss_scale", kGoodSteps = "loss_scale/good_steps";

/// The variables of Keras 3's LossScaleOptimizer: its four own ones before those of the optimizer inside, which Keras 3 saves a
/// second time as those of an object of its own. Those of the factor are taken from `saved`; where they are missing, the factor
/// is the initial one, as when Keras 2 loads such a file.
NamedTensors with_loss_scale(const LossScale& scale, const NamedTensors& saved, const NamedTensors& inner);

}  // namespace keraunos::loader
