// SparseToDense of TensorFlow's list: a tensor of one number, with others at given indices. For texts, text_moves.h applies it to
// their places.
#include <algorithm>
#include <optional>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "host/ops/scatter.h"
#include "keraunos/error.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/literal.h"
#include "loader/ops/literal_elements.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

// in: indices (count, axes), the shape, one value or one for each index, and the value elsewhere. For shapes that depend on data.
class WriteSparse final : public DynamicKernel, public ChecksOperands {
 public:
  explicit WriteSparse(std::vector<std::optional<int64_t>> known) : known_(std::move(known)) {}
  std::string name() const override { return "sparse to dense"; }
  std::string parameters() const override {
    std::string text;
    for (const auto& extent : known_) text += std::to_string(extent.value_or(-1)) + ' ';
    return text;
  }
  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    std::vector<int64_t> extents;
    for (const auto& extent : known_) extents.push_back(extent.value_or(1));
    return {{inputs[2].dtype, Dims(extents)}};
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const std::vector<int64_t> indices = integers_of(inputs[0]), extents = integers_of(inputs[1]);
    int64_t all = 1;
    for (const int64_t extent : extents) {
      if (extent < 0) throw DataError("writes numbers to a tensor with an extent of " + std::to_string(extent));
      all = host::checked_multiply(all, extent);
    }
    if (all > Range::kMostExtent) throw DataError("writes numbers to a tensor of " + std::to_string(all) + " elements");
    std::vector<size_t> places;
    for (size_t i = 0; i < indices.size(); i += extents.size()) {
      int64_t place = 0;
      for (size_t axis = 0; axis < extents.size(); ++axis) {
        const int64_t index = indices[i + axis];
        if (index < 0 || index >= extents[axis])
          throw DataError("writes to index " + std::to_string(index) + " of an axis of " + std::to_string(extents[axis]));
        place = place * extents[axis] + index;
      }
      places.push_back(static_cast<size_t>(place));
    }
    std::vector<Tensor> results;
    results.push_back(written(inputs, places, Dims(extents)));
    return results;
  }

 private:
  static Tensor written(std::span<const TensorView> inputs, const std::vector<size_t>& places, const Dims& dims) {
    Tensor result(inputs[2].dtype, dims);
    const size_t bytes = static_cast<size_t>(size_of(inputs[2].dtype)), step = inputs[2].dims.elements() == 1 ? 0 : bytes;
    auto* to = static_cast<std::byte*>(result.mutable_view().data);
    for (size_t i = 0; i < static_cast<size_t>(dims.elements()); ++i)
      std::copy_n(static_cast<const std::byte*>(inputs[3].data), bytes, to + i * bytes);
    for (size_t i = 0; i < places.size(); ++i)
      std::copy_n(static_cast<const std::byte*>(inputs[2].data) + i * step, bytes, to + places[i] * bytes);
    return result;
  }

  std::vector<std::optional<int64_t>> known_;  // extents of the shape
};

void check_operands(OperationCall& call, Value places, Value shape, Value values) {
  const bool fits = call.l.rank(places) == 2 && call.l.rank(shape) == 1 && call.l.dim(places, 1) == call.l.dim(shape, 0) &&
                    (call.l.rank(values) == 0 || (call.l.rank(values) == 1 && call.l.dim(values, 0) == call.l.dim(places, 0)));
  if (!fits)
    call.l.refuse("writes values of shape " + call.l.dims(values).to_string() + " at indices of shape " +
                  call.l.dims(places).to_string() + " to a shape of " + call.l.dims(shape).to_string() +
                  " extents; expected indices (count, axes) and one value for each");
}

// A repeated index is an error in TensorFlow; here its last element is used.
std::vector<Value> sparse_to_dense(OperationCall& call) {
  Value places = call.tensor(0);
  const Value shape = call.tensor(1), values = call.tensor(2), elsewhere = call.l.cast(call.tensor(3), call.l.dtype(values));
  if (call.l.rank(places) < 2) places = call.l.reshape(places, {{call.l.dims(places).elements()}, {1}});
  check_operands(call, places, shape, values);
  const auto sizes = literal_of(call.l, shape);
  if (!sizes) {
    const Value operands[] = {places, shape, values, elsewhere};
    return call.l.call(std::make_shared<const WriteSparse>(literal_elements(call.l, shape)), operands);
  }
  Shape extents;
  for (const int64_t size : *sizes) extents.push_back({size, false});
  const Value rows = call.l.broadcast_to(values, {call.l.dim(places, 0)});
  return {host::graph_of(call.l).add(host::Scatter{}, {call.l.broadcast_to(elsewhere, extents), places, rows})[0]};
}

}  // namespace

std::vector<Operation> raw_sparse_to_dense_operations() {
  return {
      {{},
       {"raw_ops.SparseToDense"},
       {"sparse_indices", "output_shape", "sparse_values", "default_value", "validate_indices"},
       sparse_to_dense,
       4,
       {"validate_indices=*"}},
  };
}

}  // namespace keraunos::loader
