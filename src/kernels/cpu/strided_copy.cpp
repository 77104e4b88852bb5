#include "kernels/cpu/strided_copy.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/parallel.h"

namespace keraunos::cpu {

void dense_strides(std::span<const int64_t> extents, int64_t* strides) {
  int64_t step = 1;
  for (size_t axis = extents.size(); axis-- > 0;) {
    strides[axis] = step;
    step *= extents[axis];
  }
}

StridedCopy::StridedCopy(std::span<const int64_t> extents, std::span<const int64_t> from_strides,
                         std::span<const int64_t> to_strides, int64_t element, const Cpu& cpu)
    : workers_(cpu.workers), element_(element) {
  int64_t total = 1;
  for (size_t i = 0; i < extents.size(); ++i) {
    total *= extents[i];
    if (extents[i] == 1) continue;
    Axis* last = axes_ > 0 ? &axis_[axes_ - 1] : nullptr;
    if (last && last->from == from_strides[i] * extents[i] && last->to == to_strides[i] * extents[i]) {
      *last = {last->extent * extents[i], from_strides[i], to_strides[i]};
    } else {
      axis_[axes_++] = {extents[i], from_strides[i], to_strides[i]};
    }
  }
  if (axes_ == 0) axis_[axes_++] = {1, 1, 1};
  const Axis inner = axis_[axes_ - 1];
  dense_ = inner.from == 1 && inner.to == 1;
  if (!dense_) {
    for (int i = 0; i + 1 < axes_; ++i) {
      if (axis_[i].from != 1) continue;
      std::rotate(axis_ + i, axis_ + i + 1,
                  axis_ + axes_ - 1);  // the axis along which the source is dense becomes the last but one
      crossed_ = true;
      break;
    }
  }
  outer_ = axes_ - (crossed_ ? 2 : 1);
  if (dense_ && outer_ == 0 && inner.extent > 65536) {  // one long row: divided, so that threads can share it
    const int64_t part = 16384;
    if (inner.extent % part == 0) {
      axis_[0] = {inner.extent / part, part, part}, axis_[1] = {part, 1, 1};
      axes_ = 2, outer_ = 1;
    }
  }
  for (int i = 0; i < outer_; ++i) units_ *= axis_[i].extent;
  if (total == 0) units_ = 0;
  threads_ =
      threads_for(cpu.threads, units_, static_cast<double>(total) * (dense_ ? 0.1 * static_cast<double>(element) / 4 : 1.0));
}

void StridedCopy::run(const void* from, void* to) const {
  share_out(workers_.get(), threads_, units_, [&](int64_t begin, int64_t end, int) { copy_share(from, to, begin, end); });
}

void StridedCopy::copy_share(const void* from, void* to, int64_t begin, int64_t end) const {
  int64_t coordinate[kMaxAxes] = {};
  int64_t source = 0, target = 0, rest = begin;
  for (int axis = outer_ - 1; axis >= 0; --axis) {
    coordinate[axis] = rest % axis_[axis].extent;
    rest /= axis_[axis].extent;
    source += coordinate[axis] * axis_[axis].from;
    target += coordinate[axis] * axis_[axis].to;
  }
  const auto* base = static_cast<const std::byte*>(from);
  auto* result = static_cast<std::byte*>(to);
  for (int64_t unit = begin; unit < end; ++unit) {
    const void* x = base + source * element_;
    void* y = result + target * element_;
    switch (element_) {
      case 1: copy_unit(static_cast<const uint8_t*>(x), static_cast<uint8_t*>(y)); break;
      case 2: copy_unit(static_cast<const uint16_t*>(x), static_cast<uint16_t*>(y)); break;
      case 4: copy_unit(static_cast<const uint32_t*>(x), static_cast<uint32_t*>(y)); break;
      default: copy_unit(static_cast<const uint64_t*>(x), static_cast<uint64_t*>(y)); break;
    }
    for (int axis = outer_ - 1; axis >= 0; --axis) {
      source += axis_[axis].from;
      target += axis_[axis].to;
      if (++coordinate[axis] < axis_[axis].extent) break;
      source -= coordinate[axis] * axis_[axis].from;
      target -= coordinate[axis] * axis_[axis].to;
      coordinate[axis] = 0;
    }
  }
}

template <class T>
void StridedCopy::copy_unit(const T* from, T* to) const {
  const Axis inner = axis_[axes_ - 1];
  if (dense_) {
    std::memcpy(to, from, static_cast<size_t>(inner.extent) * sizeof(T));
    return;
  }
  if (!crossed_) {
    for (int64_t i = 0; i < inner.extent; ++i) to[i * inner.to] = from[i * inner.from];
    return;
  }
  constexpr int64_t kBlock = 16;
  const Axis other = axis_[axes_ - 2];  // dense in the source
  for (int64_t row = 0; row < other.extent; row += kBlock) {
    const int64_t rows = std::min(kBlock, other.extent - row);
    for (int64_t column = 0; column < inner.extent; column += kBlock) {
      const int64_t columns = std::min(kBlock, inner.extent - column);
      for (int64_t r = row; r < row + rows; ++r) {
        for (int64_t c = column; c < column + columns; ++c) to[r * other.to + c * inner.to] = from[r + c * inner.from];
      }
    }
  }
}

}  // namespace keraunos::cpu
