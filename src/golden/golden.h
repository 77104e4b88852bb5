// Recorded cases: a model, inputs, and the outputs that real Keras computed. Replayed by `keraunos verify` and by the tests.
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

/// What Keras's evaluate() gave.
struct Evaluated {
  std::filesystem::path targets, weights{};  ///< without weights: an empty path
  int64_t batch_size = 32;
  std::vector<std::pair<std::string, std::vector<double>>> scores{};
  bool in_order = false;  ///< the scores are in the order of the list that Keras answers
};

/// A case.json and the files beside it; tests/cases/README.md describes the format.
struct Case {
  std::filesystem::path folder;
  std::filesystem::path model, weights;
  uint64_t synthetic_seed = 0;  ///< weights from the generator of numbers
  bool synthetic = false;
  std::vector<Call> calls;  ///< more than one: run in sequence in one Session (stateful layers)
  std::optional<Evaluated> evaluated{};
  double rtol = 1e-4, atol = 1e-5;
  int64_t batch_size = 0;
  std::vector<std::string> expect_error;  ///< texts that the refusal must contain, each; none: the model must run
  std::vector<std::string> expect_plan;
  bool safe_mode = true;
  std::string signature;       ///< LoadOptions::signature
  std::string custom_objects;  ///< in words: what the caller must register
  std::string recipe;          ///< CustomObjects::recipe; empty: none
  std::vector<std::string> classes;

  /// ModelError where case.json needs more memory than `max_bytes`, or is malformed.
  static Case read(const std::filesystem::path& folder, uint64_t max_bytes = LoadOptions{}.max_bytes);
};

struct Outcome {
  enum Kind { passed, refused, wrong } kind = passed;
  std::string message;       ///< of a refusal or a difference
  double largest_error = 0;  ///< in units of the tolerance: ≤ 1 passes
};

/// Loads with `options` (weights and seeds come from the case), predicts and compares. The arrays of a call may take max_bytes,
/// too. Never throws for what a model does. `plan` may ask for gaps and poison in the arena (host/plan/poison.h).
Outcome run(const Case& golden, const LoadOptions& options, const host::PlanOptions& plan = {});

/// Whether a model's scores are those of the case; they are compared where predictions agree. Words where they are not.
std::string compare_scores(const Model& model, const NamedViews& inputs, const Case& golden, const LoadOptions& options);

/// A model with weights from the generator of numbers that the cases use; those of its file are ignored.
Model load_synthetic(const std::filesystem::path& model, const LoadOptions& options, uint64_t seed);

/// Folders below `root` that hold a case.json, sorted.
std::vector<std::filesystem::path> find_cases(const std::filesystem::path& root);

}  // namespace keraunos::golden
