#include "loader/evaluate/predicted.h"

#include <algorithm>

#include "host/run/predict.h"
#include "host/run/row_views.h"
#include "host/run/session_state.h"

namespace keraunos::loader {
namespace {

using Results = std::vector<std::vector<Tensor>>;  // for each batch one of each output

// Values that layers add belong to a batch, so each batch is run on its own. States continue, as in predict().
Results by_batches(const host::ModelState& state, std::span<const TensorView> inputs, int64_t rows) {
  Results results;
  const int64_t all = inputs[0].dims[0];
  host::SessionState session(state, nullptr);
  for (int64_t first = 0; first < all; first += rows) {
    std::vector<TensorView> batch;
    for (const TensorView& input : inputs) batch.push_back(host::part_of(input, first, std::min(rows, all - first)));
    session.start(batch);
    try {
      std::vector<Tensor>& found = results.emplace_back();
      std::vector<MutableView> room;
      for (const host::Port& port : session.outputs()) found.emplace_back(port.type.dtype, port.type.dims);
      for (Tensor& tensor : found) room.push_back(tensor.mutable_view());
      session.finish(room);
    } catch (...) {
      session.abandon();
      throw;
    }
  }
  return results;
}

Tensor joined(const Results& batches, size_t output, int64_t rows) {
  const Dims& first = batches[0][output].dims();
  for (const std::vector<Tensor>& batch : batches) {
    if (host::with_rows(batch[output].dims(), 1) == host::with_rows(first, 1)) continue;
    throw UsageError("the model gives an output of " + first.to_string() + " for one batch and of " +
                     batch[output].dims().to_string() + " for another; evaluate() needs one shape");
  }
  Tensor result(batches[0][output].dtype(), host::with_rows(first, rows));
  auto* to = static_cast<std::byte*>(result.data());
  for (const std::vector<Tensor>& batch : batches)
    to = std::copy_n(static_cast<const std::byte*>(batch[output].data()), batch[output].bytes(), to);
  return result;
}

}  // namespace

Array array_of(const Tensor& tensor) {
  const TensorView view = tensor;
  const int64_t size = view.dims.elements();
  Array array = Array::rows_of(TensorView(view.data, view.dtype, Dims{size}), 0, size);
  array.dims.assign(view.dims.begin(), view.dims.end());
  return array;
}

Predicted predict_all(const KerasModel& source, const host::ModelState& model, std::span<const TensorView> inputs, int64_t rows) {
  const auto scored = source.with_scored_outputs();
  const auto state = model.with_source(scored);
  host::Scratch scratch;
  const auto conformed = host::conformed(*state, inputs, scratch);
  const std::vector<ScoredOutput>& further = scored->scored_outputs();
  const bool adds = std::any_of(further.begin(), further.end(), [](const ScoredOutput& output) {
    return output.kind == ScoredOutput::loss || output.kind == ScoredOutput::metric;
  });
  Results batches;
  if (adds) {
    batches = by_batches(*state, conformed, rows);
  } else {
    batches.resize(1);
    batches[0].resize(scored->outputs().size());
    host::predict(*state, conformed, {.batch_size = rows}, batches[0]);
  }
  Predicted predicted;
  const size_t own = source.outputs().size();
  const int64_t all = inputs[0].dims[0];
  for (size_t i = 0; i < scored->outputs().size(); ++i) {
    const ScoredOutput::Kind kind = i < own ? ScoredOutput::mask : further[i - own].kind;
    if (i < own || kind == ScoredOutput::mask || kind == ScoredOutput::logits) {
      Tensor tensor = adds ? joined(batches, i, all) : std::move(batches[0][i]);
      if (i < own)
        predicted.outputs.push_back(std::move(tensor));
      else
        (kind == ScoredOutput::mask ? predicted.masks : predicted.logits).emplace(further[i - own].output, std::move(tensor));
      continue;
    }
    std::vector<Array> values;
    for (const std::vector<Tensor>& batch : batches) values.push_back(array_of(batch[i]));
    if (kind == ScoredOutput::loss)
      predicted.losses.push_back(std::move(values));
    else
      predicted.metrics.emplace_back(further[i - own].shown, std::move(values));
  }
  return predicted;
}

}  // namespace keraunos::loader
