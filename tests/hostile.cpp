// Other people's attacks on readers of zip, HDF5, JSON and Keras files: each is loaded in a process of its own, as a model and as the weights
// of a good one, and must be refused in words or load. No crash, no hang, no memory without limit.
//   hostile FOLDER EXCEPTIONS GOOD_JSON
// EXCEPTIONS lists files (below FOLDER) that a library we use cannot bear; it says of those that have become fine.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <vector>

#include "child.h"
#include "keraunos/keraunos.h"

namespace {

namespace fs = std::filesystem;
using namespace keraunos;

std::map<std::string, std::string> read_exceptions(const fs::path& file) {
  std::map<std::string, std::string> exceptions;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const size_t space = std::min(line.find(' '), line.size());
    exceptions[line.substr(0, space)] = line.substr(std::min(space + 1, line.size()));
  }
  return exceptions;
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

constexpr const char* kNotOurs = "NOT OURS: ";

// "loads", or the refusal; anything that is no error of ours is marked.
std::string outcome_of(const fs::path& model, const fs::path& weights) {
  try {
    load_model(model, {.device = Device{}, .threads = 1, .weights = weights, .max_bytes = uint64_t{256} << 20});
    return "loads";
  } catch (const ModelError& error) {
    const std::string text = error.what();
    if (text.find("internal error") != std::string::npos) return kNotOurs + text;
    const fs::path& named = weights.empty() ? model : weights;
    return text.find(named.filename().string()) == std::string::npos ? "does not name the file: " + text : text;
  } catch (const std::exception& error) {
    return std::string(kNotOurs) + error.what();
  }
}

struct Tally {
  int loaded = 0, refused = 0, excepted = 0, bad = 0;
};

void judge(const std::string& name, const std::string& how, const Ending& ending, const std::string* reason, Tally& tally) {
  const bool sound = ending.sound && !ending.text.starts_with(kNotOurs) && !ending.text.empty();
  const std::string found = ending.sound ? ending.text : ending.trouble;
  if (!sound && reason != nullptr) {
    ++tally.excepted;
    std::cout << "excepted " << name << how << ": " << found << " (" << *reason << ")\n";
  } else if (!sound) {
    ++tally.bad;
    std::cout << "BAD      " << name << how << ": " << found << '\n';
  } else {
    ++(ending.text == "loads" ? tally.loaded : tally.refused);
    if (std::getenv("KERAUNOS_SHOW") != nullptr) std::cout << "         " << name << how << ": " << found << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;  // ctest's SKIP_RETURN_CODE
  if (argc != 4) return 2;
  const fs::path folder = argv[1], good = argv[3];
  if (!fs::is_directory(folder)) {
    std::cout << "skipped: the folder of hostile files is not there\n";
    return kSkipped;
  }
  const auto exceptions = read_exceptions(argv[2]);
  Tally tally;
  for (const fs::path& file : files_below(folder)) {
    const std::string name = fs::relative(file, folder).string();
    const auto excepted = exceptions.find(name);
    const std::string* reason = excepted == exceptions.end() ? nullptr : &excepted->second;
    const int before = tally.excepted;
    judge(name, "", in_child({}, [&](Report& report) { report.say(outcome_of(file, {})); }), reason, tally);
    judge(name, " (as weights)", in_child({}, [&](Report& report) { report.say(outcome_of(good, file)); }), reason, tally);
    if (reason != nullptr && tally.excepted == before) std::cout << "fine now " << name << ": it could leave the list of exceptions\n";
  }
  std::cout << tally.refused << " refused, " << tally.loaded << " loaded, " << tally.excepted << " excepted, " << tally.bad << " bad\n";
  if (tally.refused + tally.loaded == 0) std::cout << "no files found in " << folder.string() << '\n';
  return tally.bad == 0 && tally.refused > 0 ? 0 : 1;
}
