// How far our float32 results are from float64, beside how far Keras's are: tests/data/exact (tests/cases/generate/exact.py).
//   exact_cpu CASES DATA [--write FILE]
// An output passes when its largest error is at most twice Keras's own plus one unit in the last place of its largest number.
// --write: one line a case, its worst ratio (2 is the limit), which scripts/coverage.py reads.
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "case_objects.h"
#include "golden/golden.h"
#include "keraunos/error.h"
#include "loader/files/npy.h"

namespace {

using namespace keraunos;
namespace fs = std::filesystem;

/// Float64 is the recorded output and `deltas * scale / 127`; `scale` is Keras's largest error.
struct Exact {
  double scale;
  std::span<const int8_t> deltas;
};

using Cases = std::map<std::string, std::map<std::string, Exact>>;  // by case and output

const Tensor& array(const Named& arrays, const std::string& name) {
  for (const auto& [key, tensor] : arrays)
    if (key == name) return tensor;
  throw std::runtime_error("no array " + name);
}

void add_cases(const Named& file, Cases& cases) {
  const auto names = array(file, "names").values<std::string_view>();
  const auto sizes = array(file, "sizes").values<int64_t>();
  const auto scales = array(file, "scales").values<double>();
  const auto deltas = array(file, "deltas").values<int8_t>();
  size_t at = 0, i = 0;
  for (const std::string_view name : names) {
    const size_t slash = name.find('/'), size = static_cast<size_t>(sizes[i]);
    cases[std::string(name.substr(0, slash))][std::string(name.substr(slash + 1))] = {scales[i], deltas.subspan(at, size)};
    at += size, ++i;
  }
}

Model load(const golden::Case& golden, LoadOptions options) {
  options.safe_mode = golden.safe_mode;
  options.signature = golden.signature;
  if (golden.synthetic) return golden::load_synthetic(golden.model, options, golden.synthetic_seed);
  options.weights = golden.weights;
  return load_model(golden.model, options);
}

double largest_of(std::span<const float> values) {
  double largest = 0;
  for (const float value : values)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(double{value}));
  return largest;
}

/// Our largest error over Keras's own and half a unit in the last place; 2 is the limit. An output of zeros is measured by
/// `largest`, the largest number of the case.
double ratio_of(std::span<const float> ours, std::span<const float> keras, const Exact& exact, double largest) {
  if (ours.size() != keras.size() || keras.size() != exact.deltas.size()) return INFINITY;
  if (largest_of(keras) > 0) largest = largest_of(keras);
  double error = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    const double truth = keras[i] + exact.deltas[i] * exact.scale / 127;
    if (!std::isfinite(truth)) continue;
    const double apart = std::abs(ours[i] - truth);
    error = std::isnan(apart) ? INFINITY : std::max(error, apart);
  }
  const auto top = static_cast<float>(largest);
  const double unit = double{std::nextafter(top, INFINITY)} - double{top};
  return error / (exact.scale + unit / 2);
}

double worst_of(const golden::Case& golden, const std::map<std::string, Exact>& exact, const LoadOptions& options) {
  const Model model = load(golden, options);
  PredictOptions predict;
  if (golden.batch_size != 0) predict.batch_size = golden.batch_size;
  const Named inputs = files::read_npz(golden.calls.at(0).inputs.string()),
              keras = files::read_npz(golden.calls[0].outputs.string());
  NamedViews views;
  for (const auto& [name, tensor] : inputs) views.emplace_back(name, tensor);
  const Named ours = model.predict(views, predict);
  double worst = 0, largest = 0;
  for (const auto& [name, truth] : exact) largest = std::max(largest, largest_of(array(keras, name).values<float>()));
  for (const auto& [name, truth] : exact)
    worst = std::max(worst, ratio_of(array(ours, name).values<float>(), array(keras, name).values<float>(), truth, largest));
  return worst;
}

/// Cases that may be further away, each with its reason: "case limit: reason".
std::map<std::string, double> wider_limits(const fs::path& file) {
  std::map<std::string, double> limits;
  std::ifstream lines(file);
  std::string name, reason;
  for (double limit = 0; lines >> name >> limit && std::getline(lines, reason);) limits[name] = limit;
  return limits;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 2) return 2;
  std::vector<Named> files;  // `cases` holds views of them
  Cases cases;
  for (const char* name : {"k2.npz", "k3.npz"})
    add_cases(files.emplace_back(files::read_npz((fs::path(arguments[1]) / name).string())), cases);
  LoadOptions options{.device = Device{}, .precision = Precision::float32};
  options.custom_objects = case_objects();
  std::ofstream written;
  if (arguments.size() == 4) written.open(arguments[3]);
  const std::map<std::string, double> limits = wider_limits(fs::path(arguments[1]) / "beyond.txt");
  int passed = 0, failed = 0;
  for (const auto& [name, exact] : cases) {
    double ratio = INFINITY;
    try {
      ratio = worst_of(golden::Case::read(fs::path(arguments[0]) / name), exact, options);
    } catch (const Error& error) {
      std::cout << name << ": " << error.what() << '\n';
    }
    if (written) written << name << ' ' << std::round(ratio * 100) / 100 << '\n';
    const auto wider = limits.find(name);
    const bool fits = ratio <= (wider == limits.end() ? 2 : wider->second);
    ++(fits ? passed : failed);
    if (!fits) std::cout << name << ": the error is " << ratio << " times Keras's\n";
  }
  std::cout << passed << " within twice Keras's error, " << failed << " beyond\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}
