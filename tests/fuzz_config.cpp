// Changes one value of a recorded case's config at a time, with fixed seeds: integers become extreme, numbers NaN and infinity,
// texts empty or long, lists empty or doubled, types are exchanged, members are removed. Each model must load and predict its
// case's inputs, or be refused with a message.
//   fuzz_config CASES [--changes N] [--first SEED] [--only SEED]      with KERAUNOS_SHOW set, what each seed changes and what
//   comes of it
// Changes run in processes of about a hundred, with limits of memory and time for each, so that a crash names its seed and the
// others still run.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <vector>

#include "altered.h"
#include "case_objects.h"
#include "child.h"
#include "config_change.h"
#include "golden/golden.h"
#include "loader/files/npy.h"
#include "loader/package.h"

// The library refuses impossible sizes; ASan must return null for them, as malloc does.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1:max_allocation_size_mb=1024:handle_abort=1";
}

namespace {

namespace fs = std::filesystem;
using namespace keraunos;

struct Subject {
  std::string name, file;  // of the case, and of its model
  Json config;
  std::map<std::string, std::string> members;  // of an archive; otherwise empty
  fs::path weights;                            // the file that holds them
  Named inputs;
  std::string recipe;  // that the case is loaded with; empty: none
};

// The message about a wrong number of weights names the file that holds them.
bool names_a_file(const std::string& says, const Subject& subject) {
  const std::string weights = subject.weights.filename().string();
  return says.find(subject.file) != std::string::npos || (!weights.empty() && says.find(weights) != std::string::npos);
}

NamedViews views_for(const Model& model, const Named& arrays) {
  const std::vector<TensorSpec> specs = model.inputs();
  NamedViews views;
  for (size_t i = 0; i < specs.size(); ++i) {
    const auto found =
        std::find_if(arrays.begin(), arrays.end(), [&](const auto& array) { return array.first == specs[i].name; });
    if (found == arrays.end() && i >= arrays.size()) throw UsageError("the case has fewer inputs than the model");
    views.emplace_back(specs[i].name, found != arrays.end() ? found->second : arrays[i].second);
  }
  return views;
}

// A change may make a large model of a small one, which then computes for as long as it needs.
constexpr double kMostWork = 2e9;  // multiplications and additions

double work_of(const Model& model, const NamedViews& inputs) {
  std::vector<Dims> dims;
  for (const auto& [name, view] : inputs) dims.push_back(view.dims);
  return model.describe_plan(dims).flops;
}

// A description of what the library did wrong, if anything; `says` is set to the library's message.
std::string taken(const Subject& subject, const std::function<Model()>& load, std::string& says) {
  bool loaded = false;
  try {
    const Model model = load();
    loaded = true;
    const NamedViews inputs = views_for(model, subject.inputs);
    says = "predicts";
    if (work_of(model, inputs) < kMostWork) model.predict(inputs);
  } catch (const Error& error) {
    says = error.what();
    if (says.empty()) return "an error without words";
    if (dynamic_cast<const InternalError*>(&error) != nullptr || says.find("internal error") != std::string::npos) return says;
    if (!loaded && dynamic_cast<const DeviceError*>(&error) == nullptr && !names_a_file(says, subject))
      return "does not name the file: " + says;
  } catch (const std::exception& error) {
    return std::string("no error of the library: ") + error.what();
  }
  return {};
}

Model load(const Subject& subject, const Json& config, const Folder& folder) {
  LoadOptions options{.device = Device{}, .threads = 1, .max_bytes = uint64_t{64} << 20};
  options.custom_objects = case_objects();
  if (!subject.recipe.empty()) options.custom_objects.recipe(subject.recipe);
  const std::string text = text_of(config);
  if (subject.members.empty()) {
    options.weights = subject.weights;
    return load_model(folder.write(subject.file, text), options);
  }
  files::ZipWriter writer((folder.path() / subject.file).string());
  for (const auto& [member, content] : subject.members) {
    const auto bytes = std::as_bytes(std::span(member == "config.json" ? text : content));
    writer.add(member, {bytes.begin(), bytes.end()});
  }
  writer.finish();
  return load_model(folder.path() / subject.file, options);
}

std::string change_and_load(const std::vector<Subject>& subjects, uint64_t seed, const Folder& folder) {
  Dice dice(seed);
  const Subject& subject = subjects[dice.below(subjects.size())];
  auto left = static_cast<int64_t>(dice.below(count_values(subject.config)));
  std::string what;
  const auto config = changed(subject.config, left, [&](const Json& value) {
    auto result = other(value, subject.config, dice);
    what = value.dump().substr(0, 200) + " -> " + (result ? result->dump().substr(0, 200) : "(lost)");
    return result;
  });
  if (std::getenv("KERAUNOS_SHOW") != nullptr) std::cout << seed << ' ' << subject.name << ": " << what << std::endl;
  std::string says;
  const std::string trouble = taken(
      subject, [&] { return load(subject, config.value_or(Json()), folder); }, says);
  if (std::getenv("KERAUNOS_SHOW") != nullptr) std::cout << "    " << says << std::endl;
  return trouble.empty() ? trouble : subject.name + ": " + what + "\n    " + trouble;
}

Subject subject_of(const golden::Case& recorded, const Folder& folder) {
  Subject subject{.name = recorded.folder.filename().string(),
                  .file = "model.json",
                  .config = {},
                  .members = {},
                  .weights = recorded.weights,
                  .inputs = {},
                  .recipe = recorded.recipe};
  if (!recorded.calls.empty()) subject.inputs = files::read_npz(recorded.calls[0].inputs);
  const files::SharedBytes bytes = files::open_file(recorded.model.string());
  if (files::is_zip(*bytes)) {
    Archive archive(recorded.model);
    subject.file = "model.keras";
    subject.config = Json::parse(archive.config(), "config.json");
    subject.members = std::move(archive.members);
    return subject;
  }
  const bool hdf5 = recorded.model.extension() == ".h5";
  const loader::Package package = hdf5 ? loader::open_hdf5(bytes, {}) : loader::open_json(bytes, {});
  subject.config = *package.config;
  if (!hdf5) return subject;
  subject.config.set("keras_version", package.keras_version).set("backend", package.backend);
  subject.weights = folder.path() / (subject.name + ".h5");
  fs::copy_file(recorded.model, subject.weights);
  return subject;
}

// Cases that run unchanged. (Few have a part that cannot be expressed in JSON.)
std::vector<Subject> subjects_of(const fs::path& cases, const Folder& folder) {
  std::vector<Subject> subjects;
  size_t left_out = 0;
  for (const fs::path& path : golden::find_cases(cases)) {
    const golden::Case recorded = golden::Case::read(path);
    // Not a checkpoint, which has several files.
    const bool whole_file = recorded.weights.empty() || fs::exists(recorded.weights);
    const bool frozen = recorded.model.extension() == ".pb";
    if (recorded.synthetic || frozen || fs::is_directory(recorded.model) || !whole_file) {
      ++left_out;
      continue;
    }
    subjects.push_back(subject_of(recorded, folder));
  }
  if (subjects.empty()) throw std::runtime_error("no cases in " + cases.string());
  std::cout << subjects.size() << " cases, " << left_out << " left out\n";
  return subjects;
}

constexpr uint64_t kTogether = 200;
constexpr char kMark = '\1';                         // precedes the seed that is being tried
constexpr size_t kMostSaid = 1 << 15;                // largest size of a process's complaints
constexpr unsigned kSeconds = kSanitized ? 30 : 10;  // of processor time for one change

// The hard limit applies to the whole process.
void limit_time_of_change() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  rlimit limits{};
  ::getrlimit(RLIMIT_CPU, &limits);
  limits.rlim_cur =
      std::min<rlim_t>(static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + kSeconds + 1, limits.rlim_max);
  ::setrlimit(RLIMIT_CPU, &limits);
  ::alarm(6 * kSeconds);
}

