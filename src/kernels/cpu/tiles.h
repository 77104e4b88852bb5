// A pointwise program compiled for tiles. Evaluation element by element would interpret each step for each element; evaluation
// step by step over the whole tensor would be limited by memory. So each step runs over a tile of about 500 elements whose
// registers stay in L1, with a vectorised loop from the kernel table, and only inputs and the result are in memory.
//
// An operand is read in one of three ways:
//   direct  dense, of the result's shape, float32, float64 or int64: the loops read the caller's memory;
//   pinned  a repeating row (a bias, a scalar): the tile's length is a multiple of its period, so it is loaded once per call;
//   walked  anything else: loaded for each tile, run by run along the innermost axis.
// A register's slot is reused after its last use.
#pragma once

#include <span>
#include <vector>

#include "host/graph/graph.h"
#include "kernels/cpu/cpu.h"
#include "kernels/math/strides.h"

namespace keraunos::cpu {

class Tiles {
 public:
  Tiles(const host::Program& program, const Shape& result, std::span<const Shape> operands, const Cpu& cpu);

  /// Scratch of one thread, and of all threads of run().
  int64_t scratch_bytes() const noexcept { return slot_bytes_ * slots_; }
  int64_t workspace_bytes() const noexcept { return scratch_bytes() * threads_; }
  int threads() const noexcept { return threads_; }

  /// Computes the whole result, on several threads if it is worth it. `out` may be a direct operand's memory.
  void run(std::span<const void* const> in, void* out, void* workspace) const;
  /// Computes elements begin … end of the result, on this thread.
  void run_range(std::span<const void* const> in, void* out, void* scratch, int64_t begin, int64_t end) const;

 private:
  enum class Access : uint8_t { direct, pinned, walked };
  struct Operand {
    Access access;
    DType type;
    bool wide;       // lane of 8 bytes
    int slot;        // unused for a direct operand
    int64_t period;  // for a pinned operand
  };
  struct Stage {
    Loop loop;          // null: only settle, or an alias
    Conversion settle;  // null: no rounding
    bool alias;         // the register is operand a's memory
    uint8_t a, b, c, out;
    int slot;
    double immediate;
  };
  struct Constant {
    uint8_t out;
    int slot;
    bool wide;
    math::Word value;
  };
  class Compiler;
  using Registers = std::byte * [host::Program::kMaxRegisters];

  void prepare_pinned(std::span<const void* const> in, std::byte* scratch, Registers& at, int64_t begin, int64_t longest) const;
  void load_operand(size_t index, const void* memory, std::byte* scratch, Registers& at, int64_t begin, int64_t n) const;
  void run_stages(std::byte* scratch, Registers& at, std::byte* out, int64_t n) const;

  const Kernels* kernels_;
  std::shared_ptr<Workers> workers_;
  math::Strides strides_;
  std::vector<Operand> operands_;
  std::vector<Constant> constants_;
  std::vector<Stage> stages_;
  DType result_type_;
  bool writes_result_ = false;  // the last stage writes directly to the result's memory
  int result_register_ = 0;
  int slots_ = 0;
  int64_t slot_bytes_ = 0, tile_ = 0, elements_ = 0;
  int threads_ = 1;
};

}  // namespace keraunos::cpu
