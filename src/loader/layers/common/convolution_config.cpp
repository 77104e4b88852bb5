#include "loader/layers/common/convolution_config.h"

#include <string>

namespace keraunos::loader {
namespace {

std::vector<int64_t> numbers_or_ones(const Config& config, std::string_view key, int axes) {
  return config.is_missing(key) ? std::vector<int64_t>(static_cast<size_t>(axes), 1) : config.integers(key, axes, Range{1});
}

}  // namespace

ConvolutionConfig::ConvolutionConfig(const Config& config, int axes, bool may_be_causal)
    : padding(padding_of(config, may_be_causal)),
      size(config.integers("kernel_size", axes, Range{1})),
      stride(numbers_or_ones(config, "strides", axes)),
      dilation(numbers_or_ones(config, "dilation_rate", axes)) {}

Shape ConvolutionConfig::kernel(std::initializer_list<int64_t> last) const {
  Shape shape;
  for (int64_t extent : size) shape.push_back({extent});
  for (int64_t extent : last) shape.push_back({extent});
  return shape;
}

Value ConvolutionConfig::convolve(Lowering& l, Value x, Value kernel, int64_t groups) const {
  if (is_empty_same(l.shape(x), padding)) return nothing_same(l, x, stride, l.dim(kernel, -1));
  return l.convolve(x, kernel, window_over(l.shape(x), padding, size, stride, dilation), groups);
}

namespace {

bool is_false(const Config& config, std::string_view key) { return !config.flag(key, false); }

}  // namespace

int64_t groups_of(const Lowering& l) {
  const Config& config = l.config();
  if (config.is_missing("groups") || (l.dialect().before(3, 0) && is_false(config, "groups"))) return 1;
  return config.integer("groups", Range{1});
}

void check_ignored_groups(const Lowering& l, std::optional<int64_t> filters) {
  const Config& config = l.config();
  if (!l.dialect().before(3, 0)) {
    if (config.integer("groups", 1) != 1) config.fail("groups", "1");
    return;
  }
  if (!filters || is_false(config, "groups")) return;
  if (*filters % config.integer("groups") != 0)
    config.fail("groups", "a divisor of the " + std::to_string(*filters) + " filters");
}

}  // namespace keraunos::loader
