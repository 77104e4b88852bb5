// Exact integer products. int8 by int8 runs as float products over blocks of 1,024 of k: every partial sum is at most 2^24 in
// magnitude, where floats are exact, and the blocks are added in int32. (The byte multiplication of AVX2 saturates at 16 bits.)
// Other integer types are rare and use a plain loop that wraps.
#include <algorithm>

#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/packing.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/product_shape.h"

namespace keraunos::cpu {
namespace {

constexpr int64_t kExactBlock = 1024;

int32_t wrapped_sum(int32_t a, int32_t b) noexcept {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

class IntegerMatMulStep final : public host::Step {
 public:
  IntegerMatMulStep(const Task& task, const host::MatMul& op)
      : kernels_(*task.cpu.kernels),
        shape_(product_shape(task, op)),
        type_(task.in(0).dtype),
        result_(task.out().dtype),
        op_(op),
        epilogue_(op.epilogue, task.out().shape, epilogue_shapes(task), task.cpu) {
    if (type_ == DType::int8 && task.graph.is_constant(task.node.in[1])) {
      packed_ = task.constants.packed(task.node, 1, "float blocks" + packing_name(op.transpose_b, panels(), type_),
                                      [&](const Tensor& b) { return pack_blocks(static_cast<const int8_t*>(b.data())); });
    }
    const int64_t epilogue = aligned(epilogue_.scratch_bytes());
    const int64_t panels = packed_ ? 0 : aligned(4 * each_packed() * shape_.batch);
    const int64_t rows = aligned(4 * kRows * kExactBlock) + aligned(4 * kRows * shape_.n);
    workspace_bytes = epilogue + (type_ == DType::int8 ? panels + rows : 0);
    kernel = type_ == DType::int8 ? "exact int8 product " + std::string(kernels_.name) : "integer product";
  }

  void enqueue(const host::Operands& operands) const override {
    auto* workspace = static_cast<std::byte*>(operands.workspace);
    std::byte* scratch = carve(workspace, epilogue_.scratch_bytes());
    if (elements() == 0) return;
    if (type_ == DType::int8)
      bytes(operands, static_cast<int32_t*>(operands.out[0]), workspace);
    else
      plain(operands, operands.out[0]);
    epilogue_.apply(operands.in.subspan(2), operands.out[0], scratch, 0, elements());
  }

 private:
  static constexpr int64_t kRows = 64;
  int64_t elements() const noexcept { return shape_.batch * shape_.m * shape_.n; }
  Packing panels() const noexcept {
    return {.k = shape_.k, .n = shape_.n, .panel = kernels_.panel_f32, .segment = shape_.k, .by_terms = false};
  }
  int64_t each_packed() const noexcept { return panels().elements(); }
  int64_t a_index(int64_t i, int64_t row, int64_t k) const noexcept {
    return i * shape_.m * shape_.k + (op_.transpose_a ? k * shape_.m + row : row * shape_.k + k);
  }
  int64_t b_index(int64_t i, int64_t k, int64_t column) const noexcept {
    return i * shape_.k * shape_.n + (op_.transpose_b ? column * shape_.k + k : k * shape_.n + column);
  }

  // Packs every block of k of every matrix as float panels, one after the other.
  void pack_into(float* to, const int8_t* b) const {
    const int panel = kernels_.panel_f32;
    for (int64_t i = 0; i < shape_.batch; ++i) {
      for (int64_t block = 0; block < shape_.k; block += kExactBlock) {
        const int64_t to_k = std::min(block + kExactBlock, shape_.k);
        for (int64_t column = 0; column < shape_.n; column += panel) {
          for (int64_t k = block; k < to_k; ++k) {
            for (int64_t j = column; j < column + panel; ++j)
              *to++ = j < shape_.n ? static_cast<float>(b[b_index(i, k, j)]) : 0.0f;
          }
        }
      }
    }
  }
  std::shared_ptr<const void> pack_blocks(const int8_t* b) const {
    const std::shared_ptr<void> memory = allocate_aligned(4 * each_packed() * shape_.batch);
    pack_into(static_cast<float*>(memory.get()), b);
    return memory;
  }

  void bytes(const host::Operands& operands, int32_t* sums, std::byte* workspace) const {
    const auto* a = static_cast<const int8_t*>(operands.in[0]);
    const auto* b = static_cast<const float*>(packed_.get());
    if (!packed_) {
      auto* panels = reinterpret_cast<float*>(carve(workspace, 4 * each_packed() * shape_.batch));
      pack_into(panels, static_cast<const int8_t*>(operands.in[1]));
      b = panels;
    }
    auto* rows = reinterpret_cast<float*>(carve(workspace, 4 * kRows * kExactBlock));
    auto* part = reinterpret_cast<float*>(carve(workspace, 4 * kRows * shape_.n));
    std::fill_n(sums, elements(), 0);
    for (int64_t i = 0; i < shape_.batch; ++i) {
      for (int64_t row = 0; row < shape_.m; row += kRows) row_block(i, row, a, b, rows, part, sums);
    }
  }

  void row_block(int64_t i, int64_t row, const int8_t* a, const float* b, float* rows, float* part, int32_t* sums) const {
    const int64_t count = std::min(kRows, shape_.m - row);
    for (int64_t block = 0; block < shape_.k; block += kExactBlock) {
      const int64_t depth = std::min(kExactBlock, shape_.k - block);
      for (int64_t r = 0; r < count; ++r) {
        for (int64_t k = 0; k < depth; ++k) rows[r * depth + k] = static_cast<float>(a[a_index(i, row + r, block + k)]);
      }
      const int64_t columns = each_packed() / std::max<int64_t>(shape_.k, 1);
      kernels_.product_f32({.a = rows,
                            .a_stride = depth,
                            .b = b + i * each_packed() + block * columns,
                            .init = nullptr,
                            .init_stride = 0,
                            .c = part,
                            .c_stride = shape_.n,
                            .m = count,
                            .n = shape_.n,
                            .k = depth});
      int32_t* to = sums + (i * shape_.m + row) * shape_.n;
      for (int64_t j = 0; j < count * shape_.n; ++j) to[j] = wrapped_sum(to[j], static_cast<int32_t>(part[j]));
    }
  }

  void plain(const host::Operands& operands, void* sums) const {
    for (int64_t i = 0; i < shape_.batch; ++i) {
      for (int64_t row = 0; row < shape_.m; ++row) {
        for (int64_t column = 0; column < shape_.n; ++column) {
          int64_t sum = 0;
          for (int64_t k = 0; k < shape_.k; ++k) {
            const int64_t left = math::load_element(operands.in[0], type_, a_index(i, row, k)).integer;
            const int64_t right = math::load_element(operands.in[1], type_, b_index(i, k, column)).integer;
            sum = math::wrapped_add(sum, math::wrapped_multiply(left, right));
          }
          math::store_element(sums, result_, (i * shape_.m + row) * shape_.n + column, {.integer = sum});
        }
      }
    }
  }

  const Kernels& kernels_;
  ProductShape shape_;
  DType type_, result_;
  host::MatMul op_;
  Epilogue epilogue_;
  std::shared_ptr<const void> packed_;
};

}  // namespace

StepPointer make_integer_matmul(const Task& task, const host::MatMul& op) {
  return std::make_unique<IntegerMatMulStep>(task, op);
}

}  // namespace keraunos::cpu
