#include <initializer_list>

#include "kernels/cpu/onednn/geometry.h"

namespace keraunos::cpu::onednn {

int64_t Geometry::terms() const noexcept { return size[0] * size[1] * (channels / groups); }

double Geometry::multiplications() const noexcept {
  return static_cast<double>(batch * out[0] * out[1]) * static_cast<double>(filters) * static_cast<double>(terms());
}

namespace {

// oneDNN uses 32-bit counters in some places, and a file may state any shape.
bool counts_with_32_bits(const Geometry& g) {
  constexpr double kMost = 2147483647.0 / sizeof(float);
  const auto product = [](std::initializer_list<int64_t> extents) {
    double all = 1;
    for (const int64_t extent : extents) all *= static_cast<double>(extent);
    return all;
  };
  for (int axis = 0; axis < 2; ++axis) {
    const double reach = product({g.size[axis], g.dilation[axis]});
    if (reach + static_cast<double>(g.in[axis] + g.low[axis] + g.high[axis] + g.stride[axis]) > kMost / 64) return false;
  }
  if (product({g.in[1], g.channels, g.dilation[0]}) > kMost) return false;
  return product({g.batch, g.in[0], g.in[1], g.channels}) < kMost && product({g.batch, g.out[0], g.out[1], g.filters}) < kMost &&
         product({g.size[0], g.size[1], g.channels / g.groups, g.filters}) < kMost;
}

}  // namespace

bool worth_it(const Cpu& cpu, const Geometry& g) {
  // oneDNN adds each sum in one chain. Our kernels (isa/product.h) do so up to this number of terms and give the same bits,
  // except for when the bias is added; longer sums they divide, and are two to three times as exact (bench/NOTES.md).
  constexpr int64_t kLongestChain = 383;
  if (g.terms() > kLongestChain || cpu.onednn == OneDnn::nowhere || !counts_with_32_bits(g)) return false;
  if (cpu.onednn == OneDnn::everywhere) return g.multiplications() > 0;
  // A call of oneDNN itself costs one or two microseconds. A depthwise multiplication takes about four times as long as others.
  constexpr double kLeast = 4e6, kLeastDepthwise = 1e6;
  if (g.multiplications() < (g.groups > 1 ? kLeastDepthwise : kLeast)) return false;
  // AVX2, bench/NOTES.md: our kernels compute dense windows of many channels (oneDNN takes 1.04 to 1.11 times as long in a
  // ResNet50), and products with many weights on several threads, which share the filters, while each part of oneDNN's would read
  // all weights.
  if (g.groups > 1) return g.groups == g.channels && g.groups == g.filters;
  // With hundreds of taps on one channel (filters of a signal) oneDNN took eight times as long as our kernel on AVX-512.
  constexpr int64_t kMostTaps = 128;
  const int64_t taps = g.size[0] * g.size[1];
  if (taps > 1) return g.channels <= 4 && g.filters >= 16 && taps <= kMostTaps;
  return cpu.threads == 1 || g.channels * g.filters <= 65536;
}

}  // namespace keraunos::cpu::onednn
