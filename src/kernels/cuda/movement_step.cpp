// Steps that move data without looking at it.
#include <vector>

#include "kernels/cuda/copy.h"
#include "kernels/cuda/gather.h"
#include "kernels/cuda/step.h"
#include "kernels/math/evaluate.h"

namespace keraunos::cuda {
namespace {

std::vector<int64_t> dense_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i].size;
  return strides;
}

int element_bytes(const host::ValueInfo& info) { return static_cast<int>(size_of(info.dtype)); }

// Transpose and Slice: a walk over the result, dense, and over the operand from an offset.
class CopyStep final : public Step {
 public:
  CopyStep(const Task& task, const Walk<2>& walk, int64_t offset, const char* name)
      : Step(task.context), walk_(walk), bytes_(element_bytes(task.out())), offset_(offset * bytes_) {
    kernel = name;
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_copy(walk_, bytes_, operands.out[0], static_cast<const std::byte*>(operands.in[0]) + offset_, launch_context(),
                stream);
  }

  Walk<2> walk_;
  int bytes_;
  int64_t offset_;
};

// Every operand is (rows, its width); the result (rows, pitch).
class ConcatStep final : public Step {
 public:
  ConcatStep(const Task& task, const host::Concat& op) : Step(task.context), bytes_(element_bytes(task.out())) {
    const auto axis = static_cast<size_t>(op.axis);
    const auto width_of = [axis](const Shape& shape) {
      int64_t width = 1;
      for (size_t i = axis; i < shape.size(); ++i) width *= shape[i].size;
      return width;
    };
    for (size_t i = 0; i < axis; ++i) rows_ *= task.out().shape[i].size;
    for (size_t i = 0; i < task.node.in.size(); ++i) widths_.push_back(width_of(task.in(i).shape));
    pitch_ = width_of(task.out().shape);
    launches = static_cast<int>(divide_up(static_cast<int64_t>(widths_.size()), kConcatParts));
    kernel = "concat";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    int64_t first = 0;
    for (size_t begin = 0; begin < widths_.size(); begin += kConcatParts) {
      std::array<ConcatPart, kConcatParts> parts{};
      size_t count = 0;
      int64_t width = 0;
      for (size_t i = begin; i < widths_.size() && count < parts.size(); ++i, ++count) {
        parts[count] = {operands.in[i], widths_[i]};
        width += widths_[i];
      }
      launch_concat({parts.data(), count}, bytes_, rows_, pitch_, first, operands.out[0], launch_context(), stream);
      first += width;
    }
  }

  int bytes_;
  int64_t rows_ = 1, pitch_ = 1;
  std::vector<int64_t> widths_;
};

class PadStep final : public Step {
 public:
  PadStep(const Task& task, const host::Pad& op) : Step(task.context), bytes_(element_bytes(task.out())) {
    const Shape &in = task.in(0).shape, &out = task.out().shape;
    shape_.rank = static_cast<int>(in.size());
    for (size_t i = 0; i < in.size(); ++i) shape_.size[i] = in[i].size, shape_.low[i] = op.low[i], shape_.result[i] = out[i].size;
    const DType type = task.out().dtype;
    math::store_element(value_.data(), type, 0, math::constant_word(op.value, type));
    kernel = "pad";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_pad(shape_, bytes_, value_.data(), operands.out[0], operands.in[0], launch_context(), stream);
  }

  PadShape shape_;
  int bytes_;
  alignas(8) std::array<std::byte, 8> value_{};
};

class GatherStep final : public Step {
 public:
  GatherStep(const Task& task, const host::Gather& op) : Step(task.context) {
    const Shape& table = task.in(0).shape;
    const auto axis = static_cast<size_t>(op.axis);
    for (size_t i = 0; i < axis; ++i) shape_.outer *= table[i].size;
    for (size_t i = axis + 1; i < table.size(); ++i) shape_.width *= table[i].size;
    shape_.rows = table[axis].size;
    shape_.ids = host::elements_of(task.in(1).shape);
    shape_.element_bytes = element_bytes(task.in(0));
    shape_.id_type = task.in(1).dtype;
    kernel = "gather";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_gather(shape_, operands.in[0], operands.in[1], operands.out[0], &operands.error->raised, &operands.error->found,
                  launch_context(), stream);
  }

  GatherShape shape_;
};

}  // namespace

host::Verdict support(const Query& query, const host::Transpose&) { return up_to_eight_axes(query.in(0)); }
StepPointer make_step(const Task& task, const host::Transpose& op) {
  const std::vector<int64_t> from = dense_strides(task.in(0).shape), to = dense_strides(task.out().shape);
  Walk<2> walk;
  for (size_t i = 0; i < to.size(); ++i)
    walk.add_axis(task.out().shape[i].size, {to[i], from[static_cast<size_t>(op.permutation[i])]});
  return std::make_unique<CopyStep>(task, walk, 0, "transpose");
}

host::Verdict support(const Query& query, const host::Slice&) { return up_to_eight_axes(query.in(0)); }
StepPointer make_step(const Task& task, const host::Slice& op) {
  const std::vector<int64_t> from = dense_strides(task.in(0).shape), to = dense_strides(task.out().shape);
  Walk<2> walk;
  int64_t offset = 0;
  for (size_t i = 0; i < to.size(); ++i) {
    walk.add_axis(task.out().shape[i].size, {to[i], from[i] * op.step[i]});
    offset += op.start[i] * from[i];
  }
  return std::make_unique<CopyStep>(task, walk, offset, "slice");
}

host::Verdict support(const Query&, const host::Concat&) { return {}; }
StepPointer make_step(const Task& task, const host::Concat& op) { return std::make_unique<ConcatStep>(task, op); }
host::Verdict support(const Query& query, const host::Pad&) { return up_to_eight_axes(query.in(0)); }
StepPointer make_step(const Task& task, const host::Pad& op) { return std::make_unique<PadStep>(task, op); }
host::Verdict support(const Query&, const host::Gather&) { return {}; }
StepPointer make_step(const Task& task, const host::Gather& op) { return std::make_unique<GatherStep>(task, op); }

}  // namespace keraunos::cuda
