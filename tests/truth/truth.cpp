// Records what the CUDA libraries answer, or judges this program's libraries by such a record.
//   truth record FILE     on a machine with a GPU, the program linked with the real libraries: writes the answers, one JSON object a line
//   truth judge FOLDER    linked with the stand-in (or with other versions of the libraries): compares with every record in the folder
// The record's first line says which device and libraries gave it.
#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "keraunos/error.h"
#include "kernels/cuda/runtime/properties.h"
#include "truth/answer.h"

namespace {

using namespace keraunos;

files::Json origin() {
  int runtime = 0, driver = 0;
  cudaRuntimeGetVersion(&runtime);
  cudaDriverGetVersion(&driver);
  return files::Json::object()
      .set("device", cuda::properties_of(0).name)
      .set("driver", int64_t{driver})
      .set("runtime", int64_t{runtime})
      .set("cublaslt", static_cast<int64_t>(cublasLtGetVersion()))
      .set("cudnn", static_cast<int64_t>(cudnnGetVersion()));
}

int record(const std::string& path) {
  truth::Respondent respondent;
  std::ofstream file(path);
  file << origin().dump() << '\n';
  int64_t refused = 0, asked = 0;
  for (const truth::Problem& problem : truth::problems()) {
    const truth::Answer answer = respondent.answer(problem);
    ++asked, refused += !answer.refusal.empty();
    file << files::Json::object().set("problem", problem.name).set("text", problem.text).set("answer", answer.json()).dump() << '\n';
  }
  std::cout << asked << " problems recorded, " << refused << " of them refused by the libraries\n";
  return file.good() ? 0 : 1;
}

int judge_by(const std::filesystem::path& path, truth::Respondent& respondent) {
  std::map<std::string, files::Json> recorded;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::cout << path.filename().string() << ": " << line << '\n';
  while (std::getline(file, line)) {
    files::Json json = files::Json::parse(line, path.filename().string());
    recorded[json["problem"].as_string()] = std::move(json);
  }
  int64_t judged = 0, wrong = 0;
  for (const truth::Problem& problem : truth::problems()) {
    const auto entry = recorded.find(problem.name);
    if (entry == recorded.end() || entry->second["text"].as_string() != problem.text) continue;  // asked later than it was recorded
    ++judged;
    const std::string difference = truth::difference(problem, respondent.answer(problem), truth::Answer::read(entry->second["answer"]));
    if (difference.empty()) continue;
    ++wrong;
    std::cout << "WRONG " << problem.name << " (" << problem.text << "): " << difference << '\n';
  }
  std::cout << judged << " of " << truth::problems().size() << " problems judged, " << wrong << " wrong\n";
  return wrong == 0 && judged > 0 ? 0 : 1;
}

int judge(const std::string& folder) {
  constexpr int kSkipped = 77;
  truth::Respondent respondent;
  int worst = kSkipped;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    const int result = judge_by(entry.path(), respondent);
    worst = worst == kSkipped ? result : std::max(worst, result);
  }
  if (worst == kSkipped) std::cout << "skipped: no GPU has recorded anything yet, so nothing of the stand-in has been judged\n";
  return worst;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kUsage = 2, kNoDevice = 3;
  const std::string mode = argc == 3 ? argv[1] : "";
  try {
    if (mode == "record") return record(argv[2]);
    if (mode == "judge") return judge(argv[2]);
  } catch (const DeviceError& error) {
    std::cerr << "truth: " << error.what() << '\n';
    return kNoDevice;
  }
  std::cerr << "usage: truth record FILE | truth judge FOLDER\n";
  return kUsage;
}
