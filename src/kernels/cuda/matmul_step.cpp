// A product runs in one of three ways: with cuBLASLt, which adds bias and residual and supports two activations; with our own
// kernel when the product is tiny (any chain of functions is free there) or of a type that cuBLASLt lacks; and with our own
// kernel when the caller's memory is not aligned as cuBLASLt requires. The rest of the epilogue runs afterwards, in place.
#include <optional>

#include "keraunos/error.h"
#include "kernels/cuda/alignment.h"
#include "kernels/cuda/copy.h"
#include "kernels/cuda/cublaslt/matmul.h"
#include "kernels/cuda/epilogue.h"
#include "kernels/cuda/product.h"
#include "kernels/cuda/product_step.h"
#include "kernels/cuda/runtime/check.h"
#include "kernels/cuda/runtime/memory.h"

namespace keraunos::cuda {
namespace {

constexpr int64_t kTiny = int64_t{1} << 15;  // below this number of multiplications the launch dominates the time

class ProductStep final : public Step {
 public:
  ProductStep(const Task& task, const ProductForm& form, const host::Program& epilogue)
      : Step(task.context), form_(form), type_(task.in(0).dtype), whole_(whole_epilogue(task.graph, task.node, epilogue)) {
    if (type_ == DType::int8 && !form.transpose_b && task.graph.is_constant(task.node.in[1])) pack_transposed(task);
    const bool tiny = form.batch * form.rows * form.columns * form.inner < kTiny;
    if (!tiny || !own_kernel_suffices()) choose_library(task, epilogue);
    kernel = plan_ ? "cublasLt" : "product";
    const bool followed = plan_ ? !split_.rest.empty() : !own_kernel_suffices();
    launches = followed ? 2 : 1;
  }

 private:
  /// Our kernel runs chains itself; other programs run after it.
  bool own_kernel_suffices() const { return whole_.empty() || whole_.plan.is_chain; }

  void pack_transposed(const Task& task) {
    const int64_t k = form_.inner, n = form_.columns, batch = form_.batch_b ? form_.batch : 1;
    const std::shared_ptr<const Context> context = task.context;
    packed_ = task.constants.packed(task.node, 1, "cuda transposed int8", [context, k, n, batch](const Tensor& tensor) {
      Walk<2> walk;
      walk.add_axis(batch, {k * n, k * n}), walk.add_axis(n, {k, 1}), walk.add_axis(k, {1, n});
      return rearranged(*context, tensor, walk);
    });
    form_.transpose_b = true;
  }

  void choose_library(const Task& task, const host::Program& epilogue) {
    const bool with_epilogue = type_ != DType::float64 && type_ != DType::int8;
    split_ = split_epilogue(
        task.graph, task.node, epilogue,
        {.bias = with_epilogue, .residual = type_ != DType::int8, .relu = with_epilogue, .gelu_tanh = with_epilogue});
    MatMulProblem p;
    p.rows = form_.rows, p.columns = form_.columns, p.inner = form_.inner, p.batch = form_.batch;
    p.type = type_;
    p.tf32 = type_ == DType::float32 && task.context->tf32() && !form_.full_precision;
    p.transpose_a = form_.transpose_a, p.transpose_b = form_.transpose_b;
    p.stride_a = form_.batch_a ? p.rows * p.inner : 0, p.stride_b = form_.batch_b ? p.inner * p.columns : 0;
    p.stride_d = p.rows * p.columns;
    p.epilogue = library_epilogue();
    p.add_c = split_.residual >= 0;
    p.alignment = kAlignment;
    if (MatMulPlan::refusal(p)) return;
    try {
      const Context::CublasLtLease cublaslt(*task.context);
      plan_.emplace(cublaslt.get(), p);
    } catch (const LibraryRefusal&) {
      return;  // no algorithm for this shape: our kernel is used
    }
    workspace_bytes = plan_->workspace_bytes();
  }

