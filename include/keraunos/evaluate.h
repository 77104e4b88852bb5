// How a model was compiled, and what evaluate() takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraunos/export.h"
#include "keraunos/tensor.h"

namespace keraunos {

/// A loss or a metric as the file has it.
struct KERAUNOS_API CompiledPart {
  std::string output;      ///< whose it is; empty: every output's, or the only one's
  std::string class_name;  ///< "MeanSquaredError", or what the file calls it instead: "mse"
  std::string config;      ///< its arguments as JSON text; "{}" where the file holds a name alone
  bool weighted = false;   ///< a metric in which sample weights count (Keras's weighted_metrics)
};

struct KERAUNOS_API CompiledOptimizer {
  std::string class_name;                 ///< "Adam", or "adam"
  std::string config;                     ///< JSON text; "{}" where the file holds a name alone
  std::optional<int64_t> iterations{};    ///< batches that it was trained with, where the file says
  std::optional<double> learning_rate{};  ///< after them, a schedule evaluated; none where the file does not say or the schedule
                                          ///< is a class of the user's
};

struct EvaluateOptions {
  /// By the name of an output, or one under "" for all outputs: a weight for each row, or for each step of each row.
  NamedViews sample_weight{};
  /// Rows of a batch. The loss of each batch counts by its rows, as in Keras, so results depend on it where rows have weights or
  /// masks. A stateful model takes the batch size that its file fixes.
  int64_t batch_size = 32;
};

}  // namespace keraunos
