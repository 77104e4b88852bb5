// The part of an image that some output rows of a convolution read, with its padding as elements, so that inner loops need not
// check whether a tap lies inside. Without padding it is the image itself; with padding, the lines that a block of output rows
// needs are copied, about once each, into a buffer that fits L2.
#pragma once

#include <algorithm>

#include "kernels/cpu/window_shape.h"

namespace keraunos::cpu {

class PaddedImage {
 public:
  PaddedImage() = default;
  /// The padding at the end of each axis follows from the result's extents.
  PaddedImage(const WindowShape& w, bool may_copy) : w_(w) {
    for (int axis = 0; axis < 3 && may_copy; ++axis) {
      const int64_t reach = (w.out[axis] - 1) * w.stride[axis] + (w.size[axis] - 1) * w.dilation[axis] + 1;
      copies_ = copies_ || w.low[axis] > 0 || reach - w.low[axis] > w.in[axis];
    }
    width_ = copies_ ? std::max<int64_t>(w.out[2] - 1, 0) * w.stride[2] + (w.size[2] - 1) * w.dilation[2] + 1 : w.in[2];
  }

  bool copies() const noexcept { return copies_; }
  /// Lines of one depth that `rows` output rows read.
  int64_t lines(int64_t rows) const noexcept { return (rows - 1) * w_.stride[1] + (w_.size[1] - 1) * w_.dilation[1] + 1; }
  int64_t line_elements() const noexcept { return width_ * w_.channels; }
  int64_t elements(int64_t rows) const noexcept { return copies_ ? w_.size[0] * lines(rows) * line_elements() : 0; }

  /// Distance between neighbouring depths of the window, in elements.
  int64_t depth_step(int64_t rows) const noexcept {
    return copies_ ? lines(rows) * line_elements() : w_.dilation[0] * w_.in[1] * line_elements();
  }

  /// The start of the window of output (depth, row, 0) of an image, for `rows` output rows from `row` on.
  template <class T>
  const T* at(const T* image, int64_t depth, int64_t row, int64_t rows, T* buffer) const {
    if (!copies_) {
      return image + (w_.start(0, depth) * w_.in[1] + w_.start(1, row)) * line_elements();
    }
    const int64_t count = lines(rows), first = w_.start(1, row);
    const bool uncut = w_.low[2] == 0 && width_ == w_.in[2] && w_.size[0] == 1 && w_.low[0] == 0;
    if (uncut && first >= 0 && first + count <= w_.in[1])
      return image + (w_.start(0, depth) * w_.in[1] + first) * line_elements();
    T* to = buffer;
    for (int64_t d = 0; d < w_.size[0]; ++d) {
      const int64_t from_depth = w_.start(0, depth) + d * w_.dilation[0];
      for (int64_t line = 0; line < count; ++line, to += line_elements()) {
        copy_line(image, from_depth, first + line, to);
      }
    }
    return buffer;
  }

 private:
  template <class T>
  void copy_line(const T* image, int64_t depth, int64_t line, T* to) const {
    const bool outside = depth < 0 || depth >= w_.in[0] || line < 0 || line >= w_.in[1];
    const int64_t before = outside ? width_ : std::min(w_.low[2], width_);
    const int64_t inside = outside ? 0 : std::min(w_.in[2], width_ - before);
    std::fill_n(to, before * w_.channels, T{});
    if (inside > 0)
      std::copy_n(image + (depth * w_.in[1] + line) * w_.in[2] * w_.channels, inside * w_.channels, to + before * w_.channels);
    std::fill_n(to + (before + inside) * w_.channels, (width_ - before - inside) * w_.channels, T{});
  }

  WindowShape w_{};
  int64_t width_ = 0;
  bool copies_ = false;
};

}  // namespace keraunos::cpu
