// Predicts with a model that holds a layer of our own, and compares with what Keras computed.
//
//   custom_layer FOLDER [cpu|cuda]        the folder with wave.keras, rows.txt and expected.txt (make_model.py)
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "wave_layer.h"

namespace {

std::vector<float> numbers_in(const std::filesystem::path& file) {
  std::ifstream text(file);
  return {std::istream_iterator<float>(text), {}};
}

float run(const std::filesystem::path& folder, keraunos::Device device) {
  keraunos::LoadOptions options{.device = device, .precision = keraunos::Precision::float32};
  options.custom_objects.layer(example::wave_layer());
  const keraunos::Model model = keraunos::load_model(folder / "wave.keras", options);

  const std::vector<float> rows = numbers_in(folder / "rows.txt"), expected = numbers_in(folder / "expected.txt");
  const keraunos::Tensor y = model.predict({rows, {static_cast<int64_t>(rows.size()) / 4, 4}});
  const auto found = y.values<float>();
  if (found.size() != expected.size()) throw keraunos::DataError("expected.txt does not hold the results of rows.txt");
  float largest = 0;
  for (size_t i = 0; i < found.size(); ++i) largest = std::max(largest, std::abs(found[i] - expected[i]));

  const keraunos::Dims shape{8, 4};  // the plan names our kernel, and says where it runs
  for (const auto& step : model.describe_plan({&shape, 1}).steps) {
    if (step.layer == "wave")
      std::printf("%s: %s, %s\n", model.device().to_string().c_str(), step.operation.c_str(), name_of(step.support).data());
  }
  std::printf("largest difference from Keras %.1e\n", static_cast<double>(largest));
  return largest;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string device = argc == 3 ? argv[2] : "cpu";
  if (argc < 2 || argc > 3 || (device != "cpu" && device != "cuda")) {
    std::fprintf(stderr, "usage: custom_layer FOLDER [cpu|cuda]\n");
    return 2;
  }
  try {
    return run(argv[1], {device == "cpu" ? keraunos::Device::cpu : keraunos::Device::cuda, 0}) < 1e-5f ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "custom_layer: %s\n", error.what());
    return 1;
  }
}
