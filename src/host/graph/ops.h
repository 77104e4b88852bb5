// The closed set of operations. Each is a plain struct; operands are named in its comment in the order of Node::in. "?" marks an
// operand that may be absent. Shapes: N batch, C channels, B any batch axes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "host/graph/program.h"
#include "keraunos/layer.h"

namespace keraunos::host {

struct Graph;

/// in: one per program input, each broadcast to the result. Result: dense.
struct Pointwise {
  Program program;
};

/// in: a (m, k) or (B, m, k); b (k, n) or (B, k, n), same rank and batch; then the epilogue's further inputs.
/// Transposes swap the last two axes of an operand as stored. int8 × int8 gives int32, else one float type throughout.
/// Result (…, m, n), the epilogue applied: its register 0 is the product, the others broadcast to the result.
struct MatMul {
  bool transpose_a = false, transpose_b = false;
  Program epilogue{};
};

/// in: x (N, spatial…, C); kernel (spatial…, C/groups, F); then the epilogue's further inputs. Result (N, spatial…, F).
struct Conv {
  Window window{};
  int64_t groups = 1;
  Program epilogue{};
};

/// in: x (N, spatial…, C). Average divides by the number of elements that are not padding; maximum pads with −∞.
struct Pool {
  enum Kind : uint8_t { maximum, average } kind = maximum;
  Window window{};
};

/// in: x. Axes ascending; they stay as 1 with keep_dims. An empty extent gives sum 0, mean NaN, maximum −∞.
struct Reduce {
  Reduction kind = Reduction::sum;
  std::vector<int> axes;
  bool keep_dims = false;
};

/// in: x. Over the last axis.
struct Softmax {
  bool log = false;
};

/// in: x, gamma?, beta? (both of the shape of the last `axes` axes). Mean and variance in float32 at least.
struct LayerNorm {
  int axes = 1;
  double epsilon = 1e-3;
};

/// in: x. The result is the same memory.
struct Reshape {};

/// in: x. result.shape[i] = x.shape[permutation[i]].
struct Transpose {
  std::vector<int> permutation;
};

/// in: x.
struct Slice {
  std::vector<int64_t> start, step;  // sizes are the result's; steps may be negative
};

/// in: one or more.
struct Concat {
  int axis = 0;
};

/// in: x.
struct Pad {
  std::vector<int64_t> low, high;
  double value = 0;
};

/// in: table, ids (integers). result = table.shape[:axis] + ids.shape + table.shape[axis+1:]. An id outside sets the error word and gives zeros.
struct Gather {
  int axis = 0;
};

/// in: projected (N, T, gates·units), recurrent kernel (units, gates·units), recurrent bias? (gates·units; GRU reset_after only),
/// h0? (N, units), c0? (N, units; LSTM), mask? (N, T) boolean. `projected` = x·kernel + bias, for all steps at once.
/// out: sequence (N, T, units) or last (N, units); h (N, units); c (N, units; LSTM only).
/// A masked step keeps the state and repeats the previous output (zeros before the first, or always with zero_output_for_mask).
/// With go_backwards time runs from T−1 down and outputs are in the order of processing.
struct Recurrent {
  /// A function of one operand and its parameter, e.g. {hard_sigmoid, 0.2}.
  struct Scalar {
    Function function = Function::tanh;
    double immediate = 0;
  };
  enum Kind : uint8_t { simple, gru, lstm } kind = lstm;
  Scalar activation{Function::tanh}, recurrent_activation{Function::sigmoid};
  bool reset_after = true, go_backwards = false, return_sequences = false, zero_output_for_mask = false;
  int gates() const noexcept { return kind == lstm ? 4 : kind == gru ? 3 : 1; }
};

/// in: q (N, T, H, D), k (N, S, K, D), v (N, S, K, V); query_mask? (N, T), key_mask? (N, S), mask? (N, 1 or H, T, S), all boolean.
/// H is a multiple of K. out: (N, T, H, V), and the probabilities (N, H, T, S) when return_scores.
struct Attention {
  double scale = 1;
  bool causal = false;
  std::optional<int64_t> window{};   // |i − j| < window
  bool zero_masked = true;           // Keras ≥ 3.13: a fully masked row gives zeros; before: uniform
  bool return_scores = false;
};

/// Runs `body` once per step along axis 1 of the sliced operands. in: carried…, sliced…, captured…; the body's inputs are the same with
/// axis 1 removed from the sliced ones; its outputs are the new carried values, then the values to stack.
/// out: final carried…, stacked… (axis 1 inserted).
struct Loop {
  std::shared_ptr<const Graph> body;
  int carried = 0, sliced = 0, stacked = 0;
  bool backwards = false;
};

/// A named kernel.
struct Call {
  std::shared_ptr<const Kernel> kernel;
};

using Op = std::variant<Pointwise, MatMul, Conv, Pool, Reduce, Softmax, LayerNorm, Reshape, Transpose, Slice, Concat, Pad, Gather, Recurrent,
                        Attention, Loop, Call>;

}  // namespace keraunos::host
