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

/// What Model::describe_plan answers.
struct KERAUNOS_API PlanDescription {
  /// An operand or a result of a step.
  struct Operand {
    /// Where it lies.
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
    Place place = Place::absent;   ///< where it lies
    int index = 0;                 ///< of an input, output or state: its number
    int64_t offset = 0;            ///< bytes from the beginning of the arena
    DType dtype = DType::float32;  ///< of its elements
    Dims dims{};                   ///< its shape
    int64_t bytes = 0;             ///< its size
  };

  /// How well the device runs a step.
  enum class Support : uint8_t {
    fast,
    slow,  ///< by a kernel that is not optimised
    host,  ///< on the host, because the device has no kernel for it
  };

  /// What the device runs for one node of the graph.
  struct Step {
    std::string operation{};          ///< "conv 3x3 [relu]", "copy to output 0"
    std::string kernel{};             ///< the device's kernel: "cublasLt"; empty for copies
    std::string layer{};              ///< path of the layer, or of several that were fused, joined by " + "
    std::vector<Operand> operands{};  ///< what it reads
    std::vector<Operand> results{};   ///< what it writes
    double flops = 0;                 ///< two for each product of matrix elements; 0 for operations without any
    int64_t bytes_read = 0;           ///< each operand once; of a lookup table only the rows found
    int64_t bytes_written = 0;        ///< each result once
    int launches = 0;                 ///< kernels launched on the device's stream
    Support support = Support::fast;  ///< how well the device runs it
    std::string reason{};             ///< why the step is not fast
    int depth = 0;                    ///< number of loops and branches around the step; their own steps come before it
    std::string part{};               ///< its part of the innermost of them: "body", "condition", "then" or "otherwise"
    int64_t turns = 0;                ///< of a loop: how often its body runs, or at most; -1 where only its condition ends it
  };

  /// A remark that is not about one step, for example nodes that a pass did not fuse.
  struct Note {
    std::string layer{};  ///< path of the layer
    std::string text{};   ///< a sentence
  };

  /// An input, an output or a state of the model.
  struct Port {
    std::string name{};            ///< as in Model::inputs and outputs; of a state as in Session::states
    DType dtype = DType::float32;  ///< of its elements
    Dims dims{};                   ///< its shape
    int64_t bytes = 0;             ///< its size
    bool on_host = false;          ///< on a device with its own memory: it is read or written on the host
  };

  /// In bytes.
  struct Memory {
    int64_t arena = 0;         ///< all memory of the device that one session needs for this plan, workspace and copies included
    int64_t host_arena = 0;    ///< the same in memory of the host, on a device that has its own memory
    int64_t workspace = 0;     ///< part of the arena: scratch memory that one step at a time uses
    int64_t intermediate = 0;  ///< all intermediate results, which share the arena
    int64_t constants = 0;     ///< constants that steps read, as they were before packing; plans share them
    int64_t inputs = 0;        ///< all inputs
    int64_t outputs = 0;       ///< all outputs
  };

  std::string device{};         ///< "cpu", "cuda:0"
  int64_t rows = 0;             ///< rows of the batch
  int64_t rows_at_a_time = 0;   ///< predict() computes the batch in pieces of so many rows
  bool side_by_side = false;    ///< the device's threads compute pieces in parallel
  std::vector<Port> inputs{};   ///< in the model's order
  std::vector<Port> outputs{};  ///< in the model's order
  std::vector<Port> states{};   ///< in the order of the layers
  std::vector<Step> steps{};    ///< in the order in which they run
  std::vector<Note> notes{};    ///< in the order of the passes
  Memory memory{};              ///< what the plan needs
  /// Sums over all steps. A loop counts its largest number of turns, a branch both of its parts.
  double flops = 0;
  int64_t bytes_read = 0;     ///< the same sum
  int64_t bytes_written = 0;  ///< the same sum
  int64_t launches = 0;       ///< a branch counts the larger of its parts
};

/// "input", "host_arena": the names that to_json() writes.
KERAUNOS_API std::string_view name_of(PlanDescription::Operand::Place place) noexcept;
/// "fast", "slow", "host".
KERAUNOS_API std::string_view name_of(PlanDescription::Support support) noexcept;

/// A line for each step, then memory, costs, and what is not fast or not fused.
[[nodiscard]] KERAUNOS_API std::string to_string(const PlanDescription& plan);
/// One JSON object; its keys are listed in README.md, "A plan as JSON".
[[nodiscard]] KERAUNOS_API std::string to_json(const PlanDescription& plan);

}  // namespace keraunos
