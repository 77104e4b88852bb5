// CategoryEncoding and Discretization: converts numbers to classes, and classes to rows of zeros and ones.
#include <algorithm>
#include <numeric>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/class_encoding.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/common/memory.h"
#include "loader/layers/common/numbers.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> encoding_layers();

namespace {

// Keras 2 refuses ids outside the range, Keras 3 negative ones in mode count; all others belong to no class.
Value checked(Lowering& l, Value ids, int64_t depth, Encoded mode) {
  const bool old = l.dialect().before(3, 0);
  if (!old && (mode == Encoded::one_hot || l.rank(ids) > 2)) return ids;
  debit(l, "the numbers of the tokens", depth * 8);
  std::vector<int64_t> numbers(static_cast<size_t>(depth));
  std::iota(numbers.begin(), numbers.end(), int64_t{0});
  const Value table = l.constant(TensorView(numbers, Dims{depth}));
  if (old) return l.gather(table, ids);
  const Value end = l.scalar(static_cast<double>(depth), DType::int64),
              last = l.scalar(static_cast<double>(depth - 1), DType::int64);
  const Value inside = l.gather(table, l.binary(Function::minimum, ids, last));
  return l.select(l.binary(Function::greater_equal, ids, end), end, inside);
}

std::vector<Traced> lower_category_encoding(Lowering& l) {
  refuse_sparse(l);
  const Encoded mode = class_encoding(l.config(), "multi_hot");
  if (mode == Encoded::index) l.config().fail("output_mode", "\"one_hot\", \"multi_hot\" or \"count\"");
  const Arg* given = argument(l, 1, "count_weights");
  if (given != nullptr && mode != Encoded::count) l.refuse("is called with count_weights, but does not count");
  const std::vector<Traced> weights = given == nullptr ? std::vector<Traced>{} : tensors_of(*given);
  if (given != nullptr && weights.size() != 1) l.refuse("is called with count_weights that are not one tensor");
  const int64_t depth = l.config().integer("num_tokens", Range{1, int64_t{1} << 24});
  const Value ids = checked(l, l.cast(first_input(l).value, DType::int64), depth, mode);
  return {{encoded(l, ids, mode, depth, weights.empty() ? Value{} : weights[0].value), {}}};
}

// The number of boundaries not above x; NaN is above all of them. TensorFlow stores boundaries as float32 and compares integers
// in that type.
Value bins_of(Lowering& l, Value x, const Tensor& given) {
  const std::span<const double> numbers = given.values<double>();
  const std::vector<float> boundaries(numbers.begin(), numbers.end());
  const DType type = l.dtype(x) == DType::float64 ? DType::float64 : DType::float32;
  const Value edges = l.cast(l.constant(TensorView(boundaries, Dims{static_cast<int64_t>(boundaries.size())})), type);
  const Value below = l.binary(Function::less, l.expand_dims(l.cast(x, type), -1), edges);
  const int last[] = {l.rank(x)};
  return l.reduce(Reduction::sum, l.cast(l.unary(Function::logical_not, below), DType::int32), last);
}

std::vector<Traced> lower_discretization(Lowering& l) {
  refuse_sparse(l);
  if (!l.config().has("bin_boundaries")) l.refuse("has no bin_boundaries; adapt it before the model is saved");
  const Tensor boundaries = array_of(l.config(), "bin_boundaries");
  if (boundaries.dims().rank() != 1) l.config().fail("bin_boundaries", "a list of numbers");
  const std::span<const double> numbers = boundaries.values<double>();
  if (!std::is_sorted(numbers.begin(), numbers.end())) l.config().fail("bin_boundaries", "ascending numbers");
  Value x = l.input().value;
  // Keras 3 casts floating inputs to the layer's dtype, also to integers.
  const bool truncates = !l.dialect().before(3, 0) && !is_floating(l.compute_dtype()) && is_floating(l.dtype(x));
  if (truncates) x = l.cast(x, l.compute_dtype());
  const Value bins = bins_of(l, x, boundaries);
  const Encoded mode = class_encoding(l.config(), "int");
  if (mode == Encoded::index) return {{l.cast(bins, l.dialect().before(3, 0) ? l.compute_dtype() : DType::int32), {}}};
  return {{encoded(l, bins, mode, boundaries.dims()[0] + 1), {}}};
}

}  // namespace

std::vector<LayerDef> encoding_layers() {
  return {
      {.classes = {"CategoryEncoding"},
       .keys = {"num_tokens", "output_mode", "sparse"},
       .weights = {},
       .children = {},
       .lower = lower_category_encoding,
       .autocast = false},
      {.classes = {"Discretization"},
       .keys = {"bin_boundaries", "num_bins", "epsilon", "output_mode", "sparse"},
       .weights = {},
       .children = {},
       .lower = lower_discretization,
       .autocast = false,
       .traits = std::make_shared<const LayerTraits>(LayerTraits{
           // predict() of Keras 3 converts the inputs of such a layer to its dtype, even to integers.
           .config_to_keras3 = [](files::Json& config) { config = without_key(without_key(config, "trainable"), "dtype"); }})},
  };
}

}  // namespace keraunos::loader
