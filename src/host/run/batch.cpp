#include "host/run/batch.h"

#include <algorithm>

#include "host/run/row_views.h"
#include "host/run/session_state.h"
#include "keraunos/error.h"

namespace keraunos::host {

Batch::Batch(const ModelState& model, std::span<const TensorView> inputs, const PredictOptions& options,
             std::span<Tensor> results)
    : model_(model),
      inputs_(inputs),
      options_(options),
      results_(results),
      rows_(inputs.empty() || inputs[0].dims.rank() == 0 ? 1 : inputs[0].dims[0]) {}

ModelState::Borrowed Batch::session() const {
  ModelState::Borrowed borrowed = model_.borrow();
  borrowed->limit_turns(options_.max_turns);
  return borrowed;
}

std::span<const TensorView> Batch::piece(int64_t start, int64_t rows) {
  piece_.clear();
  for (const TensorView& view : inputs_) piece_.push_back(part_of(view, start, rows));
  return piece_;
}

std::span<const TensorType> Batch::types(std::span<const TensorView> views) {
  types_.clear();
  for (size_t i = 0; i < views.size(); ++i) types_.push_back({model_.source().inputs()[i].dtype, views[i].dims});
  return types_;
}

std::span<const MutableView> Batch::room(int64_t start, int64_t rows) {
  room_.clear();
  for (Tensor& tensor : results_) room_.push_back(part_of(tensor, start, rows));
  return room_;
}

std::span<const MutableView> Batch::all_room() {
  room_.clear();
  for (Tensor& tensor : results_) room_.push_back(tensor.mutable_view());
  return room_;
}

bool Batch::has_row_for_each(std::span<const Port> ports, int64_t rows) const {
  return std::all_of(ports.begin(), ports.end(),
                     [&](const Port& port) { return port.type.dims.rank() > 0 && port.type.dims[0] == rows; });
}

void Batch::make_results(std::span<const Port> ports, int64_t rows) {
  for (size_t i = 0; i < results_.size(); ++i) {
    const Dims& dims = ports[i].type.dims;
    if (rows_ != rows && (dims.rank() == 0 || dims[0] != rows)) {
      throw UsageError("output \"" + model_.source().outputs()[i].name + "\" of shape " + dims.to_string() +
                       " has no row per input row, so " + std::to_string(rows_) + " rows cannot be computed " +
                       std::to_string(rows) + " at a time; pass batch_size = " + std::to_string(rows_));
    }
    results_[i] = model_.result_memory().tensor(ports[i].type.dtype, rows_ == rows ? dims : with_rows(dims, rows_));
  }
}

void Batch::check_piece(std::span<const Port> ports, int64_t start, int64_t rows) const {
  for (size_t i = 0; i < results_.size(); ++i) {
    const Dims &found = ports[i].type.dims, wanted = with_rows(results_[i].dims(), rows);
    if (found == wanted) continue;
    throw UsageError("output \"" + model_.source().outputs()[i].name + "\" is " + found.to_string() + " for rows " +
                     std::to_string(start) + " to " + std::to_string(start + rows - 1) + ", but the rows before gave " +
                     wanted.to_string() + ": its shape depends on the data. Pass batch_size = " + std::to_string(rows_) +
                     " to compute all rows together");
  }
}

void Batch::own_strings() {
  for (Tensor& tensor : results_) {
    if (tensor.dtype() == DType::string) tensor = tensor.clone();
  }
}

void Batch::throw_if_stopped(int64_t done) const {
  if (options_.stop.stop_requested())
    throw Cancelled("predict was stopped after " + std::to_string(done) + " of " + std::to_string(rows_) + " rows");
}

void Batch::progress(int64_t done) const {
  if (options_.progress) options_.progress(done, rows_);
}

}  // namespace keraunos::host
