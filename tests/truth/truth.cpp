// Records what the CUDA libraries answer, or judges this program's libraries by such a record.
//   truth record FILE     on a machine with a GPU, the program linked with the real libraries: writes the answers, one JSON
//   object a line truth judge FOLDER    linked with the stand-in (or with other versions of the libraries): compares with every
//   record in the folder
// The record's first line says which device and libraries gave it.
#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <thread>

#include "keraunos/error.h"
#include "kernels/cuda/runtime/properties.h"
#include "truth/answer.h"

namespace {

using namespace keraunos;

constexpr int kUsage = 2, kNoDevice = 3, kDeviceFailed = 4;  // exit codes

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

// Writes a line for every problem of its share, starting with `from`. A process whose device has failed gets errors for all later
// problems, so a failure ends this process and record() starts another one for the remaining problems.
int answer_share(size_t from, size_t step, const std::string& path) {
  truth::Respondent respondent;
  std::ofstream file(path, std::ios::app);
  const std::vector<truth::Problem> problems = truth::problems();
  for (size_t i = from; i < problems.size(); i += step) {
    const truth::Answer answer = respondent.answer(problems[i]);
    file << files::Json::object()
                .set("problem", problems[i].name)
                .set("text", problems[i].text)
                .set("answer", answer.json())
                .dump()
         << std::endl;
    if (cudaDeviceSynchronize() != cudaSuccess) return kDeviceFailed;
  }
  return 0;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// A child is started before this process uses CUDA, which does not survive a fork.
pid_t start_recorder(size_t from, size_t step, const std::string& path) {
  const pid_t child = fork();
  if (child != 0) return child;
  try {
    _exit(answer_share(from, step, path));
  } catch (const std::exception& error) {
    std::cerr << "truth: " << error.what() << '\n';
    _exit(kNoDevice);
  }
}

// Building a convolution's plan takes up to a second, so several processes share the problems.
int record(const std::string& path) {
  const size_t asked = truth::problems().size(), recorders = std::clamp<size_t>(std::thread::hardware_concurrency() / 2, 1, 8);
  const auto part = [&](size_t recorder) { return path + "." + std::to_string(recorder); };
  std::map<pid_t, size_t> running;
  for (size_t i = 0; i < recorders; ++i) {
    std::filesystem::remove(part(i));
    running[start_recorder(i, recorders, part(i))] = i;
  }
  while (!running.empty()) {
    int status = 0;
    const pid_t child = wait(&status);
    const size_t recorder = running.at(child), done = lines_of(part(recorder)).size(), next = recorder + done * recorders;
    running.erase(child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNoDevice) return kNoDevice;
    const bool crashed = WIFSIGNALED(status);
    if (crashed) std::cout << "a recorder ended by signal " << WTERMSIG(status) << " at problem " << next << '\n';
    if (crashed && next < asked) {  // the problem itself is omitted: its answer is unknown
      std::ofstream(part(recorder), std::ios::app) << '\n';
    }
    const size_t again = next + (crashed ? recorders : 0);
    if (again < asked) running[start_recorder(again, recorders, part(recorder))] = recorder;
  }
  std::ofstream file(path);
  file << origin().dump() << '\n';
  size_t recorded = 0, refused = 0;
  for (size_t i = 0; i < recorders; ++i) {
    for (const std::string& line : lines_of(part(i))) {
      if (line.empty()) continue;
      ++recorded, refused += line.find("\"refusal\"") != std::string::npos;
      file << line << '\n';
    }
    std::filesystem::remove(part(i));
  }
  std::cout << recorded << " of " << asked << " problems recorded, " << refused << " of them refused by the libraries\n";
  // An H200 refuses few problems (7 of 340); far more indicate an error of this program.
  return file.good() && recorded == asked && refused * 10 < asked ? 0 : 1;
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
    if (entry == recorded.end() || entry->second["text"].as_string() != problem.text)
      continue;  // a problem added after the recording
    ++judged;
    const std::string difference =
        truth::difference(problem, respondent.answer(problem), truth::Answer::read(entry->second["answer"]));
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
