// The program's commands. Each takes the parsed command line and returns the exit code; errors are thrown, and main() reports
// them.
#pragma once

#include <string>
#include <vector>

#include "keraunos/keraunos.h"
#include "loader/files/json.h"
#include "loader/open_model.h"

namespace keraunos::cli {

/// Options that several commands share.
struct ModelOptions {
  std::string model;
  std::string device = "auto";
  std::string precision = "as_saved";
  std::string weights;
  std::string hdf5 = "strict";
  uint64_t max_bytes = LoadOptions{}.max_bytes;
  std::string scratch;  ///< folder; empty: weights stay in memory
  int threads = 0;
  bool json = false;
  bool no_compile = false;
  bool safe_mode = true;
  std::string signature;
  std::vector<std::string> replacements;  ///< "layer=expression"
  std::vector<std::string> recipes;       ///< names of recipes for copied classes

  /// UsageError for a device or precision that does not exist.
  LoadOptions load_options() const;
  loader::LoadSource source() const;
  /// --weights synthetic:SEED generates the weights, so that an architecture can be timed and planned without its file of
  /// weights.
  Model load() const;
};

struct PredictCommand : ModelOptions {
  std::string inputs, outputs;
  int64_t batch_size = 0, max_turns = PredictOptions{}.max_turns;
  std::vector<std::string> layers;
  bool progress = false;  ///< show progress even if stderr is no terminal
  std::string trace;      ///< path of the trace; empty: no trace
};
int predict(const PredictCommand& command);

struct EvaluateCommand : ModelOptions {
  std::string inputs, targets, sample_weight;  ///< arrays; without weights: empty
  int64_t batch_size = EvaluateOptions{}.batch_size;
};
int evaluate(const EvaluateCommand& command);

int summary(const ModelOptions& options);

struct WeightsCommand : ModelOptions {
  std::string path, out;  ///< "dense_1/kernel"; empty: list all
};
int weights(const WeightsCommand& command);

struct ConvertCommand : ModelOptions {
  std::string out;
  std::string quantize;  ///< "int8" or "int4"; empty: weights as saved
};
int convert(const ConvertCommand& command);

struct VerifyCommand : ModelOptions {
  std::vector<std::string> cases;
};
int verify(const VerifyCommand& command);

struct BenchCommand : ModelOptions {
  int64_t batch = 1;
  int repeats = 0;  ///< 0: about two seconds
  std::string inputs;
};
int bench(const BenchCommand& command);

struct InspectCommand : ModelOptions {
  bool plan = false;
  int64_t batch = 1;
  std::string html;      ///< file for the page; empty: none
  bool measure = false;  ///< with measured times of steps on the page
  std::string inputs;    ///< inputs for the plan and the measurement; empty: random numbers
};
int inspect(const InspectCommand& command);
/// Writes the page. For a model that cannot run the page has no plan.
int inspect_as_page(const InspectCommand& command);

struct ProfileCommand : ModelOptions {
  std::string inputs, trace;  ///< files; empty: random numbers, no trace
  int64_t batch = 1;
  int runs = ProfileOptions{}.runs;
  int64_t top = 30;  ///< rows of a table; 0: all
  bool nvtx = false;
};
int profile(const ProfileCommand& command);
/// The arrays of a file, or random ones where there is none.
Named arrays_or_random(const ModelOptions& options, const Model& model, const std::string& file, int64_t batch);
/// Calls keraunos::profile; arrays that do not fit are a DataError.
Profile profiled(const Model& model, const NamedViews& inputs, const ProfileOptions& options);

struct DiffCommand : ModelOptions {
  std::string other, inputs;                  ///< files
  std::string other_device, other_precision;  ///< of the other model; empty: as the first
  double rtol = 1e-4, atol = 1e-5;
  int64_t batch_size = 0;
};
/// Returns 0 if the outputs of all layers that both models have agree, else 1.
int diff(const DiffCommand& command);

/// Lists the classes of layers and operations that files may contain.
int supported(bool json);

/// Arrays of a .npz or .npy as views of the model's inputs: by name, or `arr_0`, `arr_1`, … in input order. `file` is their
/// source, for messages. DataError where one is missing; an array without an input is reported on stderr.
NamedViews inputs_for(const Model& model, const Named& arrays, const std::string& file);
/// Calls Model::predict; arrays that do not fit are a DataError, not a wrong use of the program.
Named predicted(const Model& model, const NamedViews& inputs, const PredictOptions& options = {});
/// Random inputs of the model's types; None becomes `batch` for the first axis and 8 elsewhere; equal for equal seeds.
Named random_inputs(const Model& model, int64_t batch, uint64_t seed);

/// {"layer", "class_name", "reason"}.
files::Json item_json(const UnsupportedError::Item& item);

/// Writes one line to stderr; progress bars appear only on a terminal.
void note(const std::string& line);

}  // namespace keraunos::cli
