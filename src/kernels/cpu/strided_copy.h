// Copies between two strided views of one shape: used for Transpose, Slice, Concat and the inside of Pad. Axes that both views
// walk as one are merged first. If the innermost axis is dense on both sides, rows are copied; if the source is dense along
// another axis (a transpose), blocks of 16 × 16 elements are copied, so that every cache line of both sides is used while it is
// in L1.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/cpu/cpu.h"

namespace keraunos::cpu {

class StridedCopy {
 public:
  /// Strides are in elements; an element has `element` bytes: 1, 2, 4 or 8. The target's last stride should be the smallest.
  StridedCopy(std::span<const int64_t> extents, std::span<const int64_t> from_strides, std::span<const int64_t> to_strides,
              int64_t element, const Cpu& cpu);

  /// Pointers to the views' first elements.
  void run(const void* from, void* to) const;

 private:
  static constexpr int kMaxAxes = 8;
  struct Axis {
    int64_t extent, from, to;
  };
  void copy_share(const void* from, void* to, int64_t begin, int64_t end) const;
  template <class T>
  void copy_unit(const T* from, T* to) const;

  std::shared_ptr<Workers> workers_;
  int axes_ = 0;  // outer axes first; the last one or two form the unit that is copied as a whole
  int outer_ = 0;
  Axis axis_[kMaxAxes]{};
  int64_t element_, units_ = 1;
  int threads_ = 1;
  bool dense_ = false, crossed_ = false;
};

/// Row-major strides of a shape.
void dense_strides(std::span<const int64_t> extents, int64_t* strides);

}  // namespace keraunos::cpu
