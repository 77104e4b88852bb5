// The weights of TensorFlow's image kernels. Pixels are areas: pixel i has its centre at i + 0.5, so result i of an axis is at (i
// + 0.5) · elements / results in the image.
#include <algorithm>
#include <cmath>
#include <limits>

#include "loader/layers/common/resampling.h"

namespace keraunos::loader {
namespace {

class TapWriter {
 public:
  TapWriter(int64_t results, int64_t taps) {
    taps_.results = results, taps_.taps = taps;
    taps_.ids.assign(static_cast<size_t>(results * taps), 0);
    taps_.weights.assign(static_cast<size_t>(results * taps), 0);
  }
  void write(int64_t result, int64_t tap, int64_t id, double weight) {
    const auto at = static_cast<size_t>(result * taps_.taps + tap);
    taps_.ids[at] = static_cast<int32_t>(id), taps_.weights[at] = weight;
  }
  Taps written() { return std::move(taps_); }

 private:
  Taps taps_;
};

int64_t nearest_inside(int64_t id, int64_t elements) { return std::clamp<int64_t>(id, 0, elements - 1); }
float scale_of(int64_t elements, int64_t results) { return static_cast<float>(elements) / static_cast<float>(results); }
float centre_of(int64_t result) { return static_cast<float>(result) + 0.5F; }

Taps nearest(int64_t elements, int64_t results) {
  TapWriter writer(results, 1);
  const float scale = scale_of(elements, results);
  for (int64_t i = 0; i < results; ++i)
    writer.write(i, 0, nearest_inside(static_cast<int64_t>(std::floor(centre_of(i) * scale)), elements), 1);
  return writer.written();
}

Taps bilinear(int64_t elements, int64_t results) {
  TapWriter writer(results, 2);
  const float scale = scale_of(elements, results);
  for (int64_t i = 0; i < results; ++i) {
    const float place = centre_of(i) * scale - 0.5F, floor = std::floor(place), lerp = place - floor;
    writer.write(i, 0, nearest_inside(static_cast<int64_t>(floor), elements), 1 - static_cast<double>(lerp));
    writer.write(i, 1, nearest_inside(static_cast<int64_t>(std::ceil(place)), elements), lerp);
  }
  Taps taps = writer.written();
  taps.lerp = true;
  return taps;
}

// TensorFlow reads this cubic from a table with 1,024 entries between two pixels.
double near_cubic(double x) { return ((1.5 * x - 2.5) * x) * x + 1; }
double far_cubic(double x) { return ((-0.5 * x + 2.5) * x - 4) * x + 2; }

// Taps outside are ignored, and the others are scaled to a sum of 1.
Taps bicubic(int64_t elements, int64_t results) {
  constexpr double kPlaces = 1024;
  TapWriter writer(results, 4);
  const float scale = scale_of(elements, results);
  for (int64_t i = 0; i < results; ++i) {
    const float place = centre_of(i) * scale - 0.5F, floor = std::floor(place);
    const double between = static_cast<double>(std::lrint((place - floor) * static_cast<float>(kPlaces))) / kPlaces;
    const double cubic[4]{far_cubic(1 + between), near_cubic(between), near_cubic(1 - between), far_cubic(2 - between)};
    const int64_t first = static_cast<int64_t>(floor) - 1;
    double sum = 0;
    for (int64_t k = 0; k < 4; ++k) sum += nearest_inside(first + k, elements) == first + k ? cubic[k] : 0;
    for (int64_t k = 0; k < 4; ++k) {
      const bool counts = nearest_inside(first + k, elements) == first + k;
      writer.write(i, k, nearest_inside(first + k, elements), counts ? cubic[k] / sum : 0);
    }
  }
  return writer.written();
}

// The mean over the part of the image that a result covers.
Taps area(int64_t elements, int64_t results) {
  const float scale = scale_of(elements, results);
  TapWriter writer(results, static_cast<int64_t>(std::ceil(scale)) + 2);
  for (int64_t i = 0; i < results; ++i) {
    const float from = static_cast<float>(i) * scale, to = static_cast<float>(i + 1) * scale;
    const auto first = static_cast<int64_t>(std::floor(from)), last = static_cast<int64_t>(std::ceil(to));
    for (int64_t v = first; v < last; ++v) {
      const float covered = std::min(static_cast<float>(v + 1), to) - std::max(static_cast<float>(v), from);
      writer.write(i, v - first, nearest_inside(v, elements), static_cast<double>(covered) / static_cast<double>(scale));
    }
  }
  return writer.written();
}

// A function of the distance from a result's centre; 0 beyond the radius.
struct Bump {
  float radius;
  float (*at)(float);
};

template <int kRadius>
float lanczos(float x) {
  constexpr float kPi = 3.14159265359F;
  if (x > static_cast<float>(kRadius)) return 0;
  if (x <= 1e-3F) return 1;
  return static_cast<float>(kRadius) * std::sin(kPi * x) * std::sin(kPi * x / static_cast<float>(kRadius)) / (kPi * kPi * x * x);
}

Bump bump_of(Interpolation method) {
  switch (method) {
    case Interpolation::lanczos3: return {3, lanczos<3>};
    case Interpolation::lanczos5: return {5, lanczos<5>};
    case Interpolation::gaussian: return {1.5F, [](float x) { return x > 1.5F ? 0.F : std::exp(-x * x / (2 * 0.5F * 0.5F)); }};
    case Interpolation::bicubic:
      return {2, [](float x) { return static_cast<float>(x >= 2 ? 0 : x >= 1 ? far_cubic(x) : near_cubic(x)); }};
    case Interpolation::mitchellcubic:
      return {2, [](float x) {
                if (x >= 2) return 0.F;
                if (x >= 1) return ((-7.F / 18 * x + 2) * x - 10.F / 3) * x + 16.F / 9;
                return ((7.F / 6 * x - 2) * x) * x + 8.F / 9;
              }};
    default: return {1, [](float x) { return x < 1 ? 1 - x : 0.F; }};
  }
}

// With antialias the functions are wider for smaller images.
Taps bumps(const Bump& bump, int64_t elements, int64_t results, bool antialias) {
  const float scale = 1 / (static_cast<float>(results) / static_cast<float>(elements));
  const float width = antialias ? std::max(scale, 1.F) : 1.F, reach = bump.radius * width;
  const int64_t most = std::min<int64_t>(2 * static_cast<int64_t>(std::ceil(reach)) + 1, elements);
  TapWriter writer(results, most);
  std::vector<float> weights;
  for (int64_t i = 0; i < results; ++i) {
    const float place = centre_of(i) * scale;
    const int64_t first = nearest_inside(static_cast<int64_t>(std::ceil(place - reach - 0.5F)), elements);
    const int64_t last = nearest_inside(static_cast<int64_t>(std::floor(place + reach - 0.5F)), elements);
    weights.clear();
    float sum = 0;
    for (int64_t v = first; v <= std::min(last, first + most - 1); ++v) {
      weights.push_back(bump.at(std::abs((static_cast<float>(v) + 0.5F - place) * (1 / width))));
      sum += weights.back();
    }
    const float by = std::abs(sum) >= 1000 * std::numeric_limits<float>::min() ? 1 / sum : 0;
    for (size_t k = 0; k < weights.size(); ++k)
      writer.write(i, static_cast<int64_t>(k), first + static_cast<int64_t>(k), weights[k] * by);
  }
  return writer.written();
}

}  // namespace

Taps taps_of(Interpolation method, int64_t elements, int64_t results, bool antialias) {
  if (method == Interpolation::nearest) return nearest(elements, results);
  if (method == Interpolation::area) return area(elements, results);
  if (method == Interpolation::bilinear && !antialias) return bilinear(elements, results);
  if (method == Interpolation::bicubic && !antialias) return bicubic(elements, results);
  return bumps(bump_of(method), elements, results, antialias);
}

Taps taps_of_points(Interpolation method, int64_t elements, int64_t results, bool align_corners) {
  const bool corners = align_corners && results > 1, rounds = method == Interpolation::nearest;
  const float scale = corners ? static_cast<float>(elements - 1) / static_cast<float>(results - 1) : scale_of(elements, results);
  TapWriter writer(results, rounds ? 1 : 2);
  for (int64_t i = 0; i < results; ++i) {
    const float place = static_cast<float>(i) * scale, floor = std::floor(place), lerp = place - floor;
    if (rounds) {
      writer.write(i, 0, nearest_inside(static_cast<int64_t>(align_corners ? std::round(place) : floor), elements), 1);
      continue;
    }
    writer.write(i, 0, nearest_inside(static_cast<int64_t>(floor), elements), 1 - static_cast<double>(lerp));
    writer.write(i, 1, nearest_inside(static_cast<int64_t>(std::ceil(place)), elements), lerp);
  }
  Taps taps = writer.written();
  taps.lerp = !rounds;
  return taps;
}

Taps adaptive_taps(int64_t elements, int64_t results) {
  const auto from = [&](int64_t i) { return i * elements / results; };
  const auto to = [&](int64_t i) { return ((i + 1) * elements + results - 1) / results; };
  int64_t most = 0;
  for (int64_t i = 0; i < results; ++i) most = std::max(most, to(i) - from(i));
  TapWriter writer(results, most);
  for (int64_t i = 0; i < results; ++i) {
    for (int64_t k = 0; k < most; ++k) {
      const int64_t id = std::min(from(i) + k, to(i) - 1);
      writer.write(i, k, id, from(i) + k < to(i) ? 1 / static_cast<double>(to(i) - from(i)) : 0);
    }
  }
  return writer.written();
}

}  // namespace keraunos::loader
