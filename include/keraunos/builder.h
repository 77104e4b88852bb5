// The operations that a layer is lowered to, and the Builder that writes them into a graph.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "keraunos/function.h"
#include "keraunos/tensor.h"

namespace keraunos {

/// One extent. Lowering happens for the concrete shapes of a call, so it is always a number; `varies` marks an extent that comes
/// from a None in the file, for summary().
struct Dim {
  int64_t size = 0;
  bool varies = false;
  friend bool operator==(const Dim& a, const Dim& b) noexcept { return a.size == b.size; }
};
using Shape = std::vector<Dim>;

/// A tensor in a graph under construction; absent when id < 0.
struct Value {
  int id = -1;
  explicit operator bool() const noexcept { return id >= 0; }
  friend bool operator==(Value, Value) = default;
};

/// A tensor and the mask that Keras attaches to it.
struct Traced {
  Value value{};
  Value mask{};  ///< boolean, or absent
};

enum class Reduction : uint8_t { sum, mean, product, maximum, minimum, any, all };

/// Geometry of a convolution or pooling over 1 to 3 spatial axes; unused axes keep the defaults. Padding is given in elements.
struct Window {
  std::array<int64_t, 3> size{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, low{0, 0, 0}, high{0, 0, 0};
  friend bool operator==(const Window&, const Window&) = default;
};

/// A scalar function with its parameter: {Function::leaky_relu, 0.2}.
struct ScalarFunction {
  Function function = Function::tanh;
  double immediate = 0;
  friend bool operator==(const ScalarFunction&, const ScalarFunction&) = default;
};

/// What Builder::recurrent runs. A masked step keeps the states and repeats the output before it (zeros before the first).
struct RecurrentOptions {
  enum Cell : uint8_t { simple, gru, lstm };
  Cell cell = lstm;
  ScalarFunction activation{Function::tanh}, recurrent_activation{Function::sigmoid};
  bool reset_after = true;            ///< for a gru, as in Keras
  bool go_backwards = false;          ///< time runs from the last step down, and outputs are in the order of processing
  bool return_sequences = false;      ///< (N, T, units) instead of the last output
  bool zero_output_for_mask = false;  ///< a masked step gives zeros
};

/// Gates are ordered as in Keras: i, f, c, o in an lstm, z, r, h in a gru, one in a simple cell.
struct RecurrentOperands {
  Value projected{};         ///< (N, T, gates · units): x · kernel + bias, for all steps at once
  Value recurrent_kernel{};  ///< (units, gates · units)
  Value recurrent_bias{};    ///< (gates · units), of a gru with reset_after; or absent
  Value state{};             ///< (N, units); zeros where it is absent
  Value cell_state{};        ///< (N, units), of an lstm; zeros where it is absent
  Value mask{};              ///< (N, T) boolean, or absent
};

struct AttentionOptions {
  double scale = 1;                 ///< factor of query · key
  bool causal = false;              ///< step t attends to steps up to t
  std::optional<int64_t> window{};  ///< step t attends to steps nearer than this
  bool zero_masked = true;          ///< a row that may attend to no step gives zeros; else the mean of all values
  bool return_scores = false;
};

/// query (N, T, H, D), key (N, S, K, D), value (N, S, K, V) of one floating dtype; H is a multiple of K. Masks are boolean or
/// absent: (N, T), (N, S), and (N, 1 or H, T, S).
struct AttentionOperands {
  Value query{}, key{}, value{};
  Value query_mask{}, key_mask{}, mask{};
};

class Kernel;
class OpaqueGraph;

/// Writes operations into a graph: made by the library, used by built-in and custom layers and functions. Broadcasts as NumPy;
/// dtypes are explicit: the operands of one operation have one dtype, nothing is promoted silently (UsageError, which the loader
/// reports with the layer's path).
class KERAUNOS_API Builder {
 public:
  explicit Builder(OpaqueGraph& graph) noexcept : graph_(&graph) {}
  OpaqueGraph& graph() const noexcept { return *graph_; }

  Shape shape(Value) const;  ///< a copy: adding nodes moves the graph's shapes in memory
  DType dtype(Value) const;
  int rank(Value v) const { return static_cast<int>(shape(v).size()); }
  Dim dim(Value v, int axis) const;  ///< negative axes count from the end
  Dims dims(Value) const;

  /// A constant that is copied / shared.
  Value constant(const TensorView&);
  Value constant(std::shared_ptr<const Tensor>);
  Value scalar(double value, DType type);

  // Pointwise, with broadcasting.
  Value unary(Function, Value, double immediate = 0);
  Value binary(Function, Value, Value);
  Value select(Value condition, Value then, Value otherwise);
  Value cast(Value, DType);
  Value add(Value a, Value b) { return binary(Function::add, a, b); }
  Value subtract(Value a, Value b) { return binary(Function::subtract, a, b); }
  Value multiply(Value a, Value b) { return binary(Function::multiply, a, b); }
  Value divide(Value a, Value b) { return binary(Function::divide, a, b); }
  Value add(Value a, double b) { return add(a, scalar(b, dtype(a))); }
  Value multiply(Value a, double b) { return multiply(a, scalar(b, dtype(a))); }
  Value broadcast_to(Value, const Shape&);

  // Shape and order. Reshape is free; the others copy unless a pass removes them.
  Value reshape(Value, const Shape&);
  Value expand_dims(Value, int axis);
  Value squeeze(Value, int axis);
  Value transpose(Value, std::span<const int> permutation);
  /// Per axis: first index, number of elements, step (may be negative).
  Value slice(Value, std::span<const int64_t> start, std::span<const int64_t> size, std::span<const int64_t> step);
  Value slice_axis(Value, int axis, int64_t start, int64_t size, int64_t step = 1);
  Value reverse(Value, int axis);
  Value concatenate(std::span<const Value>, int axis);
  Value pad(Value, std::span<const int64_t> low, std::span<const int64_t> high, double value);
  /// table.take(ids, axis): ids of any integer type; an id outside the table is a DataError of the run.
  Value gather(Value table, Value ids, int axis = 0);

  // Contractions and windows. Channels last throughout.
  Value matmul(Value a, Value b, bool transpose_a = false, bool transpose_b = false);
  Value einsum(std::string_view equation, Value a, Value b);
  /// x (N, spatial…, C), kernel (spatial…, C/groups, F) → (N, spatial…, F).
  Value convolve(Value x, Value kernel, const Window&, int64_t groups = 1);
  Value max_pool(Value x, const Window&);
  Value average_pool(Value x, const Window&);  ///< padding does not count
  Value reduce(Reduction, Value, std::span<const int> axes, bool keep_dims = false);
  Value softmax(Value, int axis);
  Value log_softmax(Value, int axis);
  /// (x − mean) / sqrt(variance + epsilon) over the last `axes` axes, times gamma, plus beta where present.
  Value layer_norm(Value x, Value gamma, Value beta, int axes, double epsilon);
  /// A recurrent cell of Keras over a whole sequence: the sequence of outputs or the last one, then the states.
  std::vector<Value> recurrent(const RecurrentOptions&, const RecurrentOperands&);
  /// Scaled dot-product attention: the result (N, T, H, V), then the probabilities (N, H, T, S) with return_scores.
  std::vector<Value> attention(const AttentionOptions&, const AttentionOperands&);

  /// A custom kernel; see Kernel. Where its results depend on data, lowering may end here with an exception that is not derived
  /// from std::exception; the layer is lowered again when the results are known.
  std::vector<Value> call(std::shared_ptr<const Kernel>, std::span<const Value> inputs);

 protected:
  OpaqueGraph* graph_;
};

}  // namespace keraunos
