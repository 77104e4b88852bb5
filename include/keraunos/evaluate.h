// How a model was compiled, and what evaluate() takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraunos/export.h"
#include "keraunos/tensor.h"

namespace keraunos {

/// A loss or a metric as the file describes it.
struct KERAUNOS_API CompiledPart {
  std::string output;      ///< the output that it belongs to; empty: every output, or the only one
  std::string class_name;  ///< "MeanSquaredError", or a short name that the file holds: "mse"
  std::string config;      ///< its arguments as JSON text; "{}" where the file holds only a name
  bool weighted = false;   ///< a metric in which sample weights count (Keras's weighted_metrics)
};

struct KERAUNOS_API CompiledOptimizer {
  std::string class_name;               ///< "Adam", or "adam"
  std::string config;                   ///< JSON text; "{}" where the file holds only a name
  std::optional<int64_t> iterations{};  ///< number of batches of its training, where the file states it
  /// The learning rate after them (a schedule is evaluated); absent where the file does not state it or has a custom schedule.
  std::optional<double> learning_rate{};
};

struct EvaluateOptions {
  /// Sample weights by the name of an output, or one under "" for all outputs: a weight for each row, or for each step of each
  /// row.
  NamedViews sample_weight{};
  /// Rows of a batch. The loss of each batch is weighted by its rows, as in Keras, so results depend on it where rows have
  /// weights or masks. A stateful model takes the batch size that its file fixes.
  int64_t batch_size = 32;
};

}  // namespace keraunos
