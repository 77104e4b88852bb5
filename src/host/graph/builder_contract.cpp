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

void require_between(const char* what, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return;
  throw UsageError("a window's " + std::string(what) + ": " + std::to_string(value) + " is not between " + std::to_string(least) +
                   " and " + std::to_string(most));
}

// The padded extent of one axis, its numbers checked.
Dim padded(Dim in, const Window& w, size_t axis) {
  require_between("size", w.size[axis], 1, host::kMostWindow);
  require_between("stride", w.stride[axis], 1, host::kMostWindow);
  require_between("dilation", w.dilation[axis], 1, host::kMostWindow);
  require_between("padding in front", w.low[axis], 0, host::kMostBytes);
  require_between("padding behind", w.high[axis], 0, host::kMostBytes);
  return {in.size + w.low[axis] + w.high[axis], in.varies};
}

Dim window_result(const host::Graph& graph, Dim in, Dim padded, const Window& w, size_t axis) {
  const int64_t reach = host::reach_of(w.size[axis], w.dilation[axis]);
  if (padded.size >= reach) return {(padded.size - reach) / w.stride[axis] + 1, in.varies};
  if (graph.is_probe && in.varies) return {0, true};
  throw UsageError("a window reaches over " + std::to_string(reach) + " elements of axis " + std::to_string(axis + 1) +
                   ", which has " + std::to_string(in.size) +
                   (padded == in ? "" : " (" + std::to_string(padded.size) + " with padding)") + "; give it a larger input");
}

// Kernels copy the padded input or a part of it, so that it, too, has to be a tensor that can be.
Shape window_results(const host::Graph& graph, const ValueInfo& x, const Window& w) {
  Shape whole = x.shape, result = x.shape;
  for (size_t i = 0; i + 2 < x.shape.size(); ++i) whole[i + 1] = padded(x.shape[i + 1], w, i);
  host::checked_elements(whole, x.dtype);
  for (size_t i = 0; i + 2 < x.shape.size(); ++i) result[i + 1] = window_result(graph, x.shape[i + 1], whole[i + 1], w, i);
  return result;
}

}  // namespace

// Brings NumPy's matmul to the op's two forms, (m, k)·(k, n) and (B, m, k)·(B, k, n): leading axes of `a` are folded into its rows when
// `b` is one matrix, equal batches are folded into one, others are broadcast first.
Value Builder::matmul(Value a, Value b, bool transpose_a, bool transpose_b) {
  require(rank(a) >= 2 && rank(b) >= 2, "matmul needs operands of rank 2 at least, found " + dims(a).to_string() + " and " + dims(b).to_string());
  require(dtype(a) == dtype(b), "matmul needs two operands of one dtype, found " + std::string(name_of(dtype(a))) + " and " +
                                    std::string(name_of(dtype(b))));
  const Dim m = dim(a, transpose_a ? -1 : -2), k = dim(a, transpose_a ? -2 : -1), n = dim(b, transpose_b ? -2 : -1);
  require(k.size == dim(b, transpose_b ? -1 : -2).size,
          "matmul: the inner extents of " + dims(a).to_string() + " and " + dims(b).to_string() + " differ");
  const DType type = dtype(a) == DType::int8 ? DType::int32 : dtype(a);
  const host::MatMul op{.transpose_a = transpose_a, .transpose_b = transpose_b};
  const auto multiply = [&](Value left, Value right, Shape result) {
    return graph_->add(op, {left, right}, {ValueInfo{.shape = std::move(result), .dtype = type}})[0];
  };
  if (rank(a) == 2 && rank(b) == 2) return multiply(a, b, {m, n});

  Shape batch = host::broadcast(batch_of(shape(a)), batch_of(shape(b)));
  Shape result = batch;
  result.push_back(m), result.push_back(n);
  if (rank(b) == 2 && !transpose_a) {
    const Dim rows{host::checked_multiply(host::elements_of(batch), m.size), true};
    return reshape(multiply(reshape(a, {rows, k}), b, {rows, n}), result);
  }
  const auto folded = [&](Value v) {
    Shape full = batch;
    const Shape own = shape(v);
    full.insert(full.end(), own.end() - 2, own.end());
    const Shape flat{Dim{host::elements_of(batch), true}, full[full.size() - 2], full.back()};
    return reshape(broadcast_to(v, full), flat);
  };
  const Value left = folded(a), right = folded(b);
  return reshape(multiply(left, right, {dim(left, 0), m, n}), result);
}

