// How a convolution is cut: into blocks of output rows that share a padded copy of the lines they read, and perhaps shares of
// the filters; and the offsets of a window in such a copy.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "kernels/cpu/padded_image.h"
#include "kernels/cpu/parallel.h"

namespace keraunos::cpu {

inline bool is_depthwise(const WindowShape& w, int64_t groups) {
  return groups == w.channels && w.filters == w.channels && w.size[0] == 1 && w.low[0] == 0;
}

// A 1-D line of positions becomes a column, so that threads can share blocks of its rows.
inline WindowShape conv_shape(const Task& task, const host::Conv& op) {
  WindowShape w = window_shape(task.in(0).shape, task.out().shape, op.window);
  if (task.in(0).shape.size() != 3 || is_depthwise(w, op.groups)) return w;
  for (int64_t* extents : {w.in, w.out, w.size, w.stride, w.dilation, w.low}) std::swap(extents[1], extents[2]);
  return w;
}

/// For one group: depth of the left operand and width of the right operand.
struct GroupProduct {
  int64_t depth, width;
  int panel;
};

struct ConvBlocks {
  int threads = 1;
  int64_t rows = 1;           ///< output rows of a block
  int64_t filter_shares = 1;  ///< number of ranges of filters that are computed separately
  int64_t channels = 1;       ///< channels of a depthwise convolution that are computed together
};

/// Channels of a depthwise convolution that are computed together: about 512 bytes, in whole cache lines, so that the weights of
/// all taps stay in L1 and memory is read in long runs.
inline int64_t depthwise_channels(int64_t channels, int64_t element_bytes) {
  const int64_t most = 512 / element_bytes, line = 64 / element_bytes;
  const int64_t parts = std::max<int64_t>((channels + most / 2) / most, 1);
  return std::max<int64_t>(((channels + parts - 1) / parts + line - 1) / line * line, line);
}

/// As many rows as give a padded copy of at most 128 kB and about 500 positions, but enough blocks for all threads.
inline ConvBlocks choose_conv_blocks(const WindowShape& w, const PaddedImage& image, int64_t groups, const GroupProduct& product,
                                     int64_t element_bytes, int most_threads) {
  constexpr int64_t kPositions = 512, kBytes = 131072;
  const bool depthwise = is_depthwise(w, groups);
  const double macs =
      static_cast<double>(w.batch * w.out_positions()) * static_cast<double>(w.filters) * static_cast<double>(product.depth);
  ConvBlocks b;
  b.rows = std::clamp<int64_t>(kPositions / std::max<int64_t>(w.out[2], 1), 1, std::max<int64_t>(w.out[1], 1));
  while (b.rows > 1 && image.elements(b.rows) * element_bytes > kBytes) b.rows = (b.rows + 1) / 2;
  b.channels = depthwise_channels(w.channels, element_bytes);
  b.threads =
      threads_for(most_threads, INT32_MAX, convolution_nanoseconds(macs, depthwise) * static_cast<double>(element_bytes) / 4);
  if (b.threads == 1) return b;
  const int64_t images = w.batch * w.out[0], panels = (product.width + product.panel - 1) / product.panel;
  // Many weights and few positions: threads share the filters, and each reads only its part of the weights.
  const bool more_weights = product.depth * product.width > w.in_positions() * w.channels;
  if (!depthwise && groups == 1 && images < b.threads && more_weights && panels >= b.threads) {
    b.filter_shares = std::min<int64_t>(panels, panels % b.threads == 0 ? b.threads : 4 * b.threads);
  } else if (images % b.threads != 0 && images < 4 * b.threads) {  // too few images to divide evenly: their rows are divided
    const int64_t pieces = (2 * b.threads + images - 1) / images;
    b.rows = std::clamp<int64_t>((w.out[1] + pieces - 1) / pieces, 1, b.rows);
  }
  return b;
}

/// Offsets in elements of a block's copy of the image.
struct WindowPlaces {
  int64_t segment = 0;            ///< number of adjacent elements in a window
  std::vector<int64_t> segments;  ///< offsets of the segments in a window; for depthwise convolutions offsets of its lines
  std::vector<int64_t> starts;    ///< offsets of the windows of a block's output positions
};

inline WindowPlaces depthwise_places(const WindowShape& w, const PaddedImage& image) {
  WindowPlaces places;
  for (int64_t h = 0; h < w.size[1]; ++h) places.segments.push_back(h * w.dilation[1] * image.line_elements());
  return places;
}

/// A line of a window is one segment if its channels are adjacent; otherwise every tap is a segment.
inline WindowPlaces window_places(const WindowShape& w, const PaddedImage& image, int64_t groups, int64_t rows) {
  WindowPlaces places;
  const bool whole_lines = groups == 1 && w.dilation[2] == 1;
  places.segment = whole_lines ? w.size[2] * w.channels : w.channels / groups;
  std::vector<int64_t>& segments = places.segments;
  for (int64_t d = 0; d < w.size[0]; ++d) {
    for (int64_t h = 0; h < w.size[1]; ++h) {
      const int64_t line = d * image.depth_step(rows) + h * w.dilation[1] * image.line_elements();
      for (int64_t v = 0; v < (whole_lines ? 1 : w.size[2]); ++v) segments.push_back(line + v * w.dilation[2] * w.channels);
    }
  }
  bool neighbours = true;
  for (size_t i = 1; i < segments.size(); ++i) neighbours = neighbours && segments[i] == segments[i - 1] + places.segment;
  if (neighbours) places.segment = w.taps() * (w.channels / groups), segments.resize(1);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t x = 0; x < w.out[2]; ++x)
      places.starts.push_back(row * w.stride[1] * image.line_elements() + x * w.stride[2] * w.channels);
  }
  return places;
}

}  // namespace keraunos::cpu
