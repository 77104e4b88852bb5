// The images example beside what Keras's image_dataset_from_directory() and predict() gave (examples/images/make_golden.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

#include "images/image.h"
#include "keraunos/keraunos.h"
#include "loader/files/npy.h"

namespace keraunos {
namespace {

using example::AspectRatio;

const std::filesystem::path kImages = std::filesystem::path(KERAUNOS_EXAMPLES) / "images";

struct Variant {
  const char* name;
  AspectRatio ratio;
};

class Images : public ::testing::TestWithParam<Variant> {
 protected:
  const Named golden_ = files::read_npz((kImages / "golden.npz").string());
  const example::ImageFolder folder_ = example::list_images(kImages / "folder");

  std::vector<float> pixels() const {
    const Dims dims = golden_[GetParam().name].dims();
    std::vector<float> all;
    for (const example::Labelled& image : folder_.files) {
      const auto one = example::resized(example::read_image(image.file), {int(dims[1]), int(dims[2])}, GetParam().ratio);
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }
};

TEST_P(Images, AreThoseOfKeras) {
  const auto expected = golden_[GetParam().name].values<float>();
  const std::vector<float> found = pixels();
  ASSERT_EQ(found.size(), expected.size());
  const size_t one = expected.size() / folder_.files.size();
  for (size_t i = 0; i < folder_.files.size(); ++i) {
    float difference = 0;
    for (size_t k = i * one; k < (i + 1) * one; ++k) difference = std::max(difference, std::abs(found[k] - expected[k]));
    // JPEG is not decoded to the same bits by every version of libjpeg; with 2.1.5 the difference is zero.
    EXPECT_LE(difference, folder_.files[i].file.extension() == ".png" ? 0.f : 1.f) << folder_.files[i].file;
  }
}

TEST_P(Images, GiveTheScoresOfKeras) {
  const std::vector<float> found = pixels();
  const Tensor scores = load_model(kImages / "stripes.keras").predict({found, golden_[GetParam().name].dims()});
  const auto expected = golden_[std::string(GetParam().name) + "_scores"].values<float>();
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(scores.values<float>()[i], expected[i], 1e-5) << i;
}

INSTANTIATE_TEST_SUITE_P(Ratios, Images,
                         ::testing::Values(Variant{"stretched", AspectRatio::stretch}, Variant{"cropped", AspectRatio::crop}),
                         [](const auto& variant) { return variant.param.name; });

TEST(ImageFolder, HasTheClassesAndLabelsOfKeras) {
  const example::ImageFolder folder = example::list_images(kImages / "folder");
  EXPECT_EQ(folder.classes, (std::vector<std::string>{"lying", "upright"}));
  std::vector<int32_t> labels;
  for (const example::Labelled& image : folder.files) labels.push_back(image.label);
  const Named golden = files::read_npz((kImages / "golden.npz").string());
  EXPECT_TRUE(std::ranges::equal(labels, golden["labels"].values<int32_t>()));
}

std::string message_for(const std::vector<char>& bytes) {
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "keraunos_damaged_image";
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  try {
    example::read_image(file);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

TEST(ImageFile, DamagedOrOfAnotherKindIsRefusedByName) {
  EXPECT_NE(message_for({'B', 'M', 0}).find("keraunos_damaged_image is neither a JPEG nor a PNG"), std::string::npos);
  for (const char* name : {"lying/a.jpg", "lying/c.png"}) {
    std::ifstream stream(kImages / "folder" / name, std::ios::binary);
    std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
    bytes.resize(bytes.size() / 2);
    EXPECT_NE(message_for(bytes).find("is a damaged "), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace keraunos
