// Transpose, slice, concat and pad: all of them are strided copies.
#include <algorithm>
#include <vector>

#include "kernels/cpu/steps.h"
#include "kernels/cpu/strided_copy.h"
#include "kernels/math/evaluate.h"

namespace keraunos::cpu {
namespace {

using Extents = std::vector<int64_t>;

Extents extents_of(const Shape& shape) {
  Extents extents;
  for (const Dim& dim : shape) extents.push_back(dim.size);
  return extents;
}

Extents strides_of(const Shape& shape) {
  const Extents extents = extents_of(shape);
  Extents strides(extents.size());
  dense_strides(extents, strides.data());
  return strides;
}

// One part: the views' first elements lie at byte offsets from operand `in` and the result.
struct Part {
  StridedCopy copy;
  int64_t from_bytes, to_bytes;
};

class CopyStep final : public host::Step {
 public:
  explicit CopyStep(std::vector<Part> parts, const char* name) : parts_(std::move(parts)) { kernel = name; }
  void enqueue(const host::Operands& operands) const override {
    for (size_t i = 0; i < parts_.size(); ++i) {
      const Part& part = parts_[i];
      part.copy.run(static_cast<const std::byte*>(operands.in[i]) + part.from_bytes,
                    static_cast<std::byte*>(operands.out[0]) + part.to_bytes);
    }
  }

 private:
  std::vector<Part> parts_;
};

StepPointer one_part(StridedCopy copy, int64_t from_bytes, const char* name) {
  std::vector<Part> parts;
  parts.push_back({std::move(copy), from_bytes, 0});
  return std::make_unique<CopyStep>(std::move(parts), name);
}

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
    // A repeated pattern of 8 bytes fills memory of any element size.
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

host::Verdict support(const Query&, const host::Transpose&) { return {}; }
StepPointer make_step(const Task& task, const host::Transpose& op) {
  const Extents own = strides_of(task.in(0).shape);
  Extents from;
  for (const int axis : op.permutation) from.push_back(own[static_cast<size_t>(axis)]);
  StridedCopy copy(extents_of(task.out().shape), from, strides_of(task.out().shape), size_of(task.out().dtype), task.cpu);
  return one_part(std::move(copy), 0, "transpose");
}

host::Verdict support(const Query&, const host::Slice&) { return {}; }
StepPointer make_step(const Task& task, const host::Slice& op) {
  Extents from = strides_of(task.in(0).shape);
  int64_t first = 0;
  for (size_t axis = 0; axis < from.size(); ++axis) {
    first += op.start[axis] * from[axis];
    from[axis] *= op.step[axis];
  }
  const int64_t element = size_of(task.out().dtype);
  if (host::elements_of(task.out().shape) == 0) first = 0;
  StridedCopy copy(extents_of(task.out().shape), from, strides_of(task.out().shape), element, task.cpu);
  return one_part(std::move(copy), first * element, "slice");
}

host::Verdict support(const Query&, const host::Concat&) { return {}; }
StepPointer make_step(const Task& task, const host::Concat& op) {
  const Extents to = strides_of(task.out().shape);
  const int64_t element = size_of(task.out().dtype);
  std::vector<Part> parts;
  int64_t at = 0;
  for (size_t i = 0; i < task.node.in.size(); ++i) {
    const Shape& shape = task.in(i).shape;
    parts.push_back({StridedCopy(extents_of(shape), strides_of(shape), to, element, task.cpu), 0,
                     at * to[static_cast<size_t>(op.axis)] * element});
    at += shape[static_cast<size_t>(op.axis)].size;
  }
  return std::make_unique<CopyStep>(std::move(parts), "concat");
}

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