Value Builder::convolve(Value x, Value kernel, const Window& window, int64_t groups) {
  const int spatial = rank(x) - 2;
  require(spatial >= 1 && spatial <= 3 && rank(kernel) == rank(x),
          "a convolution needs an input of rank 3 to 5 and a kernel of the same rank, found " + dims(x).to_string() + " and " + dims(kernel).to_string());
  require(dtype(x) == dtype(kernel), "a convolution needs input and kernel of one dtype");
  const Dim channels = dim(x, -1), filters = dim(kernel, -1);
  require(groups >= 1 && host::checked_multiply(dim(kernel, -2).size, groups) == channels.size && filters.size % groups == 0,
          "a kernel of shape " + dims(kernel).to_string() + " in " + std::to_string(groups) + " groups does not fit " +
              std::to_string(channels.size) + " channels");
  Window whole = window;
  for (int i = 0; i < spatial; ++i) whole.size[static_cast<size_t>(i)] = dim(kernel, i).size;
  Shape result = window_results(*graph_, graph_->info(x), whole);
  result.back() = filters;
  return graph_->add(host::Conv{.window = whole, .groups = groups}, {x, kernel}, {ValueInfo{.shape = std::move(result), .dtype = dtype(x)}})[0];
}

namespace {

Value pool(host::Graph& graph, Value x, host::Pool::Kind kind, const Window& window) {
  require(static_cast<bool>(x), "pooling is given a value that is absent");
  const ValueInfo& info = graph.info(x);
  const int spatial = static_cast<int>(info.shape.size()) - 2;
  require(spatial >= 1 && spatial <= 3, "pooling needs an input of rank 3 to 5, found " + host::dims_of(info.shape).to_string());
  Shape result = window_results(graph, info, window);
  const DType type = info.dtype;
  return graph.add(host::Pool{.kind = kind, .window = window}, {x}, {ValueInfo{.shape = std::move(result), .dtype = type}})[0];
}

}  // namespace

Value Builder::max_pool(Value x, const Window& window) { return pool(*graph_, x, host::Pool::maximum, window); }
Value Builder::average_pool(Value x, const Window& window) { return pool(*graph_, x, host::Pool::average, window); }

Value Builder::reduce(Reduction kind, Value x, std::span<const int> axes, bool keep_dims) {
  std::vector<int> sorted;
  for (int axis : axes) {
    dim(x, axis);  // refuses an axis that does not exist
    sorted.push_back(axis < 0 ? axis + rank(x) : axis);
  }
  std::sort(sorted.begin(), sorted.end());
  require(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(), "a reduction names one axis twice");
  if (sorted.empty()) return x;
  Shape result;
  for (int axis = 0; axis < rank(x); ++axis) {
    const bool reduced = std::binary_search(sorted.begin(), sorted.end(), axis);
    if (!reduced) result.push_back(dim(x, axis));
    if (reduced && keep_dims) result.push_back({1, false});
  }
  host::Reduce op{.kind = kind, .axes = std::move(sorted), .keep_dims = keep_dims};
  return graph_->add(std::move(op), {x}, {ValueInfo{.shape = std::move(result), .dtype = dtype(x)}})[0];
}

namespace {

// The op works on the last axis; another one is moved there and back.
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
  return on_last_axis(*this, x, axis, [&](Value v) {
    return graph_->add(host::Softmax{.log = false}, {v}, {ValueInfo{.shape = shape(v), .dtype = dtype(v)}})[0];
  });
}

Value Builder::log_softmax(Value x, int axis) {
  return on_last_axis(*this, x, axis, [&](Value v) {
    return graph_->add(host::Softmax{.log = true}, {v}, {ValueInfo{.shape = shape(v), .dtype = dtype(v)}})[0];
  });
}

Value Builder::layer_norm(Value x, Value gamma, Value beta, int axes, double epsilon) {
  require(axes >= 1 && axes <= rank(x), "layer_norm needs between 1 and all axes");
  return graph_->add(host::LayerNorm{.axes = axes, .epsilon = epsilon}, {x, gamma, beta}, {ValueInfo{.shape = shape(x), .dtype = dtype(x)}})[0];
}

