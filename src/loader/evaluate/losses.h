// Losses as Keras applies them: the function, then masks, sample weights and the reduction.
#pragma once

#include <optional>

#include "loader/evaluate/functions.h"

namespace keraunos::loader {

struct Loss {
  std::string name;  ///< Keras's name of it
  const FunctionRow* function = nullptr;
  Config arguments;
  std::string reduction = "sum_over_batch_size";
};

/// Targets and predictions of one output for the rows of a batch.
struct OutputBatch {
  Sides sides;
  std::optional<Array> mask{};    ///< Keras's mask of the output
  std::optional<Array> weight{};  ///< of the samples
};

/// A number, or one for each loss where nothing is reduced.
Array value_of(const Loss& loss, const OutputBatch& batch);

/// Keras 2: targets and weights of one axis get a second one where predictions have two.
void match_ranks(OutputBatch& batch);
/// Keras 2: weights times mask, whichever are there.
std::optional<Array> masked_weight(const OutputBatch& batch);
/// Before Keras 2's functions: sides that differ by a last axis of 1.
void fit_sides(Sides& sides);
/// Keras 2: weights fitted to values by a last axis, which either may lack.
void fit_weight(const Array& values, Array& weight);
/// The same with Keras 3's mask: weights where the mask is, 0 elsewhere; `scaled` so that a mean over all is one of those that
/// count.
std::optional<Array> masked_weight(const std::optional<Array>& weight, const std::optional<Array>& mask, bool scaled);

}  // namespace keraunos::loader
