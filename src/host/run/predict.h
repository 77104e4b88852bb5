// predict(): checks the inputs, decides how the batch is cut, and runs its pieces side by side, in flight, or in turn.
#pragma once

#include <vector>

#include "host/model/model_state.h"
#include "host/run/cut.h"
#include "host/run/scratch.h"
#include "keraunos/model.h"

namespace keraunos::host {

/// `inputs` in the model's order. `results` has room for each output, in the model's order.
void predict(const ModelState& model, std::span<const TensorView> inputs, const PredictOptions& options,
             std::span<Tensor> results);

/// How predict() cuts a batch of such inputs. `asked_rows`: PredictOptions::batch_size.
Cut cut_for(const ModelState& model, std::span<const TensorType> inputs, int64_t asked_rows = 0);

/// Inputs brought to the model's order by name. UsageError naming what is missing, unknown or given twice.
List<TensorView> in_order(const ModelState& model, const NamedViews& inputs, Scratch& scratch);

/// Inputs as the model wants them: a missing or extra last axis of 1 mended, ranks, widths and dtypes checked. Numbers of
/// another dtype than the input's stay as they are: the session converts them while it takes them in.
List<TensorView> conformed(const ModelState& model, std::span<const TensorView> inputs, Scratch& scratch);

/// The dtypes of the model's inputs with these dims, their number, ranks and widths checked.
std::vector<TensorType> types_for(const ModelState& model, std::span<const Dims> dims);

}  // namespace keraunos::host
