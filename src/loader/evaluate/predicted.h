// What evaluate() compares with the targets: the device's predictions, and what layers add to the loss and the metrics.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/model/model_state.h"
#include "loader/evaluate/array.h"
#include "loader/keras/keras_model.h"

namespace keraunos::loader {

struct Predicted {
  std::vector<Tensor> outputs;
  std::map<size_t, Tensor> masks, logits;                           ///< by output
  std::vector<std::vector<Array>> losses;                           ///< added ones: a value for each batch
  std::vector<std::pair<std::string, std::vector<Array>>> metrics;  ///< the same by name
};

/// Predicts all rows, `rows` at a time.
Predicted predict_all(const KerasModel& source, const host::ModelState& model, std::span<const TensorView> inputs, int64_t rows);

/// All elements of a tensor of any rank.
Array array_of(const Tensor& tensor);

}  // namespace keraunos::loader
