// Reads the configuration of a served model, and completes it from the Keras file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keraunos/model.h"

namespace keraunos::triton {

/// The values of a configuration (ModelConfig as JSON) that this backend uses.
struct Settings {
  std::string file;                ///< default_model_filename
  int64_t max_batch_size = 0;      ///< if above 0, Triton may batch the rows of requests
  std::optional<Device> device{};  ///< from the first instance group that names a device
  LoadOptions options{};           ///< from "parameters": precision, threads, safe_mode, signature
};

/// UsageError for an unknown parameter or an invalid value.
Settings settings_of(std::string_view config);

struct Described {
  std::vector<TensorSpec> inputs, outputs;
  bool rows_are_independent = false;  ///< the first axis of each input and output is None, and requests may be computed together
};

/// Adds missing inputs, outputs and batching to `config`: all of them if it has no inputs, no outputs and no max_batch_size,
/// otherwise only the absent ones. `most_rows` is the value for max_batch_size.
std::string completed(std::string_view config, const Described& model, int64_t most_rows);

/// UsageError if inputs, outputs or batching of the configuration contradict the model.
void check_config(std::string_view config, const Described& model);

/// The value from the server's command line (--backend-config=keraunos,max-batch-size=N), otherwise 1024. UsageError for an
/// unknown setting.
int64_t most_rows_of(std::string_view backend_config);

}  // namespace keraunos::triton
