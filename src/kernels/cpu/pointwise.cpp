#include "kernels/cpu/steps.h"
#include "kernels/cpu/tiles.h"
#include "kernels/math/strides.h"

namespace keraunos::cpu {
namespace {

class PointwiseStep final : public host::Step {
 public:
  explicit PointwiseStep(const Tiles& tiles) : tiles_(tiles) {
    workspace_bytes = tiles_.workspace_bytes();
    kernel = "pointwise";
  }
  void enqueue(const host::Operands& operands) const override { tiles_.run(operands.in, operands.out[0], operands.workspace); }

 private:
  Tiles tiles_;
};

}  // namespace

// Programs run over any strides, but over at most kMaxAxes axes.
host::Verdict support(const Query& query, const host::Pointwise&) {
  return query.out().shape.size() > math::kMaxAxes ? host::refused("more than 8 axes") : host::Verdict{};
}

StepPointer make_step(const Task& task, const host::Pointwise& op) {
  std::vector<Shape> shapes;
  for (size_t i = 0; i < task.node.in.size(); ++i) shapes.push_back(task.in(i).shape);
  return std::make_unique<PointwiseStep>(Tiles(op.program, task.out().shape, shapes, task.cpu));
}

}  // namespace keraunos::cpu
