// The plan of a model for inputs of given shapes, as data: steps in order, the places of their operands, their costs and why any
// of them is not fast.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keraunos/dtype.h"
#include "keraunos/export.h"
#include "keraunos/tensor.h"

namespace keraunos {

struct KERAUNOS_API PlanDescription {
  /// An operand or a result of a step.
  struct Operand {
    enum class Place : uint8_t {
      absent,      ///< an optional operand that is not there
      input,       ///< `index` is its number among the model's inputs
      output,      ///< `index` is its number among the model's outputs
      state,       ///< a state that a Session keeps, with its `index`
      constant,    ///< a weight, or computed from weights alone
      packed,      ///< a constant that the step keeps in a layout of its own
      arena,       ///< an intermediate result at `offset`
      host_arena,  ///< the same in memory of the host, on a device that has its own memory
    };
    Place place = Place::absent;
    int index = 0;
    int64_t offset = 0;
    DType dtype = DType::float32;
    Dims dims{};
    int64_t bytes = 0;
  };

  /// How well the device runs a step.
  enum class Support : uint8_t {
    fast,
    slow,  ///< by a kernel that is not optimised
    host,  ///< on the host, because the device has no kernel for it
  };

  struct Step {
    std::string operation{};  ///< "conv 3x3 [relu]", "copy to output 0"
    std::string kernel{};     ///< the device's kernel: "cublasLt"; empty for copies
    std::string layer{};      ///< path of the layer, or of several that were fused, joined by " + "
    std::vector<Operand> operands{}, results{};
    double flops = 0;                           ///< two for each product of matrix elements; 0 for operations without any
    int64_t bytes_read = 0, bytes_written = 0;  ///< each operand and result once; of a lookup table only the rows found
    int launches = 0;                           ///< kernels launched on the device's stream
    Support support = Support::fast;
    std::string reason{};  ///< why the step is not fast
    int depth = 0;         ///< number of loops and branches around the step; their own steps come before it
    std::string part{};    ///< its part of the innermost of them: "body", "condition", "then" or "otherwise"
    int64_t turns = 0;     ///< of a loop: how often its body runs, or at most; -1 where only its condition ends it
  };

  /// A remark that is not about one step, for example nodes that a pass did not fuse.
  struct Note {
    std::string layer{}, text{};
  };

  struct Port {
    std::string name{};
    DType dtype = DType::float32;
    Dims dims{};
    int64_t bytes = 0;
    bool on_host = false;  ///< on a device with its own memory: it is read or written on the host
  };

  /// In bytes.
  struct Memory {
    int64_t arena = 0;         ///< all memory of the device that one session needs for this plan, workspace and copies included
    int64_t host_arena = 0;    ///< the same in memory of the host, on a device that has its own memory
    int64_t workspace = 0;     ///< part of the arena: scratch memory that one step at a time uses
    int64_t intermediate = 0;  ///< all intermediate results, which share the arena
    int64_t constants = 0;     ///< constants that steps read, as they were before packing; plans share them
    int64_t inputs = 0, outputs = 0;
  };

  std::string device{};
  /// predict() computes these `rows` in pieces of `rows_at_a_time`; with `side_by_side` the device's threads compute pieces in
  /// parallel.
  int64_t rows = 0, rows_at_a_time = 0;
  bool side_by_side = false;
  std::vector<Port> inputs{}, outputs{}, states{};
  std::vector<Step> steps{};
  std::vector<Note> notes{};
  Memory memory{};
  /// Sums over all steps. A loop counts its largest number of turns, a branch both of its parts.
  double flops = 0;
  int64_t bytes_read = 0, bytes_written = 0;
  int64_t launches = 0;  ///< a branch counts the larger of its parts
};

/// "input", "host_arena": the names that to_json() writes.
KERAUNOS_API std::string_view name_of(PlanDescription::Operand::Place place) noexcept;
KERAUNOS_API std::string_view name_of(PlanDescription::Support support) noexcept;

/// A line for each step, then memory, costs, and what is not fast or not fused.
[[nodiscard]] KERAUNOS_API std::string to_string(const PlanDescription& plan);
/// One JSON object; its keys are listed in README.md, "A plan as JSON".
[[nodiscard]] KERAUNOS_API std::string to_json(const PlanDescription& plan);

}  // namespace keraunos
