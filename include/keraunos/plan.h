// What a model does for inputs of given shapes, as data: steps in order, where their operands lie, what they cost and why any of
// them is not fast.
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
      input,       ///< of the model: `index`
      output,      ///< of the model: `index`
      state,       ///< that a Session keeps: `index`
      constant,    ///< a weight, or what was computed from weights alone
      packed,      ///< a constant that the step keeps in a layout of its own
      arena,       ///< an intermediate result: `offset`
      host_arena,  ///< the same in memory of the host, on a device that has memory of its own
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
    slow,  ///< by a kernel that is not made for speed
    host,  ///< on the host, for want of a kernel of the device
  };

  struct Step {
    std::string operation{};  ///< "conv 3x3 [relu]", "copy to output 0"
    std::string kernel{};     ///< of the device: "cublasLt"; empty for copies
    std::string layer{};      ///< path of the layer, or of several that were fused, joined by " + "
    std::vector<Operand> operands{}, results{};
    double flops = 0;                           ///< two for each product of matrix elements; 0 for operations without any
    int64_t bytes_read = 0, bytes_written = 0;  ///< each operand and result once; of a table that is looked up, the rows found
    int launches = 0;                           ///< kernels that it puts on the device's stream
    Support support = Support::fast;
    std::string reason{};  ///< why not fast
    int depth = 0;         ///< of the loops and branches around it, whose own step comes before; 0: none
    std::string part{};    ///< of the innermost of them: "body", "condition", "then" or "otherwise"
    int64_t turns = 0;     ///< of a loop: how often its body runs, or at most; -1 where only its condition says
  };

  /// What the passes left undone, or anything else that is not about one step.
  struct Note {
    std::string layer{}, text{};
  };

  struct Port {
    std::string name{};
    DType dtype = DType::float32;
    Dims dims{};
    int64_t bytes = 0;
    bool on_host = false;  ///< on a device with memory of its own: it is read or written on the host
  };

  /// Bytes.
  struct Memory {
    int64_t arena = 0;         ///< all of the device's memory that one session needs for this plan, workspace and copies included
    int64_t host_arena = 0;    ///< the same in memory of the host, on a device that has memory of its own
    int64_t workspace = 0;     ///< of the arena: scratch memory that one step at a time uses
    int64_t intermediate = 0;  ///< all intermediate results, which share the arena
    int64_t constants = 0;     ///< that steps read, as they were before packing; plans share them
    int64_t inputs = 0, outputs = 0;
  };

  std::string device{};
  /// predict() computes these `rows` in pieces of `rows_at_a_time`, side by side on the device's threads where that says so.
  int64_t rows = 0, rows_at_a_time = 0;
  bool side_by_side = false;
  std::vector<Port> inputs{}, outputs{}, states{};
  std::vector<Step> steps{};
  std::vector<Note> notes{};
  Memory memory{};
  /// Of all steps, those of loops as often as they run at most, of branches both parts.
  double flops = 0;
  int64_t bytes_read = 0, bytes_written = 0;
  int64_t launches = 0;  ///< of a branch those of the larger part
};

/// "input", "host_arena": the names that to_json() writes.
KERAUNOS_API std::string_view name_of(PlanDescription::Operand::Place place) noexcept;
KERAUNOS_API std::string_view name_of(PlanDescription::Support support) noexcept;

/// A line for each step, then memory, costs, and what is not fast or not fused.
[[nodiscard]] KERAUNOS_API std::string to_string(const PlanDescription& plan);
/// One JSON object; its keys are listed in README.md, "A plan as JSON".
[[nodiscard]] KERAUNOS_API std::string to_json(const PlanDescription& plan);

}  // namespace keraunos
