#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <string>

#include "image.h"

namespace example {
namespace {

namespace fs = std::filesystem;

bool is_image(const fs::path& file) {
  std::string suffix = file.extension().string();
  std::ranges::transform(suffix, suffix.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return suffix == ".jpg" || suffix == ".jpeg" || suffix == ".png";
}

}  // namespace

ImageFolder list_images(const fs::path& folder) {
  ImageFolder found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && !name.starts_with('.')) found.classes.push_back(name);
  }
  std::ranges::sort(found.classes);
  for (size_t label = 0; label < found.classes.size(); ++label) {
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder / found.classes[label])) {
      if (entry.is_regular_file() && is_image(entry.path())) files.push_back(entry.path());
    }
    // Folder by folder, as text: what lies in "a" comes before what lies in "a/b".
    std::ranges::sort(files, {},
                      [](const fs::path& file) { return std::pair(file.parent_path().string(), file.filename().string()); });
    for (fs::path& file : files) found.files.push_back({std::move(file), static_cast<int>(label)});
  }
  if (found.files.empty()) throw std::runtime_error(folder.string() + " has no images in sub-folders");
  return found;
}

}  // namespace example
