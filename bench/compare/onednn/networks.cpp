// The distinct layers of ResNet50, MobileNetV2 and EfficientNetB0 at 224 × 224, of a classifier's head, of recurrent projections
// and a transformer.
#include "networks.h"

#include <string>

namespace keraunos::bench {

std::string Layer::name() const {
  const auto times = [](int64_t a, int64_t b) { return std::to_string(a) + "×" + std::to_string(b); };
  if (kind == product) return "product " + std::to_string(height) + ": " + times(channels, filters);
  const std::string what = kind == depthwise      ? "depthwise "
                           : kind == max_pool     ? "max pool "
                           : kind == average_pool ? "average pool "
                                                  : "";
  const std::string channels_text =
      kind == convolution ? std::to_string(channels) + "→" + std::to_string(filters) : std::to_string(channels);
  return what + times(size, size) + (stride > 1 ? " /" + std::to_string(stride) : "") + ", " + channels_text + " at " +
         times(height, width);
}

namespace {

/// A window over a square image; `filters` equals the channels except for a convolution.
Layer window(const char* network, Layer::Kind kind, int64_t extent, int64_t channels, int64_t filters, int64_t size,
             int64_t stride, int64_t before, int64_t after) {
  return {kind, network, extent, extent, channels, filters, size, stride, before, after};
}
Layer product(const char* network, int64_t rows, int64_t channels, int64_t filters) {
  return {Layer::product, network, rows, 1, channels, filters, 1, 1, 0, 0};
}

}  // namespace

std::vector<Layer> networks() {
  const char *resnet = "ResNet50", *mobile = "MobileNetV2, EfficientNetB0", *products = "products", *pools = "pooling";
  constexpr Layer::Kind conv = Layer::convolution, depth = Layer::depthwise;
  return {window(resnet, conv, 224, 3, 64, 7, 2, 3, 3),
          window(resnet, conv, 56, 64, 64, 1, 1, 0, 0),
          window(resnet, conv, 56, 64, 64, 3, 1, 1, 1),
          window(resnet, conv, 56, 64, 256, 1, 1, 0, 0),
          window(resnet, conv, 56, 256, 128, 1, 2, 0, 0),
          window(resnet, conv, 28, 128, 128, 3, 1, 1, 1),
          window(resnet, conv, 28, 128, 512, 1, 1, 0, 0),
          window(resnet, conv, 28, 512, 256, 1, 2, 0, 0),
          window(resnet, conv, 14, 256, 256, 3, 1, 1, 1),
          window(resnet, conv, 14, 256, 1024, 1, 1, 0, 0),
          window(resnet, conv, 14, 1024, 512, 1, 2, 0, 0),
          window(resnet, conv, 7, 512, 512, 3, 1, 1, 1),
          window(resnet, conv, 7, 512, 2048, 1, 1, 0, 0),
          window(mobile, conv, 224, 3, 32, 3, 2, 0, 1),
          window(mobile, depth, 112, 32, 32, 3, 1, 1, 1),
          window(mobile, conv, 112, 16, 96, 1, 1, 0, 0),
          window(mobile, depth, 112, 96, 96, 3, 2, 0, 1),
          window(mobile, conv, 56, 24, 144, 1, 1, 0, 0),
          window(mobile, depth, 56, 144, 144, 3, 1, 1, 1),
          window(mobile, depth, 56, 144, 144, 5, 2, 1, 2),
          window(mobile, conv, 28, 192, 32, 1, 1, 0, 0),
          window(mobile, depth, 14, 480, 480, 5, 1, 2, 2),
          window(mobile, conv, 14, 384, 64, 1, 1, 0, 0),
          window(mobile, depth, 7, 960, 960, 3, 1, 1, 1),
          window(mobile, conv, 7, 320, 1280, 1, 1, 0, 0),
          product(products, 1, 2048, 1000),
          product(products, 32, 2048, 1000),
          product(products, 100, 64, 512),
          product(products, 128, 768, 3072),
          window(pools, Layer::max_pool, 112, 64, 64, 3, 2, 1, 1),
          window(pools, Layer::average_pool, 56, 64, 64, 2, 2, 0, 0),
          window(pools, Layer::max_pool, 28, 480, 480, 3, 1, 1, 1)};
}

}  // namespace keraunos::bench
