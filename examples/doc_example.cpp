// Loads two models that Keras 2.15 and Keras 3 saved, predicts ten rows with each and prints them next to Keras's own results.
#include <keraunos/keraunos.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

std::vector<float> numbers_in(const std::filesystem::path& file) {
  std::ifstream text(file);
  return {std::istream_iterator<float>(text), {}};
}

float show(const std::filesystem::path& folder, const char* version) {
  const auto name = std::string("keras") + version;
  const keraunos::Model model = keraunos::load_model(folder / (name + ".keras"));
  const std::vector<float> rows = numbers_in(folder / "rows.txt"), recorded = numbers_in(folder / (name + ".txt"));

  const keraunos::Tensor y = model.predict({rows, {10, 3}});

  std::printf("Keras %s: %s on %s\n", version, model.name().c_str(), model.device().to_string().c_str());
  float largest = 0;
  const auto found = y.values<float>();
  for (size_t row = 0; row < 10; ++row) {
    std::printf("  row %zu  predicted", row);
    for (size_t i = row * 5; i < row * 5 + 5; ++i) std::printf(" %.6f", static_cast<double>(found[i]));
    std::printf("   Keras");
    for (size_t i = row * 5; i < row * 5 + 5; ++i) std::printf(" %.6f", static_cast<double>(recorded[i]));
    std::printf("\n");
    for (size_t i = row * 5; i < row * 5 + 5; ++i) largest = std::max(largest, std::abs(found[i] - recorded[i]));
  }
  std::printf("  largest difference %.1e\n", static_cast<double>(largest));
  return largest;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::filesystem::path folder = argc > 1 ? argv[1] : "examples/doc_example";
    return std::max(show(folder, "2"), show(folder, "3")) < 1e-6f ? 0 : 1;
  } catch (const keraunos::Error& error) {
    std::fprintf(stderr, "doc_example: %s\n", error.what());
    return 1;
  }
}
