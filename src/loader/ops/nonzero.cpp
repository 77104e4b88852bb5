#include "loader/ops/nonzero.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "keraunos/kernel.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

// x boolean → (indices, rank) int64.
class NonzeroKernel final : public Kernel {
 public:
  std::string name() const override { return "nonzero"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType>) const override { return std::nullopt; }

  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const TensorView& x = inputs[0];
    const std::span<const bool> flags(static_cast<const bool*>(x.data), static_cast<size_t>(x.dims.elements()));
    Tensor places(DType::int64, Dims{std::count(flags.begin(), flags.end(), true), x.dims.rank()});
    auto to = places.mutable_values<int64_t>().begin();
    for (size_t i = 0; i < flags.size(); ++i) {
      if (!flags[i]) continue;
      auto rest = static_cast<int64_t>(i);
      for (int axis = x.dims.rank(); axis-- > 0;) to[axis] = rest % x.dims[axis], rest /= x.dims[axis];
      to += x.dims.rank();
    }
    std::vector<Tensor> results;
    results.push_back(std::move(places));
    return results;
  }
};

std::vector<Value> nonzero(OperationCall& call) {
  const Value x = call.tensor(0);
  if (call.l.rank(x) == 0) call.l.refuse("looks for elements in a tensor of rank 0");
  const Value places = places_of_nonzero(call, x);
  std::vector<Value> by_axis;
  for (int axis = 0; axis < call.l.rank(x); ++axis)
    by_axis.push_back(call.l.cast(call.l.squeeze(call.l.slice_axis(places, 1, axis, 1), 1), DType::int32));
  return by_axis;
}

// The mask has the extents of x's axes from `axis` on.
std::vector<Value> boolean_mask(OperationCall& call) {
  const Value x = call.tensor(0), mask = call.tensor(1);
  const Shape shape = call.l.shape(x), masked = call.l.shape(mask);
  const auto axis = static_cast<size_t>(call.axis(2, call.l.rank(x), 0));
  if (call.l.dtype(mask) != DType::boolean || masked.empty()) call.l.refuse("expects a mask of booleans with an axis or more");
  const auto begin = shape.begin() + static_cast<std::ptrdiff_t>(axis);
  if (axis + masked.size() > shape.size() || !std::equal(masked.begin(), masked.end(), begin))
    call.l.refuse("masks " + call.l.dims(x).to_string() + " by " + call.l.dims(mask).to_string() + " from axis " +
                  std::to_string(axis) + " on");
  Shape folded(shape.begin(), begin);
  folded.push_back(host::product_of(masked));
  folded.insert(folded.end(), begin + static_cast<std::ptrdiff_t>(masked.size()), shape.end());
  const Value places = places_of_nonzero(call, flattened(call, mask));
  return {call.l.gather(call.l.reshape(x, folded), call.l.squeeze(places, 1), static_cast<int>(axis))};
}

}  // namespace

Value places_of_nonzero(OperationCall& call, Value x) {
  const Value operands[] = {call.l.cast(x, DType::boolean)};
  return call.l.call(std::make_shared<NonzeroKernel>(), operands)[0];
}

std::vector<Operation> nonzero_operations() {
  return {
      {{"Nonzero"}, {}, {"x"}, nonzero},
      {{}, {"boolean_mask", "compat.v1.boolean_mask"}, {"tensor", "mask", "axis"}, boolean_mask},
  };
}

}  // namespace keraunos::loader
