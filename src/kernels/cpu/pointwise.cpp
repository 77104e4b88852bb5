#include "kernels/cpu/steps.h"
#include "kernels/cpu/tiles.h"

namespace keraunos::cpu {
namespace {

class PointwiseStep final : public host::Step {
 public:
  explicit PointwiseStep(Tiles tiles) : tiles_(std::move(tiles)) {
    workspace_bytes = tiles_.workspace_bytes();
    kernel = "pointwise";
  }
  void enqueue(const host::Operands& operands) const override { tiles_.run(operands.in, operands.out[0], operands.workspace); }

 private:
  Tiles tiles_;
};

}  // namespace

StepPointer make_pointwise(const Task& task, const host::Pointwise& op) {
  std::vector<Shape> shapes;
  for (size_t i = 0; i < task.node.in.size(); ++i) shapes.push_back(task.in(i).shape);
  return std::make_unique<PointwiseStep>(Tiles(op.program, task.out().shape, shapes, task.cpu));
}

}  // namespace keraunos::cpu