  MatMulProblem::Epilogue library_epilogue() const {
    const bool bias = split_.bias >= 0;
    if (split_.relu) return bias ? MatMulProblem::relu_bias : MatMulProblem::relu;
    if (split_.gelu_tanh) return bias ? MatMulProblem::gelu_tanh_bias : MatMulProblem::gelu_tanh;
    return bias ? MatMulProblem::bias : MatMulProblem::none;
  }

  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const void* const a = operands.in[0];
    const void* const b = packed_ ? packed_.get() : operands.in[1];
    const auto operand = [&](int index) { return index < 0 ? nullptr : operands.in[static_cast<size_t>(index)]; };
    const void* const bias = operand(split_.bias);
    const void* const residual = operand(split_.residual);
    void* const d = operands.out[0];
    if (plan_ && is_aligned({a, b, bias, residual, d})) {
      {
        const Context::CublasLtLease cublaslt(context());
        plan_->enqueue(cublaslt.get(), a, b, bias, residual, d, operands.workspace, stream);
      }
      apply(split_.rest, operands, stream);
      return;
    }
    const bool fused = own_kernel_suffices();
    launch_product(type_, shape(), a, b, fused ? fuse(whole_, operands) : Epilogue{}, d, launch_context(), stream);
    if (!fused) apply(whole_, operands, stream);
  }

  void apply(const BoundProgram& program, const host::Operands& operands, cudaStream_t stream) const {
    if (program.empty()) return;
    launch_pointwise(program.plan, program.bind(operands, operands.out[0]), operands.out[0], launch_context(), stream);
  }

  ProductShape shape() const {
    const ProductForm& f = form_;
    return {.batch = f.batch,
            .rows = f.rows,
            .columns = f.columns,
            .inner = f.inner,
            .a_row = f.transpose_a ? 1 : f.inner,
            .a_inner = f.transpose_a ? f.rows : 1,
            .a_batch = f.batch_a ? f.rows * f.inner : 0,
            .b_inner = f.transpose_b ? 1 : f.columns,
            .b_column = f.transpose_b ? f.inner : 1,
            .b_batch = f.batch_b ? f.inner * f.columns : 0};
  }

  ProductForm form_;
  DType type_;
  BoundProgram whole_;
  EpilogueSplit split_;
  std::optional<MatMulPlan> plan_;
  std::shared_ptr<const void> packed_;
};

}  // namespace

std::shared_ptr<const void> rearranged(const Context& context, const Tensor& tensor, const Walk<2>& walk) {
  const std::shared_ptr<void> result = allocate_device(context.device(), tensor.bytes());
  const std::shared_ptr<const void> plain = upload(context.device(), tensor.data(), tensor.bytes());
  const DeviceScope scope(context.device());
  Stream stream(context.device());
  launch_copy(walk, static_cast<int>(size_of(tensor.dtype())), result.get(), plain.get(), context.launch(), stream.get());
  stream.synchronize();
  return result;
}

StepPointer make_product(const Task& task, const ProductForm& form, const host::Program& epilogue) {
  return std::make_unique<ProductStep>(task, form, epilogue);
}

host::Verdict support(const Query& query, const host::MatMul& op) {
  const DType type = query.in(0).dtype, product = type == DType::int8 ? DType::int32 : type;
  if (!op.epilogue.empty() && op.epilogue.result() != product)
    return host::refused("an epilogue that changes the type of the product");
  if (type == DType::int8 && !query.is_constant(1) && !op.transpose_b)
    return host::slow("cuBLASLt wants int8 kernels transposed");
  if (is_floating(type) || type == DType::int8) return if_compiled(op.epilogue);
  return host::slow("products of " + std::string(name_of(type)) + " run on a simple kernel");
}

StepPointer make_step(const Task& task, const host::MatMul& op) {
  const Shape &a = task.in(0).shape, &b = task.in(1).shape, &d = task.out().shape;
  const size_t rank = a.size();
  ProductForm form;
  form.batch = rank == 3 ? a[0].size : 1;
  form.batch_a = rank == 3, form.batch_b = rank == 3 && b[0].size == form.batch;
  form.rows = d[rank - 2].size, form.columns = d[rank - 1].size, form.inner = a[op.transpose_a ? rank - 2 : rank - 1].size;
  form.transpose_a = op.transpose_a, form.transpose_b = op.transpose_b;
  form.full_precision = op.full_precision;
  return make_product(task, form, op.epilogue);
}

}  // namespace keraunos::cuda
