#include "kernels/cuda/step.h"

#include <optional>

#include "keraunos/error.h"
#include "kernels/cuda/epilogue.h"
#include "kernels/cuda/recurrent/resident.h"
#include "kernels/cuda/recurrent/shape_of_node.h"
#include "kernels/cuda/recurrent/tiled.h"

namespace keraunos::cuda {
namespace {

class RecurrentStep final : public Step {
 public:
  RecurrentStep(const Task& task, const host::Recurrent& op)
      : Step(task.context), shape_(recurrent_shape(task.graph, task.node, op)), type_(task.in(0).dtype) {
    if (ResidentLayout layout; plan_resident(type_, shape_, launch_context(), layout)) {
      resident_ = layout;
      kernel = "recurrent, weights resident";
      if (layout.activations == ResidentActivations::chosen) kernel += ", activations chosen at run time";
      return;
    }
    if (!plan_tiled(type_, shape_, launch_context(), layout_)) throw InternalError("a recurrent layer that was refused");
    kernel = "recurrent, tiles of " + std::to_string(layout_.tile);
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const auto& in = operands.in;
    const RecurrentMemory memory{
        in[0],           in[1],           in[2],
        in[3],           in[4],           in[5],
        operands.out[0], operands.out[1], shape_.kind == RecurrentShape::lstm ? operands.out[2] : nullptr};
    if (resident_)
      launch_resident(shape_, *resident_, memory, stream);
    else
      launch_tiled(type_, shape_, layout_, memory, stream);
  }

  RecurrentShape shape_;
  TiledLayout layout_;
  std::optional<ResidentLayout> resident_;
  DType type_;
};

}  // namespace

RecurrentShape recurrent_shape(const host::Graph& graph, const host::Node& node, const host::Recurrent& op) {
  const Shape& projected = graph.info(node.in[0]).shape;
  RecurrentShape s;
  s.kind = op.kind == host::Recurrent::lstm ? RecurrentShape::lstm : RecurrentShape::simple;
  if (op.kind == host::Recurrent::gru)
    s.kind = op.reset_after ? RecurrentShape::gru_reset_after : RecurrentShape::gru_reset_before;
  s.batch = projected[0].size, s.steps = projected[1].size, s.units = graph.info(node.in[1]).shape[0].size;
  s.activation = op.activation.function, s.activation_immediate = op.activation.immediate;
  s.recurrent_activation = op.recurrent_activation.function, s.recurrent_immediate = op.recurrent_activation.immediate;
  s.backwards = op.go_backwards, s.sequences = op.return_sequences, s.zero_masked = op.zero_output_for_mask;
  return s;
}

host::Verdict support(const Query& query, const host::Recurrent& op) {
  if (host::Verdict verdict = host::floats_only(query); verdict.speed == host::Verdict::refused) return verdict;
  for (const Function f : {op.activation.function, op.recurrent_activation.function}) {
    if (!ChainFunctions::has(f) || operands_of(f) != 1)
      return host::refused("a recurrent layer with the function " + std::string(name_of(f)));
  }
  TiledLayout layout;
  const RecurrentShape shape = recurrent_shape(query.graph, query.node, op);
  if (plan_tiled(query.in(0).dtype, shape, query.context.launch(), layout)) return {};
  return host::refused("the state of " + std::to_string(shape.units) + " units does not fit a block's shared memory");
}

StepPointer make_step(const Task& task, const host::Recurrent& op) { return std::make_unique<RecurrentStep>(task, op); }

}  // namespace keraunos::cuda
