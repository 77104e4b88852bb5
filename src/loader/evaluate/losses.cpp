#include "loader/evaluate/losses.h"

#include <algorithm>

namespace keraunos::loader {
namespace {

bool is_mean(const std::string& reduction) {
  return reduction == "sum_over_batch_size" || reduction == "auto" || reduction == "mean" ||
         reduction == "mean_with_sample_weight";
}

Array mask_of_both(const Array& a, const Array& b) {
  return zip(a, b, [](double x, double y) { return x != 0 && y != 0 ? 1 : 0; });
}

std::optional<Array> joined(const std::optional<Array>& a, const std::optional<Array>& b) {
  if (a && b) return mask_of_both(*a, *b);
  return a ? a : b;
}

double divided(double a, double b) { return b == 0 ? 0 : a / b; }

Array reduced(const Array& values, const std::string& reduction, const std::optional<Array>& weight) {
  if (reduction == "none" || values.rank() == 0 || values.dims == std::vector<int64_t>{0}) return values;
  const double sum = sum_of(values);
  if (reduction == "mean_with_sample_weight" && weight) return Array::number(divided(sum, sum_of(*weight)));
  return Array::number(is_mean(reduction) ? divided(sum, static_cast<double>(values.size())) : sum);
}

Array value_in_keras2(const Loss& loss, OutputBatch batch) {
  match_ranks(batch);
  std::optional<Array> weight = masked_weight(batch);
  Sides sides = batch.sides;
  if (loss.fits_ranks) fit_sides(sides);
  Values values = loss.measure(sides, loss.arguments);
  std::optional<Array> mask = joined(batch.mask, values.mask);
  if (mask && is_mean(loss.reduction)) {
    const double scale = static_cast<double>(mask->size()) / sum_of(*mask);
    for (double& value : mask->at) value *= scale;
  }
  if (mask && weight) {
    fit_weight(*mask, *weight);
    weight = zip(*mask, *weight, std::multiplies<>());
  } else if (mask) {
    weight = mask;
  }
  if (weight) {
    fit_weight(values.values, *weight);
    values.values = zip(values.values, *weight, std::multiplies<>());
  }
  return reduced(values.values, loss.reduction, {});
}

Array value_in_keras3(const Loss& loss, const OutputBatch& batch) {
  Sides sides = batch.sides;
  if (loss.fits_ranks && sides.prediction.rank() != sides.truth.rank()) {
    const std::vector<int64_t> before = sides.prediction.dims;
    to_same_rank(sides.truth, sides.prediction);
    if (sides.prediction.dims != before) sides.logits.reset();  // no longer the tensor of the activation
  }
  Values values = loss.measure(sides, loss.arguments);
  const bool scaled = loss.reduction == "mean" || loss.reduction == "sum_over_batch_size";
  std::optional<Array> weight = masked_weight(batch.weight, joined(batch.mask, values.mask), scaled);
  if (weight) {
    to_same_rank(values.values, *weight);
    values.values = zip(values.values, *weight, std::multiplies<>());
  }
  return reduced(values.values, loss.reduction, weight);
}

}  // namespace

void match_ranks(OutputBatch& batch) {
  const bool plain = batch.sides.prediction.rank() == 2;
  if (plain && batch.sides.truth.rank() == 1) batch.sides.truth = expanded(std::move(batch.sides.truth));
  if (plain && batch.weight && batch.weight->rank() == 1) batch.weight = expanded(std::move(*batch.weight));
}

std::optional<Array> masked_weight(const OutputBatch& batch) {
  if (!batch.mask) return batch.weight;
  if (!batch.weight) return batch.mask;
  Array weight = *batch.weight;
  fit_weight(*batch.mask, weight);
  return zip(weight, *batch.mask, std::multiplies<>());
}

std::optional<Array> masked_weight(const std::optional<Array>& weight, const std::optional<Array>& mask, bool scaled) {
  if (!mask) return weight;
  const double scale = scaled ? divided(static_cast<double>(mask->size()), sum_of(*mask)) : 1;
  Array counts = map(*mask, [&](double value) { return value != 0 ? scale : 0; });
  if (!weight) return counts;
  Array fitted = *weight;
  to_same_rank(counts, fitted);
  return zip(counts, fitted, std::multiplies<>());
}

// Keras 2 squeezes the longer one, unless it holds class numbers for scores.
void fit_sides(Sides& sides) {
  const int difference = sides.prediction.rank() - sides.truth.rank();
  if (difference == 1 && sides.prediction.last() == 1) {
    sides.prediction = squeezed(std::move(sides.prediction));
    sides.logits.reset();
  } else if (difference == -1 && sides.truth.last() == 1) {
    sides.truth = squeezed(std::move(sides.truth));
  }
}

void fit_weight(const Array& values, Array& weight) {
  if (weight.rank() == 0) return;
  if (weight.rank() - values.rank() == 1 && weight.last() == 1)
    weight = squeezed(std::move(weight));
  else if (values.rank() - weight.rank() == 1)
    weight = expanded(std::move(weight));
}

Array value_of(const Loss& loss, const OutputBatch& batch) {
  return batch.sides.keras == 2 ? value_in_keras2(loss, batch) : value_in_keras3(loss, batch);
}

}  // namespace keraunos::loader
