// predict(): checks the inputs, decides how the batch is cut, and runs its pieces side by side, as chunks in flight, or one after
// the other.
#pragma once

#include <vector>

#include "host/model/model_state.h"
#include "host/run/cut.h"
#include "host/run/scratch.h"
#include "keraunos/model.h"

namespace keraunos::host {

/// `inputs` in the model's order. `results` has an element for each output, in the model's order.
void predict(const ModelState& model, std::span<const TensorView> inputs, const PredictOptions& options,
             std::span<Tensor> results);

/// How predict() cuts a batch of such inputs. `asked_rows`: PredictOptions::batch_size.
Cut cut_for(const ModelState& model, std::span<const TensorType> inputs, int64_t asked_rows = 0);

/// Inputs sorted into the model's order by name. UsageError for an input that is missing, unknown or given twice, with its name.
List<TensorView> in_order(const ModelState& model, const NamedViews& inputs, Scratch& scratch);

/// Inputs in the model's form: a last axis of 1 is added or removed, ranks, widths and dtypes are checked. Numbers of another
/// dtype than the input's stay as they are: the session converts them when it copies them. `device`: inputs may also lie there,
/// with the model's dtypes.
List<TensorView> conformed(const ModelState& model, std::span<const TensorView> inputs, Scratch& scratch,
                           const Device* device = nullptr);

/// The types of the model's inputs with these dims, after checks of their number, ranks and widths.
std::vector<TensorType> types_for(const ModelState& model, std::span<const Dims> dims);

}  // namespace keraunos::host
