// The data of one predict(), however it is cut: views of the inputs' rows, memory for the results' rows, and the caller's
// callbacks.
#pragma once

#include <span>

#include "host/model/model_state.h"
#include "host/run/scratch.h"
#include "keraunos/model.h"

namespace keraunos::host {

class Batch {
 public:
  /// `results` has an element for each output, in the model's order; the tensors are made later.
  Batch(const ModelState& model, std::span<const TensorView> inputs, const PredictOptions& options, std::span<Tensor> results);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  const ModelState& model() const noexcept { return model_; }
  const PredictOptions& options() const noexcept { return options_; }
  /// A session of the model with the options of this call.
  ModelState::Borrowed session() const;
  std::span<const TensorView> inputs() const noexcept { return inputs_; }
  std::span<Tensor> results() const noexcept { return results_; }
  /// Rows of the batch: 1 for a scalar.
  int64_t rows() const noexcept { return rows_; }

  /// Views of some rows of every input, and the types by which their plan is looked up; valid until the next call of piece().
  std::span<const TensorView> piece(int64_t start, int64_t rows);
  std::span<const TensorType> types(std::span<const TensorView> views);
  /// The memory of some rows of every result; valid until the next call.
  std::span<const MutableView> room(int64_t start, int64_t rows);
  std::span<const MutableView> all_room();

  /// True when every output has a row for each row of the batch: `ports` are those of a piece of `rows`.
  bool has_row_for_each(std::span<const Port> ports, int64_t rows) const;
  /// Makes the results: `ports` are those of a piece of `rows`. UsageError where an output has no row for each row.
  void make_results(std::span<const Port> ports, int64_t rows);
  /// UsageError where a later piece, whose shapes depend on its data, does not fit the results.
  void check_piece(std::span<const Port> ports, int64_t start, int64_t rows) const;
  /// Strings of a result point into tables, inputs or the session that made them: copies the characters into the result.
  void own_strings();

  void throw_if_stopped(int64_t done) const;
  void progress(int64_t done) const;

 private:
  const ModelState& model_;
  const std::span<const TensorView> inputs_;
  const PredictOptions& options_;
  const std::span<Tensor> results_;
  const int64_t rows_;
  Scratch scratch_;
  List<TensorType> types_ = scratch_.list<TensorType>(inputs_.size());
  List<TensorView> piece_ = scratch_.list<TensorView>(inputs_.size());
  List<MutableView> room_ = scratch_.list<MutableView>(results_.size());
};

}  // namespace keraunos::host
