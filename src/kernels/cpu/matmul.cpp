// C = A·B for float types. A constant B is packed when the node is prepared, any other B in each call, in the workspace. 16-bit
// operands are widened to float, the product is rounded once, and then the epilogue runs in the 16-bit type, as in Keras.
// Integers: matmul_integer.cpp; one row with many weights: matmul_row.cpp.
#include <algorithm>

#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/onednn/onednn.h"
#include "kernels/cpu/packing.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/product_shape.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu {
namespace {

template <class T>
class MatMulStep final : public host::Step {
 public:
  MatMulStep(const Task& task, const ProductShape& shape, bool transpose_a, bool transpose_b, const host::Program& epilogue)
      : kernels_(*task.cpu.kernels),
        workers_(task.cpu.workers),
        shape_(shape),
        type_(task.in(0).dtype),
        epilogue_(epilogue, task.out().shape, epilogue_shapes(task), task.cpu),
        transpose_a_(transpose_a),
        transpose_b_(transpose_b) {
    packing_ = choose_packing<T>(kernels_, shape_.k, shape_.n, shape_.k);
    each_packed_ = packing_.elements();
    if (task.graph.is_constant(task.node.in[1])) {
      packed_ = task.constants.packed(task.node, 1, packing_name(transpose_b_, packing_, type_),
                                      [&](const Tensor& b) { return pack_constant(b, transpose_b_, packing_); });
    }
    const double nanoseconds = static_cast<double>(shape_.batch) * static_cast<double>(shape_.m) * static_cast<double>(shape_.n) *
                               static_cast<double>(shape_.k) * (sizeof(T) == 4 ? 0.05 : 0.1);
    const int64_t units = shape_.batch * std::max((shape_.m + 7) / 8, shape_.n / packing_.panel);
    threads_ = threads_for(task.cpu.threads, units, nanoseconds);
    lay_out_workspace();
    kernel = (packing_.by_terms ? "dot product " : "product ") + std::string(kernels_.name);
  }

  void enqueue(const host::Operands& operands) const override {
    auto* workspace = static_cast<std::byte*>(operands.workspace);
    const T* a = left(operands.in[0], workspace);
    const T* b = right(operands.in[1], workspace);
    T* c = widened() ? reinterpret_cast<T*>(workspace + c_at_) : static_cast<T*>(operands.out[0]);
    const auto extra = operands.in.subspan(2);
    if (shape_.batch * shape_.m * shape_.n == 0) return;
    const bool by_rows =
        packing_.by_terms || shape_.batch > 1 || threads_ == 1 || (shape_.m >= 8 * threads_ && shape_.m >= shape_.n);
    if (by_rows)
      by_row_blocks(a, b, c, operands.out[0], extra, workspace);
    else
      by_columns(a, b, c, operands.out[0], extra, workspace);
  }

 private:
  bool widened() const noexcept { return type_ == DType::float16 || type_ == DType::bfloat16; }
  bool copies_a() const noexcept { return transpose_a_ || widened(); }

  void lay_out_workspace() {
    const auto bytes = [](int64_t elements) { return aligned(elements * static_cast<int64_t>(sizeof(T))); };
    const int64_t a = shape_.batch * shape_.m * shape_.k, b = shape_.batch * shape_.k * shape_.n,
                  c = shape_.batch * shape_.m * shape_.n;
    int64_t at = aligned(epilogue_.scratch_bytes()) * threads_;
    a_at_ = at, at += copies_a() ? bytes(a) : 0;
    wide_at_ = at, at += widened() ? bytes(std::max(a, packed_ ? 0 : b)) : 0;
    b_at_ = at, at += packed_ ? 0 : bytes(shape_.batch * each_packed_);
    c_at_ = at, at += widened() ? bytes(c) : 0;
    workspace_bytes = at;
  }

  // A as rows of T.
  const T* left(const void* a, std::byte* workspace) const {
    if (!copies_a()) return static_cast<const T*>(a);
    T* rows = reinterpret_cast<T*>(workspace + a_at_);
    const int64_t elements = shape_.batch * shape_.m * shape_.k;
    const T* source = widen(a, transpose_a_ ? reinterpret_cast<T*>(workspace + wide_at_) : rows, elements);
    if (!transpose_a_) return rows;
    for (int64_t i = 0; i < shape_.batch; ++i, source += shape_.m * shape_.k) {
      for (int64_t row = 0; row < shape_.m; ++row) {
        for (int64_t k = 0; k < shape_.k; ++k) *rows++ = source[k * shape_.m + row];
      }
    }
    return rows - elements;
  }

  const T* right(const void* b, std::byte* workspace) const {
    if (packed_) return static_cast<const T*>(packed_.get());
    const T* source = widen(b, reinterpret_cast<T*>(workspace + wide_at_), shape_.batch * shape_.k * shape_.n);
    T* packed = reinterpret_cast<T*>(workspace + b_at_);
    const int64_t row = transpose_b_ ? 1 : shape_.n, column = transpose_b_ ? shape_.k : 1;
    for (int64_t i = 0; i < shape_.batch; ++i) {
      pack_matrix(packed + i * each_packed_, source + i * shape_.k * shape_.n, row, column, packing_);
    }
    return packed;
  }

  const T* widen(const void* from, T* to, int64_t elements) const {
    if (!widened()) return static_cast<const T*>(from);
    kernels_.load[static_cast<int>(type_)](to, from, elements);
    return to;
  }

