// Attacks from other sources on readers of zip, HDF5, JSON and Keras files: each is loaded in a separate process with the default
// options, as a model and as the weights of a valid one, and must be refused with a message, or load and predict once, without a
// crash, in at most 5 s and 1 GiB.
//   hostile FOLDER GOOD_JSON      with KERAUNOS_SHOW set, what was said of each file
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <vector>

#include "child.h"
#include "keraunos/keraunos.h"
#include "predict_once.h"

namespace {

namespace fs = std::filesystem;
using namespace keraunos;

constexpr Limits kLimits{.seconds = 5, .bytes = int64_t{1} << 30};

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

constexpr const char* kNotOurs = "NOT OURS: ";

// "loads", or the refusal; an exception that is not one of ours is marked.
std::string outcome_of(const fs::path& model, const fs::path& weights) {
  std::string loaded;
  try {
    const Model good = load_model(model, {.device = Device{}, .threads = 1, .weights = weights});
    loaded = "loads";
    predict_once(good);
    return loaded;
  } catch (const Error& error) {
    const std::string text = error.what();
    if (text.find("internal error") != std::string::npos) return kNotOurs + text;
    if (!loaded.empty()) return loaded;  // the reason why it cannot compute
    if (dynamic_cast<const ModelError*>(&error) == nullptr) return kNotOurs + text;
    const fs::path& named = weights.empty() ? model : weights;
    return text.find(named.filename().string()) == std::string::npos ? "does not name the file: " + text : text;
  } catch (const std::exception& error) {
    return std::string(kNotOurs) + error.what();
  }
}

struct Tally {
  int loaded = 0, refused = 0, bad = 0;
};

void judge(const std::string& name, const std::string& how, const Ending& ending, Tally& tally) {
  const bool sound = ending.sound && !ending.text.starts_with(kNotOurs) && !ending.text.empty();
  const std::string found = ending.sound ? ending.text : ending.trouble;
  if (!sound) {
    ++tally.bad;
    std::cout << "BAD      " << name << how << ": " << found << '\n';
    return;
  }
  ++(ending.text == "loads" ? tally.loaded : tally.refused);
  if (std::getenv("KERAUNOS_SHOW") != nullptr) std::cout << "         " << name << how << ": " << found << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;  // ctest's SKIP_RETURN_CODE
  if (argc != 3) return 2;
  const fs::path folder = argv[1], good = argv[2];
  if (!fs::is_directory(folder)) {
    std::cout << "skipped: the folder of hostile files is not there\n";
    return kSkipped;
  }
  Tally tally;
  for (const fs::path& file : files_below(folder)) {
    const std::string name = fs::relative(file, folder).string();
    judge(name, "", in_child(kLimits, [&](Report& report) { report.say(outcome_of(file, {})); }), tally);
    judge(name, " (as weights)", in_child(kLimits, [&](Report& report) { report.say(outcome_of(good, file)); }), tally);
  }
  std::cout << tally.refused << " refused, " << tally.loaded << " loaded, " << tally.bad << " bad\n";
  if (tally.refused + tally.loaded == 0) std::cout << "no files found in " << folder.string() << '\n';
  return tally.bad == 0 && tally.refused > 0 ? 0 : 1;
}
