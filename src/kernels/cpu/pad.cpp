#include "host/ops/pad.h"

#include <algorithm>

#include "kernels/cpu/copy_step.h"
#include "kernels/math/evaluate.h"

namespace keraunos::cpu {
namespace {

class PadStep final : public host::Step {
 public:
  PadStep(const Task& task, const host::Pad& op, StridedCopy inside, int64_t to_bytes)
      : kernels_(*task.cpu.kernels),
        type_(task.out().dtype),
        elements_(host::elements_of(task.out().shape)),
        inside_(std::move(inside)),
        to_bytes_(to_bytes) {
    const bool wide = size_of(type_) == 8;
    math::Word element{};
    math::store_element(&element, type_, 0, math::constant_word(op.value, type_));
    // A repeated pattern of 8 bytes fills memory for any element size.
    const auto* bytes = reinterpret_cast<const std::byte*>(&element);
    for (int64_t i = 0; i < 8; ++i) pattern_[i] = bytes[wide ? i : i % size_of(type_)];
    kernel = "pad";
  }
  void enqueue(const host::Operands& operands) const override {
    auto* to = static_cast<std::byte*>(operands.out[0]);
    const int64_t bytes = elements_ * size_of(type_);
    math::Word word{};
    std::copy_n(pattern_, 8, reinterpret_cast<std::byte*>(&word));
    kernels_.fill(to, word, true, bytes / 8);
    std::copy_n(pattern_, bytes % 8, to + bytes / 8 * 8);
    inside_.run(operands.in[0], to + to_bytes_);
  }

 private:
  const Kernels& kernels_;
  DType type_;
  int64_t elements_;
  StridedCopy inside_;
  int64_t to_bytes_;
  std::byte pattern_[8]{};
};

}  // namespace

host::Verdict support(const Query&, const host::Pad&) { return {}; }
StepPointer make_step(const Task& task, const host::Pad& op) {
  const Shape& shape = task.in(0).shape;
  const Extents to = strides_of(task.out().shape);
  int64_t first = 0;
  for (size_t axis = 0; axis < to.size(); ++axis) first += op.low[axis] * to[axis];
  const int64_t element = size_of(task.out().dtype);
  StridedCopy inside(extents_of(shape), strides_of(shape), to, element, task.cpu);
  return std::make_unique<PadStep>(task, op, std::move(inside), first * element);
}

}  // namespace keraunos::cpu
