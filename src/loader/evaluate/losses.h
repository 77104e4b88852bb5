// Losses as Keras applies them: the function, then masks, sample weights and the reduction.
#pragma once

#include <optional>

#include "loader/evaluate/functions.h"

namespace keraunos::loader {

struct Loss {
  std::string name;  ///< Keras's name of the loss
  Measure measure;
  Config arguments;
  std::string reduction = "sum_over_batch_size";
  /// Keras equalises the ranks of operands for functions and its own classes, but not for a class of the caller.
  bool fits_ranks = true;
};

/// Targets and predictions of one output for the rows of a batch.
struct OutputBatch {
  Sides sides;
  std::optional<Array> mask{};    ///< Keras's mask of the output
  std::optional<Array> weight{};  ///< of the samples
};

/// A number, or one for each element if nothing is reduced.
Array value_of(const Loss& loss, const OutputBatch& batch);

/// Keras 2: targets and weights of one axis get a second axis where predictions have two.
void match_ranks(OutputBatch& batch);
/// Keras 2: weights times mask, or the one that exists.
std::optional<Array> masked_weight(const OutputBatch& batch);
/// For Keras 2's functions: equalises operands that differ by a last axis of 1.
void fit_sides(Sides& sides);
/// Keras 2: equalises weights and values that differ by a last axis of 1.
void fit_weight(const Array& values, Array& weight);
/// The same with Keras 3's mask: the weights where the mask is true, 0 elsewhere; `scaled` so that the mean over all elements is
/// the mean over the unmasked ones.
std::optional<Array> masked_weight(const std::optional<Array>& weight, const std::optional<Array>& mask, bool scaled);

}  // namespace keraunos::loader
