#include <algorithm>
#include <cmath>

#include "image.h"

namespace example {
namespace {

struct Box {
  int top = 0, left = 0;
  Size size{};
};

// As keras.utils' smart_resize(): in float32, and truncated.
Box centred(Size image, Size wanted) {
  const auto part = [](int side, int wanted_side, int other_wanted, int most) {
    const float length = static_cast<float>(int64_t{side} * wanted_side) / static_cast<float>(other_wanted);
    return std::clamp(static_cast<int>(length), 1, most);
  };
  const int height = part(image.width, wanted.height, wanted.width, image.height);
  const int width = part(image.height, wanted.width, wanted.height, image.width);
  return {.top = (image.height - height) / 2, .left = (image.width - width) / 2, .size = {height, width}};
}

/// Between which two elements one of the result lies, and how near to the second.
struct Between {
  int first = 0, second = 0;
  float share = 0;
};

std::vector<Between> along_axis(int from, int to) {
  std::vector<Between> places;
  const float scale = static_cast<float>(from) / static_cast<float>(to);
  for (int i = 0; i < to; ++i) {
    const float centre = (static_cast<float>(i) + 0.5f) * scale - 0.5f, below = std::floor(centre);
    places.push_back({.first = std::max(static_cast<int>(below), 0),
                      .second = std::min(static_cast<int>(std::ceil(centre)), from - 1),
                      .share = centre - below});
  }
  return places;
}

// TensorFlow's order of roundings, which std::lerp does not have.
float mix(float a, float b, float share) { return a + (b - a) * share; }

}  // namespace

std::vector<float> resized(const Image& image, Size wanted, AspectRatio ratio) {
  const Box box = ratio == AspectRatio::crop ? centred(image.size, wanted) : Box{.size = image.size};
  const auto at = [&](int y, int x, int channel) {
    const size_t pixel = size_t(box.top + y) * size_t(image.size.width) + size_t(box.left + x);
    return static_cast<float>(image.rgb[pixel * 3 + size_t(channel)]);
  };
  const auto rows = along_axis(box.size.height, wanted.height), columns = along_axis(box.size.width, wanted.width);
  std::vector<float> result;
  result.reserve(rows.size() * columns.size() * 3);
  for (const Between& y : rows) {
    for (const Between& x : columns) {
      for (int channel = 0; channel < 3; ++channel) {
        const float above = mix(at(y.first, x.first, channel), at(y.first, x.second, channel), x.share);
        const float below = mix(at(y.second, x.first, channel), at(y.second, x.second, channel), x.share);
        result.push_back(mix(above, below, y.share));
      }
    }
  }
  return result;
}

}  // namespace example
