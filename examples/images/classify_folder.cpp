// Classifies the images of a folder by a model that was trained with keras.utils.image_dataset_from_directory().
//
//   classify_folder MODEL FOLDER [--crop]
//
// The sub-folders of FOLDER are the classes; --crop is `crop_to_aspect_ratio=True`. Prints the class of each image and how many
// lie in the sub-folder of their class.
#include <keraunos/keraunos.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <string_view>

#include "image.h"

namespace {

using example::AspectRatio;
using example::ImageFolder;
using example::Labelled;
using example::Size;

// What the model reads: (None, height, width, 3), with sizes that the file fixes.
Size input_size(const keraunos::Model& model) {
  const std::vector<keraunos::TensorSpec> inputs = model.inputs();
  const auto& shape = inputs.at(0).shape;
  if (inputs.size() != 1 || shape.size() != 4 || !shape[1] || !shape[2] || shape[3] != 3)
    throw keraunos::UsageError("the model has to read one input of images (None, height, width, 3), but it reads " +
                               inputs.at(0).to_string());
  return {static_cast<int>(*shape[1]), static_cast<int>(*shape[2])};
}

// A batch at a time: memory does not grow with the folder.
int classify(const keraunos::Model& model, const ImageFolder& folder, AspectRatio ratio) {
  const Size size = input_size(model);
  std::span<const Labelled> rest = folder.files;
  int right = 0;
  while (!rest.empty()) {
    const auto batch = rest.first(std::min<size_t>(rest.size(), 32));
    std::vector<float> pixels;
    for (const Labelled& image : batch) {
      const std::vector<float> one = resized(example::read_image(image.file), size, ratio);
      pixels.insert(pixels.end(), one.begin(), one.end());
    }
    const auto rows = static_cast<int64_t>(batch.size());
    const keraunos::Tensor scores = model.predict({pixels, {rows, size.height, size.width, 3}});
    const size_t classes = folder.classes.size();
    if (scores.dims() != keraunos::Dims{rows, static_cast<int64_t>(classes)})
      throw keraunos::UsageError("the model's results " + scores.dims().to_string() + " do not fit the folder's " +
                                 std::to_string(classes) + " classes");
    for (size_t i = 0; i < batch.size(); ++i) {
      const auto row = scores.values<float>().subspan(i * classes, classes);
      const auto best = std::ranges::max_element(row) - row.begin();
      std::printf("%s  %s %.3f\n", batch[i].file.c_str(), folder.classes[static_cast<size_t>(best)].c_str(),
                  static_cast<double>(row[static_cast<size_t>(best)]));
      right += best == batch[i].label ? 1 : 0;
    }
    rest = rest.subspan(batch.size());
  }
  return right;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4 || (argc == 4 && std::string_view(argv[3]) != "--crop")) {
    std::fprintf(stderr, "usage: classify_folder MODEL FOLDER [--crop]\n");
    return 2;
  }
  try {
    const keraunos::Model model = keraunos::load_model(argv[1]);
    const ImageFolder folder = example::list_images(argv[2]);
    const int right = classify(model, folder, argc == 4 ? AspectRatio::crop : AspectRatio::stretch);
    std::printf("%d of %zu lie in the folder of their class\n", right, folder.files.size());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "classify_folder: %s\n", error.what());
    return 1;
  }
}
