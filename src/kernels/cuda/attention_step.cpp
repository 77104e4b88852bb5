#include "keraunos/error.h"
#include "kernels/cuda/attention.h"
#include "kernels/cuda/attention_shape.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {
namespace {

class AttentionStep final : public Step {
 public:
  AttentionStep(const Task& task, const host::Attention& op)
      : Step(task.context),
        shape_(attention_shape(task.graph, task.node, op)),
        type_(task.in(0).dtype),
        rows_(attention_rows(type_, shape_, launch_context())),
        with_scores_(op.return_scores) {
    if (rows_ == 0) throw InternalError("attention that was refused");
    kernel = "attention, " + std::to_string(rows_) + " queries a block";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const auto mask = [&](size_t i) { return static_cast<const uint8_t*>(operands.in[i]); };
    const AttentionMemory memory{operands.in[0], operands.in[1], operands.in[2],  mask(3),
                                 mask(4),        mask(5),        operands.out[0], with_scores_ ? operands.out[1] : nullptr};
    launch_attention(type_, shape_, rows_, memory, launch_context(), stream);
  }

  AttentionShape shape_;
  DType type_;
  int rows_;
  bool with_scores_;
};

}  // namespace

AttentionShape attention_shape(const host::Graph& graph, const host::Node& node, const host::Attention& op) {
  const Shape &q = graph.info(node.in[0]).shape, &k = graph.info(node.in[1]).shape, &v = graph.info(node.in[2]).shape;
  AttentionShape s;
  s.batch = q[0].size, s.queries = q[1].size, s.heads = q[2].size, s.depth = q[3].size;
  s.keys = k[1].size, s.key_heads = k[2].size, s.values = v[3].size;
  if (node.in[5]) s.mask_heads = graph.info(node.in[5]).shape[1].size;
  s.scale = op.scale, s.causal = op.causal, s.zero_masked = op.zero_masked;
  s.window = op.window.value_or(0);
  s.masked = op.causal || op.window || node.in[3] || node.in[4] || node.in[5];
  return s;
}

host::Verdict support(const Query& query, const host::Attention& op) {
  if (host::Verdict verdict = host::floats_only(query); verdict.speed == host::Verdict::refused) return verdict;
  const AttentionShape shape = attention_shape(query.graph, query.node, op);
  if (attention_rows(query.in(0).dtype, shape, query.context.launch()) > 0) return {};
  return host::refused("the scores of " + std::to_string(shape.keys) + " keys do not fit a block's shared memory");
}

StepPointer make_step(const Task& task, const host::Attention& op) { return std::make_unique<AttentionStep>(task, op); }

}  // namespace keraunos::cuda