// Runs seeds until one ends its process; returns how many ran.
uint64_t run_some(const std::vector<Subject>& subjects, uint64_t first, uint64_t last, const Folder& folder, int& bad) {
  const Ending ending = in_child({.seconds = static_cast<unsigned>(last - first) * kSeconds}, [&](Report& report) {
    std::string said;
    for (uint64_t seed = first; seed < last; ++seed) {
      report.say(said + kMark + std::to_string(seed));
      limit_time_of_change();
      const std::string trouble = change_and_load(subjects, seed, folder);
      if (!trouble.empty() && said.size() < kMostSaid)
        said += "seed " + std::to_string(seed) + ": " + trouble.substr(0, 1500) + '\n';
    }
    report.say(said + kMark + std::to_string(last));
  });
  const size_t mark = ending.text.rfind(kMark);
  const std::string said = ending.text.substr(0, mark);
  std::cout << said;
  for (size_t at = said.find("seed "); at != std::string::npos; at = said.find("\nseed ", at + 1)) ++bad;
  if (ending.sound) return last - first;
  const uint64_t reached = mark == std::string::npos ? first : std::stoull(ending.text.substr(mark + 1));
  bad += 1;
  std::cout << "seed " << reached << ": " << ending.trouble << std::endl;
  return reached - first + 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return 2;
  uint64_t first = 0, changes = 3000;
  for (size_t i = 1; i + 1 < arguments.size(); i += 2) {
    if (arguments[i] == "--changes") changes = std::stoull(arguments[i + 1]);
    if (arguments[i] == "--first") first = std::stoull(arguments[i + 1]);
    if (arguments[i] == "--only") first = std::stoull(arguments[i + 1]), changes = 1;
  }
  const Folder folder;
  const std::vector<Subject> subjects = subjects_of(arguments[0], folder);
  int bad = 0;
  const uint64_t end = first + changes;
  for (uint64_t seed = first; seed < end;) seed += run_some(subjects, seed, std::min(seed + kTogether, end), folder, bad);
  std::cout << changes << " changes, " << bad << " bad\n";
  return bad == 0 && !subjects.empty() ? 0 : 1;
}
