// Images as Keras's image_dataset_from_directory() gives them to a model: RGB, resized, float32.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace example {

struct Size {
  int height = 0, width = 0;
};

/// Eight bits a channel, three channels, rows from the top down.
struct Image {
  Size size{};
  std::vector<uint8_t> rgb{};
};

/// A JPEG (libjpeg-turbo) or PNG (libpng), told apart by content. Grey becomes RGB; alpha is dropped; of 16 bits the upper eight
/// are kept. Throws std::runtime_error, which names the file, where it is neither, damaged, or a JPEG in CMYK.
Image read_image(const std::filesystem::path& file);

enum class AspectRatio {
  stretch,  ///< Keras's default: the whole image, whatever its sides
  crop,     ///< `crop_to_aspect_ratio=True`: the largest centred part of the wanted sides
};

/// tf.image.resize(method="bilinear", antialias=False): for each element the four around its centre. Values go from 0 to 255, in
/// the layout (height, width, 3).
std::vector<float> resized(const Image& image, Size wanted, AspectRatio ratio);

/// A file of the folder, and the class that its sub-folder stands for.
struct Labelled {
  std::filesystem::path file{};
  int label = 0;
};
struct ImageFolder {
  std::vector<std::string> classes{};  ///< names of the sub-folders, sorted; hidden ones are left out
  std::vector<Labelled> files{};       ///< .jpg, .jpeg and .png below them, in Keras's order with shuffle=False
};

ImageFolder list_images(const std::filesystem::path& folder);

}  // namespace example
