// Builder: contractions, windows, reductions, and the composite operations.
#include <algorithm>

#include "host/graph/broadcast.h"
#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "keraunos/error.h"

namespace keraunos {

using host::ValueInfo;

namespace {

Shape batch_of(const Shape& shape) { return {shape.begin(), shape.end() - 2}; }

void require(bool holds, const std::string& message) {
  if (!holds) throw UsageError(message);
}

}  // namespace

// Brings NumPy's matmul to the op's two forms, (m, k)·(k, n) and (B, m, k)·(B, k, n): leading axes of `a` are folded into its
// rows when `b` is one matrix, equal batches are folded into one, others are broadcast first.
Value Builder::matmul(Value a, Value b, bool transpose_a, bool transpose_b) {
  require(rank(a) >= 2 && rank(b) >= 2,
          "matmul needs operands of rank 2 at least, found " + dims(a).to_string() + " and " + dims(b).to_string());
  require(dtype(a) == dtype(b), "matmul needs two operands of one dtype, found " + std::string(name_of(dtype(a))) + " and " +
                                    std::string(name_of(dtype(b))));
  const Dim m = dim(a, transpose_a ? -1 : -2), k = dim(a, transpose_a ? -2 : -1), n = dim(b, transpose_b ? -2 : -1);
  require(k.size == dim(b, transpose_b ? -1 : -2).size,
          "matmul: the inner extents of " + dims(a).to_string() + " and " + dims(b).to_string() + " differ");
  const auto multiply = [&](Value left, Value right) {
    return host::graph_of(*this).add(host::MatMul{.transpose_a = transpose_a, .transpose_b = transpose_b}, {left, right})[0];
  };
  if (rank(a) == 2 && rank(b) == 2) return multiply(a, b);

  Shape batch = host::broadcast(batch_of(shape(a)), batch_of(shape(b)));
  Shape result = batch;
  result.push_back(m), result.push_back(n);
  if (rank(b) == 2 && !transpose_a) {
    const Dim rows{host::checked_multiply(host::elements_of(batch), m.size), true};
    return reshape(multiply(reshape(a, {rows, k}), b), result);
  }
  const auto folded = [&](Value v) {
    Shape full = batch;
    const Shape own = shape(v);
    full.insert(full.end(), own.end() - 2, own.end());
    const Shape flat{Dim{host::elements_of(batch), true}, full[full.size() - 2], full.back()};
    return reshape(broadcast_to(v, full), flat);
  };
  return reshape(multiply(folded(a), folded(b)), result);
}

Value Builder::convolve(Value x, Value kernel, const Window& window, int64_t groups) {
  Window whole = window;
  for (int i = 0; i < std::min(rank(kernel) - 2, 3); ++i) whole.size[static_cast<size_t>(i)] = dim(kernel, i).size;
  return host::graph_of(*this).add(host::Conv{.window = whole, .groups = groups}, {x, kernel})[0];
}

Value Builder::max_pool(Value x, const Window& window) {
  return host::graph_of(*this).add(host::Pool{.kind = host::Pool::maximum, .window = window}, {x})[0];
}
Value Builder::average_pool(Value x, const Window& window) {
  return host::graph_of(*this).add(host::Pool{.kind = host::Pool::average, .window = window}, {x})[0];
}

Value Builder::reduce(Reduction kind, Value x, std::span<const int> axes, bool keep_dims) {
  std::vector<int> sorted;
  for (int axis : axes) {
    dim(x, axis);  // throws for an axis that does not exist
    sorted.push_back(axis < 0 ? axis + rank(x) : axis);
  }
  std::sort(sorted.begin(), sorted.end());
  require(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(), "a reduction names one axis twice");
  if (sorted.empty()) return x;
  return host::graph_of(*this).add(host::Reduce{.kind = kind, .axes = std::move(sorted), .keep_dims = keep_dims}, {x})[0];
}

namespace {

// The operation works on the last axis; another axis is transposed to the end and back.
Value on_last_axis(Builder& builder, Value x, int axis, const std::function<Value(Value)>& work) {
  const int rank = builder.rank(x);
  builder.dim(x, axis);
  const int position = axis < 0 ? axis + rank : axis;
  if (position == rank - 1) return work(x);
  std::vector<int> order;
  for (int i = 0; i < rank; ++i) order.push_back(i);
  std::swap(order[static_cast<size_t>(position)], order.back());
  return builder.transpose(work(builder.transpose(x, order)), order);
}

}  // namespace

Value Builder::softmax(Value x, int axis) {
  return on_last_axis(*this, x, axis, [&](Value v) { return host::graph_of(*this).add(host::Softmax{.log = false}, {v})[0]; });
}

Value Builder::log_softmax(Value x, int axis) {
  return on_last_axis(*this, x, axis, [&](Value v) { return host::graph_of(*this).add(host::Softmax{.log = true}, {v})[0]; });
}

Value Builder::layer_norm(Value x, Value gamma, Value beta, int axes, double epsilon) {
  return host::graph_of(*this).add(host::LayerNorm{.axes = axes, .epsilon = epsilon}, {x, gamma, beta})[0];
}

std::vector<Value> Builder::recurrent(const RecurrentOptions& options, const RecurrentOperands& in) {
  const auto kind = options.cell == RecurrentOptions::lstm  ? host::Recurrent::lstm
                    : options.cell == RecurrentOptions::gru ? host::Recurrent::gru
                                                            : host::Recurrent::simple;
  const auto scalar = [](const ScalarFunction& f) { return host::Recurrent::Scalar{f.function, f.immediate}; };
  return host::graph_of(*this).add(host::Recurrent{.kind = kind,
                                                   .activation = scalar(options.activation),
                                                   .recurrent_activation = scalar(options.recurrent_activation),
                                                   .reset_after = options.reset_after,
                                                   .go_backwards = options.go_backwards,
                                                   .return_sequences = options.return_sequences,
                                                   .zero_output_for_mask = options.zero_output_for_mask},
                                   {in.projected, in.recurrent_kernel, in.recurrent_bias, in.state, in.cell_state, in.mask});
}

std::vector<Value> Builder::attention(const AttentionOptions& options, const AttentionOperands& in) {
  return host::graph_of(*this).add(host::Attention{.scale = options.scale,
                                                   .causal = options.causal,
                                                   .window = options.window,
                                                   .zero_masked = options.zero_masked,
                                                   .return_scores = options.return_scores},
                                   {in.query, in.key, in.value, in.query_mask, in.key_mask, in.mask});
}

namespace {

// The results become graph inputs once their types are known; until then the graph ends with the kernel's operands.
std::vector<Value> results_of_dynamic(host::Graph& graph, std::shared_ptr<const Kernel> kernel, std::span<const Value> inputs) {
  if (graph.met == graph.known.size()) {
    graph.pending = host::Pending{std::move(kernel), graph.origin};
    graph.outputs.assign(inputs.begin(), inputs.end());
    throw host::SegmentEnd{};
  }
  std::vector<Value> results;
  for (const TensorType& type : graph.known[graph.met++]) {
    Shape shape = host::shape_of(type.dims);
    for (Dim& dim : shape) dim.varies = true;
    results.push_back(graph.add_value({.shape = std::move(shape), .dtype = type.dtype}));
    graph.inputs.push_back(results.back());
  }
  return results;
}

}  // namespace

std::vector<Value> Builder::call(std::shared_ptr<const Kernel> kernel, std::span<const Value> inputs) {
  std::vector<TensorType> types;
  for (Value v : inputs) types.push_back({dtype(v), dims(v)});
  const auto inferred = kernel->infer(types);
  if (!inferred) return results_of_dynamic(host::graph_of(*this), std::move(kernel), inputs);
  std::vector<ValueInfo> results;
  for (const TensorType& type : *inferred) results.push_back({.shape = host::shape_of(type.dims), .dtype = type.dtype});
  // Dim::varies of the rows is kept.
  if (!inputs.empty() && rank(inputs[0]) > 0) {
    for (ValueInfo& info : results) {
      if (!info.shape.empty() && info.shape[0] == dim(inputs[0], 0)) info.shape[0] = dim(inputs[0], 0);
    }
  }
  const bool on_device = kernel->has_cuda();
  auto out = host::graph_of(*this).add(host::Call{std::move(kernel)}, {inputs.begin(), inputs.end()}, std::move(results));
  if (!on_device) host::graph_of(*this).nodes.back().place = host::Place::host;
  return out;
}

Kernel::~Kernel() = default;
bool Kernel::has_cuda() const { return false; }
bool Kernel::rows_are_local() const { return false; }
std::string Kernel::parameters() const { return {}; }
const void* Kernel::extension(std::string_view) const { return nullptr; }
void Kernel::run(std::span<const TensorView>, std::span<const MutableView>) const {
  throw UsageError("kernel " + name() + " has no body for the CPU");
}
std::vector<Tensor> Kernel::run_dynamic(std::span<const TensorView>) const {
  throw UsageError("kernel " + name() + " does not say what it computes when shapes depend on data");
}
void Kernel::enqueue(std::span<const TensorView>, std::span<const MutableView>, CUstream_st*) const {
  throw UsageError("kernel " + name() + " has no body for CUDA");
}

}  // namespace keraunos
