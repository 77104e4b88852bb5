// Replays recorded cases in one process: starting a case takes a hundredth of a millisecond here and tens of milliseconds in a
// separate process.
//   golden_runner ROOT [--device cpu|cuda] [--precision P] [--shard I/N] [--seeds N [--first-seed K]] [--allow-refused MINIMUM]
//   [--only TEXT] [--poison yes] [--piece-rows N] [--widen CASE=FACTOR] [--saved FOLDER]
// --poison: gaps between the tensors of an arena, and NaN in their memory outside their lifetimes. --piece-rows: batches of
// independent rows are cut. With --allow-refused a case may be refused with a message (models from other sources), but at least
// MINIMUM must pass and none may be wrong. --widen multiplies the tolerances of one case, for a measured reason.
// --saved: each model is saved as a .keras file in FOLDER, and that file is replayed.
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "case_objects.h"
#include "golden/golden.h"
#include "keraunos/error.h"
#include "scheduler_seed.h"

namespace {

using namespace keraunos;

struct Options {
  std::string root, only, saved;
  LoadOptions load;
  host::PlanOptions plan;
  std::string widened;
  double factor = 1;
  int shard = 0, shards = 1, seeds = 1, first_seed = 0, minimum = -1;
};

Precision precision_named(const std::string& name) {
  if (name == "tf32") return Precision::tf32;
  if (name == "float16") return Precision::float16;
  if (name == "bfloat16") return Precision::bfloat16;
  if (name == "float32") return Precision::float32;
  throw std::invalid_argument("unknown precision " + name);
}

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  options.root = arguments.at(0);
  options.load.device = Device{};
  options.load.custom_objects = case_objects();
  for (size_t i = 1; i + 1 < arguments.size(); i += 2) {
    const std::string &name = arguments[i], &value = arguments[i + 1];
    if (name == "--device")
      options.load.device = value == "cuda" ? Device{.kind = Device::cuda} : Device{};
    else if (name == "--precision")
      options.load.precision = precision_named(value);
    else if (name == "--shard")
      options.shard = std::stoi(value), options.shards = std::stoi(value.substr(value.find('/') + 1));
    else if (name == "--seeds")
      options.seeds = std::stoi(value);
    else if (name == "--first-seed")
      options.first_seed = std::stoi(value);
    else if (name == "--allow-refused")
      options.minimum = std::stoi(value);
    else if (name == "--widen")
      options.widened = value.substr(0, value.find('=')), options.factor = std::stod(value.substr(value.find('=') + 1));
    else if (name == "--only")
      options.only = value;
    else if (name == "--poison" && value == "yes")
      options.plan.gap = 256, options.plan.poison = true;
    else if (name == "--saved")
      options.saved = value;
    else if (name == "--piece-rows")
      options.plan.piece_rows = std::stoll(value);
    else
      throw std::invalid_argument("unknown option " + name);
  }
  return options;
}

Model load(const golden::Case& golden, LoadOptions options) {
  options.safe_mode = golden.safe_mode;
  options.signature = golden.signature;
  if (!golden.recipe.empty()) options.custom_objects.recipe(golden.recipe);
  if (golden.synthetic) return golden::load_synthetic(golden.model, options, golden.synthetic_seed);
  options.weights = golden.weights;
  return load_model(golden.model, options);
}

golden::Outcome run_saved(golden::Case golden, const Options& options) {
  if (!golden.expect_error.empty()) return {};
  const std::filesystem::path file = std::filesystem::path(options.saved) / "saved.keras";
  try {
    load(golden, options.load).save(file);
  } catch (const Error& error) {
    return {golden::Outcome::refused, error.what()};
  }
  golden.model = file;
  golden.evaluated.reset();  // Keras 3 weights and names the losses of several outputs differently
  golden.weights.clear(), golden.signature.clear(), golden.expect_plan.clear();
  golden.synthetic = golden.safe_mode = false;
  const golden::Outcome outcome = golden::run(golden, options.load, options.plan);
  return outcome.kind == golden::Outcome::refused ? golden::Outcome{golden::Outcome::wrong, outcome.message} : outcome;
}

// Each case runs on one of the scheduler's seeds, so that the cases together cover all of them.
int replay(const Options& options) {
  int passed = 0, refused = 0, wrong = 0, index = 0;
  for (const auto& folder : golden::find_cases(options.root)) {
    if (folder.filename().string().find(options.only) == std::string::npos) continue;
    if (index++ % options.shards != options.shard) continue;
    const int seed = (index + options.first_seed) % options.seeds;
    set_scheduler_seed(static_cast<uint64_t>(seed));
    golden::Case golden = golden::Case::read(folder);
    if (!golden.only_on_cpu.empty() && options.load.device != Device{}) continue;
    if (folder.filename() == options.widened) golden.rtol *= options.factor, golden.atol *= options.factor;
    const golden::Outcome outcome =
        options.saved.empty() ? golden::run(golden, options.load, options.plan) : run_saved(golden, options);
    const bool allowed = outcome.kind == golden::Outcome::refused && options.minimum >= 0;
    if (outcome.kind == golden::Outcome::passed)
      ++passed;
    else if (allowed)
      ++refused;
    else
      ++wrong;
    if (outcome.kind != golden::Outcome::passed) {
      std::cout << (allowed ? "refused " : "WRONG   ") << folder.filename().string() << " (seed " << seed
                << "): " << outcome.message << std::endl;  // flushed: a later case may end the program
    }
  }
  std::cout << passed << " passed, " << wrong << " failed, " << refused << " refused\n";
  if (passed + refused + wrong == 0) std::cout << "no cases found in " << options.root << '\n';
  const bool enough = options.minimum < 0 ? passed > 0 : passed >= options.minimum;
  if (!enough && options.minimum >= 0) std::cout << "fewer cases passed than the " << options.minimum << " that must\n";
  return wrong == 0 && enough ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;  // ctest's SKIP_RETURN_CODE
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return 2;
  const Options options = parse(arguments);
  if (!options.saved.empty()) std::filesystem::create_directories(options.saved);
  if (!std::filesystem::is_directory(options.root)) {
    std::cout << "skipped: the folder of recorded cases is not there\n";
    return kSkipped;
  }
  if (options.load.device != Device{} && Device::automatic() == Device{}) {
    std::cout << "skipped: no GPU here\n";
    return kSkipped;
  }
  return replay(options);
}
