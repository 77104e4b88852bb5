// The configuration of a served model: what it says for Keraunos, and what follows from the Keras file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keraunos/model.h"

namespace keraunos::triton {

/// What a configuration (ModelConfig as JSON) says for this backend.
struct Settings {
  std::string file;                ///< default_model_filename
  int64_t max_batch_size = 0;      ///< above 0: inputs and outputs have rows that Triton may put together
  std::optional<Device> device{};  ///< of the first instance group that names one
  LoadOptions options{};           ///< from "parameters": precision, threads, safe_mode, signature
};

/// UsageError for a parameter that is not known or has no such value.
Settings settings_of(std::string_view config);

struct Described {
  std::vector<TensorSpec> inputs, outputs;
  bool rows_are_independent = false;  ///< the first axis of all is free, and requests may be computed together
};

/// `config` with inputs, outputs and batching where it does not say them: all of that where it names no inputs, no outputs and no
/// max_batch_size, else what is absent. `most_rows`: for max_batch_size.
std::string completed(std::string_view config, const Described& model, int64_t most_rows);

/// UsageError where inputs, outputs or batching of the configuration are not the model's.
void check_config(std::string_view config, const Described& model);

/// Of the server's command line (--backend-config=keraunos,max-batch-size=N), else 1024. UsageError for what it does not know.
int64_t most_rows_of(std::string_view backend_config);

}  // namespace keraunos::triton