  const T* bias(std::span<const void* const> extra) const {
    return epilogue_.bias() < 0 ? nullptr : static_cast<const T*>(extra[static_cast<size_t>(epilogue_.bias())]);
  }

  // Treats the rows of all batches as one sequence; each block's epilogue runs while the block is in cache.
  void by_row_blocks(const T* a, const T* b, T* c, void* out, std::span<const void* const> extra, std::byte* workspace) const {
    // Weights that L2 does not hold are read again for each block of rows.
    const int64_t block = shape_.k * shape_.n * static_cast<int64_t>(sizeof(T)) > (int64_t{1} << 20) ? 192 : 96;
    const int64_t rows = shape_.batch * shape_.m;
    const int64_t groups = threads_ == 1 ? 1 : (rows + 7) / 8, group = threads_ == 1 ? rows : 8;
    share_out(workers_.get(), threads_, groups, [&](int64_t first, int64_t last, int thread) {
      std::byte* scratch = workspace + thread * aligned(epilogue_.scratch_bytes());
      const int64_t end = std::min(last * group, rows);
      for (int64_t row = first * group; row < end;) {
        const int64_t matrix = row / shape_.m;
        const int64_t stop = std::min({row + block, end, (matrix + 1) * shape_.m});
        run_product(kernels_, Product<T>{.a = a + row * shape_.k,
                                         .a_stride = shape_.k,
                                         .b = b + matrix * each_packed_,
                                         .by_terms = packing_.by_terms,
                                         .init = bias(extra),
                                         .init_stride = 0,
                                         .c = c + row * shape_.n,
                                         .c_stride = shape_.n,
                                         .m = stop - row,
                                         .n = shape_.n,
                                         .k = shape_.k,
                                         .clamp = epilogue_.template clamp<T>()});
        finish(c, out, extra, scratch, row * shape_.n, stop * shape_.n);
        row = stop;
      }
    });
  }

  // Threads share the columns; each reads only its part of B.
  void by_columns(const T* a, const T* b, T* c, void* out, std::span<const void* const> extra, std::byte* workspace) const {
    const int64_t panel = packing_.panel, panels = (shape_.n + panel - 1) / panel;
    share_out(workers_.get(), threads_, panels, [&](int64_t first, int64_t last, int thread) {
      const int64_t column = first * panel, end = std::min(last * panel, shape_.n);
      const T* start = bias(extra);
      run_product(kernels_, Product<T>{.a = a,
                                       .a_stride = shape_.k,
                                       .b = b + column * shape_.k,
                                       .init = start ? start + column : nullptr,
                                       .init_stride = 0,
                                       .c = c + column,
                                       .c_stride = shape_.n,
                                       .m = shape_.m,
                                       .n = end - column,
                                       .k = shape_.k,
                                       .clamp = epilogue_.template clamp<T>()});
      std::byte* scratch = workspace + thread * aligned(epilogue_.scratch_bytes());
      if (!widened() && epilogue_.empty()) return;
      for (int64_t row = 0; row < shape_.m; ++row) finish(c, out, extra, scratch, row * shape_.n + column, row * shape_.n + end);
    });
  }

  void finish(const T* c, void* out, std::span<const void* const> extra, void* scratch, int64_t begin, int64_t end) const {
    if (widened()) {
      kernels_.store[static_cast<int>(type_)](static_cast<std::byte*>(out) + begin * size_of(type_), c + begin, end - begin);
    }
    epilogue_.apply(extra, out, scratch, begin, end);
  }

  const Kernels& kernels_;
  std::shared_ptr<Workers> workers_;
  ProductShape shape_;
  DType type_;
  Epilogue epilogue_;
  bool transpose_a_, transpose_b_;
  Packing packing_{};
  int threads_ = 1;
  int64_t each_packed_ = 0, a_at_ = 0, wide_at_ = 0, b_at_ = 0, c_at_ = 0;
  std::shared_ptr<const void> packed_;
};

}  // namespace

StepPointer make_product(const Task& task, const ProductShape& shape, bool transpose_a, bool transpose_b,
                         const host::Program& epilogue) {
  const bool float64 = task.in(0).dtype == DType::float64;
  const auto packing = float64 ? choose_packing<double> : choose_packing<float>;
  // The choice does not depend on the number of rows, so that a row gives the same bits alone and in a batch.
  const bool ours = packing(*task.cpu.kernels, shape.k, shape.n, shape.k).by_terms && task.cpu.onednn != OneDnn::everywhere;
  if (StepPointer step = ours || transpose_a ? nullptr : onednn::make_product(task, shape, transpose_b, epilogue)) return step;
  if (StepPointer step = make_row_product(task, shape, transpose_b, epilogue)) return step;
  if (float64) return std::make_unique<MatMulStep<double>>(task, shape, transpose_a, transpose_b, epilogue);
  return std::make_unique<MatMulStep<float>>(task, shape, transpose_a, transpose_b, epilogue);
}

host::Verdict support(const Query& query, const host::MatMul& op) {
  const DType type = query.in(0).dtype, product = type == DType::int8 ? DType::int32 : type;
  if (!op.epilogue.empty() && op.epilogue.result() != product)
    return host::refused("an epilogue that changes the type of the product");
  if (type == DType::int8 || is_floating(type)) return {};
  return host::slow("products of this integer type are plain loops");
}

StepPointer make_step(const Task& task, const host::MatMul& op) {
  if (!is_floating(task.in(0).dtype)) return make_integer_matmul(task, op);
  return make_product(task, product_shape(task, op), op.transpose_a, op.transpose_b, op.epilogue);
}

}  // namespace keraunos::cpu