std::vector<Value> Builder::recurrent(const host::Recurrent& op, std::span<const Value> inputs) {
  require(inputs.size() == 6, "recurrent takes six operands, some of them absent");
  const Value projected = inputs[0], kernel = inputs[1];
  const Dim batch = dim(projected, 0), units = dim(kernel, 0);
  require(rank(projected) == 3 && dim(projected, 2).size == host::checked_multiply(units.size, op.gates()) &&
              dim(kernel, 1).size == dim(projected, 2).size,
          "recurrent: " + dims(projected).to_string() + " does not fit a recurrent kernel of " + dims(kernel).to_string());
  const Dim steps = dim(projected, 1);
  require(steps.size > 0 || (graph_->is_probe && steps.varies), "a recurrent layer needs a sequence of one step at least");
  const auto fits = [&](size_t operand, const Shape& wanted) {
    const bool fit = !inputs[operand] || shape(inputs[operand]) == wanted;
    require(fit, "recurrent: a state or mask " + (fit ? std::string() : dims(inputs[operand]).to_string() + " does not fit a sequence ") +
                     dims(projected).to_string() + " and " + std::to_string(units.size) + " units");
  };
  fits(3, {batch, units}), fits(4, {batch, units}), fits(5, {batch, steps});
  const ValueInfo state{.shape = {batch, units}, .dtype = dtype(projected)};
  ValueInfo sequence = state;
  if (op.return_sequences) sequence.shape = {batch, steps, units};
  std::vector<ValueInfo> results{sequence, state};
  if (op.kind == host::Recurrent::lstm) results.push_back(state);
  return graph_->add(op, {inputs.begin(), inputs.end()}, std::move(results));
}

std::vector<Value> Builder::attention(const host::Attention& op, std::span<const Value> inputs) {
  require(inputs.size() == 6, "attention takes six operands, some of them absent");
  const Value q = inputs[0], k = inputs[1], v = inputs[2];
  require(rank(q) == 4 && rank(k) == 4 && rank(v) == 4 && dim(q, 3).size == dim(k, 3).size && dim(k, 1).size == dim(v, 1).size &&
              dim(k, 2).size == dim(v, 2).size && dim(k, 2).size > 0 && dim(q, 2).size % dim(k, 2).size == 0,
          "attention: " + dims(q).to_string() + ", " + dims(k).to_string() + " and " + dims(v).to_string() + " do not fit");
  const auto fits = [&](size_t mask, const Shape& wanted) {
    const bool fit = !inputs[mask] || shape(inputs[mask]) == wanted;
    require(fit, "attention: a mask " + (fit ? std::string() : dims(inputs[mask]).to_string() + " does not fit ") + dims(q).to_string() +
                     " and " + dims(k).to_string());
  };
  fits(3, {dim(q, 0), dim(q, 1)}), fits(4, {dim(q, 0), dim(k, 1)});
  if (inputs[5]) {
    require(rank(inputs[5]) == 4, "attention: the mask of the scores is of rank 4");
    fits(5, {dim(q, 0), dim(inputs[5], 1).size == 1 ? Dim{1} : dim(q, 2), dim(q, 1), dim(k, 1)});
  }
  std::vector<ValueInfo> results{{.shape = {dim(q, 0), dim(q, 1), dim(q, 2), dim(v, 3)}, .dtype = dtype(q)}};
  if (op.return_scores) results.push_back({.shape = {dim(q, 0), dim(q, 2), dim(q, 1), dim(k, 1)}, .dtype = dtype(q)});
  return graph_->add(op, {inputs.begin(), inputs.end()}, std::move(results));
}

namespace {

// The results are graph inputs once their types are known; until then the graph ends with the kernel's operands.
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
  if (!inferred) return results_of_dynamic(*graph_, std::move(kernel), inputs);
  std::vector<ValueInfo> results;
  for (const TensorType& type : *inferred) results.push_back({.shape = host::shape_of(type.dims), .dtype = type.dtype});
  // Rows keep the mark that they grew out of a None.
  if (!inputs.empty() && rank(inputs[0]) > 0) {
    for (ValueInfo& info : results) {
      if (!info.shape.empty() && info.shape[0] == dim(inputs[0], 0)) info.shape[0] = dim(inputs[0], 0);
    }
  }
  const bool on_device = kernel->has_cuda();
  auto out = graph_->add(host::Call{std::move(kernel)}, {inputs.begin(), inputs.end()}, std::move(results));
  if (!on_device) graph_->nodes.back().place = host::Place::host;
  return out;
}

void Kernel::run(std::span<const TensorView>, std::span<const MutableView>) const {
  throw UsageError("kernel " + name() + " has no body for the CPU");
}
std::vector<Tensor> Kernel::run_dynamic(std::span<const TensorView>) const {
  throw UsageError("kernel " + name() + " does not say what it computes when shapes depend on data");
}
void Kernel::enqueue(std::span<const TensorView>, std::span<const MutableView>, CUstream_st*) const {
  throw UsageError("kernel " + name() + " has no body for CUDA");
}

Traced Lowering::input() const {
  const std::vector<Traced> all = inputs();
  if (all.size() != 1) refuse("takes one tensor, but is called with " + std::to_string(all.size()));
  return all[0];
}

}  // namespace keraunos
