// LoadOptions::scratch_folder: large weights are in a file that nobody else can open, and take memory only while they are read.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "keraunos/error.h"
#include "recorded.h"

namespace keraunos {
namespace {

Model load_with_scratch(const std::string& name, const std::filesystem::path& folder) {
  const golden::Case golden = golden::Case::read(case_folder(name));
  return load_model(golden.model, {.device = device_under_test(), .precision = Precision::float32, .scratch_folder = folder});
}

// Kilobytes of this process's mappings of scratch files that are in memory, as the operating system counts them.
int64_t resident_scratch() {
  std::ifstream maps("/proc/self/smaps");
  int64_t total = 0;
  bool ours = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("/keraunos-") != std::string::npos) ours = true;
    if (!line.starts_with("Rss:") || !ours) continue;
    total += std::stoll(line.substr(4));
    ours = false;
  }
  return total;
}

class Scratch : public testing::TestWithParam<std::string> {};

TEST_P(Scratch, HoldsTheWeightsWhichGiveTheSameResults) {
  const Recorded recorded(GetParam());
  const Model kept = recorded.load(), moved = load_with_scratch(GetParam(), std::filesystem::temp_directory_path());
  EXPECT_EQ(resident_scratch(), 0);
  EXPECT_GT(moved.memory().scratch, 0);
  EXPECT_LT(moved.memory().weights.host, kept.memory().weights.host);
  for (const int64_t rows : {recorded.rows(), int64_t{1}}) {
    const NamedViews inputs = recorded.inputs(moved, rows);
    EXPECT_TRUE(same(moved.predict(inputs), kept.predict(inputs))) << rows;
    if (device_under_test().kind != Device::cpu) {
      EXPECT_EQ(resident_scratch(), 0) << "the device has its own copy";
    }
  }
  for (const Layer& layer : kept.layers()) {
    for (const TensorSpec& weight : layer.weights())
      EXPECT_TRUE(same(moved.get_layer(layer.name()).weight(weight.name), layer.weight(weight.name))) << weight.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Scratch, testing::Values("conv2d_33_to_31_k3", "dense_wide_k2"),
                         [](const auto& test) { return test.param; });

TEST(Scratch, FileHasNoName) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("keraunos_scratch_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const Model model = load_with_scratch("dense_wide_k3", folder);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}

TEST(Scratch, FolderThatIsNotThereIsNamed) {
  try {
    (void)load_with_scratch("dense_wide_k3", "/no/such/folder");
    FAIL() << "a file was made in a folder that is not there";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("'/no/such/folder'"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace keraunos
