// predict(): checks and converts the inputs, cuts the batch into chunks where rows are independent, and keeps several chunks in flight on
// a device with memory of its own.
#pragma once

#include <vector>

#include "host/model/model_state.h"
#include "keraunos/model.h"

namespace keraunos::host {

/// `inputs` in the model's order. Results in the model's order, unnamed.
std::vector<Tensor> predict(const ModelState& model, std::span<const TensorView> inputs, const PredictOptions& options);

/// Inputs brought to the model's order by name. UsageError naming what is missing, unknown or given twice.
std::vector<TensorView> in_order(const ModelState& model, const NamedViews& inputs);

/// Inputs as the model wants them: dtype converted as Keras converts, a missing or extra last axis of 1 mended, ranks and widths checked.
/// `owned` keeps what had to be copied.
std::vector<TensorView> conformed(const ModelState& model, std::span<const TensorView> inputs, std::vector<Tensor>& owned);

}  // namespace keraunos::host
