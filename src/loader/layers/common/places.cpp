#include "loader/layers/common/places.h"

#include <numeric>
#include <string>
#include <vector>

#include "loader/layers/common/memory.h"

namespace keraunos::loader {

Value numbers_up_to(Lowering& l, int64_t count, int axis, int rank) {
  debit(l, "the numbers of the places", count * 4);
  std::vector<int32_t> numbers(static_cast<size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  Shape shape(static_cast<size_t>(rank), Dim{1});
  shape[static_cast<size_t>(axis)] = Dim{count};
  return l.reshape(l.constant(TensorView(numbers, Dims{count})), shape);
}

Value first_place_of(Lowering& l, Value x, int axis, bool largest, bool keep) {
  const int64_t extent = l.dim(x, axis).size;
  if (extent == 0 || extent > Range::kMostExtent) l.refuse("looks for an extreme among " + std::to_string(extent) + " elements");
  const int along[] = {axis};
  const Value extreme = l.reduce(largest ? Reduction::maximum : Reduction::minimum, x, along, true);
  const Value places = numbers_up_to(l, extent, axis, l.rank(x));
  const Value none = l.scalar(static_cast<double>(extent - 1), DType::int32);
  return l.reduce(Reduction::minimum, l.select(l.binary(Function::equal, x, extreme), places, none), along, keep);
}

Value elements_at(Lowering& l, Value x, Value places, int axis) {
  const int along[] = {axis};
  const Value numbers = numbers_up_to(l, l.dim(x, axis).size, axis, l.rank(x));
  const Value here = l.binary(Function::equal, numbers, l.expand_dims(places, axis));
  return l.reduce(Reduction::sum, l.select(here, x, l.scalar(0, l.dtype(x))), along);
}

Value causal_mask(Lowering& l, int64_t queries, int64_t keys) {
  return l.binary(Function::greater_equal, numbers_up_to(l, queries, 0, 2), numbers_up_to(l, keys, 1, 2));
}

}  // namespace keraunos::loader
