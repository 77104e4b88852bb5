// The epilogue of a product. The common cases cost little: the product adds a bias and clamps (relu, relu6) itself, and other
// functions of one operand run over a block while it is in cache. Everything else is a tile program over the block, in place.
#pragma once

#include <optional>
#include <vector>

#include "kernels/cpu/tiles.h"

namespace keraunos::cpu {

class Epilogue {
 public:
  /// `operands` are the shapes of the program's inputs 1 …; an empty program does nothing.
  Epilogue(const host::Program& program, const Shape& result, std::span<const Shape> operands, const Cpu& cpu);

  bool empty() const noexcept { return !tiles_ && functions_.empty(); }
  /// Index among the epilogue's operands of a vector over the last axis with which the product's sums start; −1: none.
  int bias() const noexcept { return bias_; }
  /// Bounds to which the product clamps its results.
  template <class T>
  Clamp<T> clamp() const noexcept {
    return {.on = clamp_.on, .low = static_cast<T>(clamp_.low), .high = static_cast<T>(clamp_.high)};
  }
  /// Scratch bytes of one thread.
  int64_t scratch_bytes() const noexcept { return tiles_ ? tiles_->scratch_bytes() : 0; }
  /// Applies the program to elements begin … end of the result, in place; `begin` must be the start of a row. `operands` as in
  /// the constructor.
  void apply(std::span<const void* const> operands, void* result, void* scratch, int64_t begin, int64_t end) const;

 private:
  struct Step {
    Loop loop;
    double immediate;
  };
  bool take_chain(const host::Program& program, const Shape& result, std::span<const Shape> operands, const Cpu& cpu);

  int bias_ = -1;
  Clamp<double> clamp_{};
  std::vector<Step> functions_;
  std::optional<Tiles> tiles_;
};

}  // namespace keraunos::cpu
