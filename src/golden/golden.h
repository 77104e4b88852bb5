// Recorded cases: a model, inputs, and the outputs that real Keras computed. `keraunos verify` and the tests replay them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/plan/plan.h"
#include "keraunos/model.h"

namespace keraunos::golden {

struct Call {
  std::filesystem::path inputs, outputs;
};

/// The recorded results of Keras's evaluate().
struct Evaluated {
  std::filesystem::path targets, weights{};  ///< an empty path: no weights
  int64_t batch_size = 32;
  std::vector<std::pair<std::string, std::vector<double>>> scores{};
  bool in_order = false;  ///< the scores are in the order of the list that Keras returns
};

/// A case.json and the files beside it; tests/cases/README.md describes the format.
struct Case {
  std::filesystem::path folder;
  std::filesystem::path model, weights;
  uint64_t synthetic_seed = 0;  ///< weights from the generator of synthetic numbers
  bool synthetic = false;
  std::vector<Call> calls;  ///< several calls run in sequence in one Session (stateful layers)
  std::optional<Evaluated> evaluated{};
  double rtol = 1e-4, atol = 1e-5;
  double level = 0;  ///< results are rounded to multiples of it, so rounding operands to TF32 may move one by this much
  int64_t batch_size = 0;
  std::vector<std::string> expect_error;  ///< texts that the refusal must contain; empty: the model must run
  std::vector<std::string> expect_plan;
  bool safe_mode = true;
  std::string signature;       ///< LoadOptions::signature
  std::string custom_objects;  ///< text: what the caller must register
  std::string recipe;          ///< CustomObjects::recipe; empty: none
  std::string only_on_cpu;     ///< the reason why results on a GPU differ; empty: they do not
  std::vector<std::string> classes;

  /// ModelError where case.json needs more memory than `max_bytes`, or is malformed.
  static Case read(const std::filesystem::path& folder, uint64_t max_bytes = LoadOptions{}.max_bytes);
};

struct Outcome {
  enum Kind { passed, refused, wrong } kind = passed;
  std::string message;       ///< of a refusal or a difference
  double largest_error = 0;  ///< in units of the tolerance: ≤ 1 passes
};

/// Loads with `options` (weights and seeds come from the case), predicts and compares. The arrays of a call may need max_bytes in
/// addition. Never throws for errors of a model. `plan` may ask for gaps and poison in the arena (host/plan/poison.h).
Outcome run(const Case& golden, const LoadOptions& options, const host::PlanOptions& plan = {});

/// Compares a model's scores with those of the case; called where predictions agree. Returns a message where they differ.
std::string compare_scores(const Model& model, const NamedViews& inputs, const Case& golden, const LoadOptions& options);

/// A model with the synthetic weights that the cases use; those of its file are ignored.
Model load_synthetic(const std::filesystem::path& model, const LoadOptions& options, uint64_t seed);

/// Folders below `root` that hold a case.json, sorted.
std::vector<std::filesystem::path> find_cases(const std::filesystem::path& root);

}  // namespace keraunos::golden
