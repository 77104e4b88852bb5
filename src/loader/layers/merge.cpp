// Layers that merge several tensors: elementwise, or by concatenation.
#include <algorithm>
#include <functional>

#include "host/graph/graph.h"
#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"
#include "loader/layers/layer_traits.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {

std::vector<LayerDef> merge_layers();

namespace {

// Keras 3.0 to 3.3 look for a mask at the first argument, which is a list here and has none.
bool loses_masks(const Lowering& l) { return !l.dialect().before(3, 0) && l.dialect().before(3, 4); }

// Files of Keras 2 do not state the dtype of a constant; it has the dtype of the other tensors.
void type_constants(Lowering& l, std::vector<Traced>& tensors) {
  const auto tensor =
      std::find_if(tensors.begin(), tensors.end(), [&](const Traced& t) { return !host::graph_of(l).is_constant(t.value); });
  if (!l.dialect().before(3, 0) || tensor == tensors.end()) return;
  const DType type = l.dtype(tensor->value);
  for (Traced& t : tensors) {
    if (host::graph_of(l).is_constant(t.value)) t.value = l.cast(t.value, type);
  }
}

// One dtype for all tensors: the compute dtype if one of them is floating, else the integer type that holds all of them.
std::vector<Traced> of_one_dtype(Lowering& l) {
  std::vector<Traced> tensors = l.inputs();
  if (tensors.empty()) l.refuse("is called without tensors");
  if (loses_masks(l)) {
    for (Traced& t : tensors) t.mask = {};
  }
  type_constants(l, tensors);
  const DType first = l.dtype(tensors[0].value);
  if (std::all_of(tensors.begin(), tensors.end(), [&](const Traced& t) { return l.dtype(t.value) == first; })) return tensors;
  DType common = first;
  for (const Traced& t : tensors) {
    const DType type = l.dtype(t.value);
    common = is_floating(type) || is_floating(common) ? l.compute_dtype() : promoted(common, type);
  }
  for (Traced& t : tensors) t.value = l.cast(t.value, common);
  return tensors;
}

// Lower ranks get axes of 1 after the batch: (N, C) with (N, H, W, C) becomes (N, 1, 1, C).
void align_ranks(Lowering& l, std::vector<Traced>& tensors) {
  int rank = 0;
  for (const Traced& t : tensors) rank = std::max(rank, l.rank(t.value));
  for (Traced& t : tensors) {
    while (l.rank(t.value) < rank) t.value = l.expand_dims(t.value, 1);
  }
}

// Keras 2: all existing masks must allow; Keras 3: one is enough, but all tensors must have masks.
Value merged_mask(Lowering& l, const std::vector<Traced>& tensors) {
  const bool old = l.dialect().before(3, 0);
  Value merged;
  for (const Traced& t : tensors) {
    if (!t.mask && !old) return {};
    if (!t.mask) continue;
    const Value mask = as_boolean(l, t.mask);
    merged = merged ? l.binary(old ? Function::logical_and : Function::logical_or, merged, mask) : mask;
  }
  return merged;
}

using Merge = std::function<Value(Lowering&, const std::vector<Traced>&)>;

Merge folded(Function function) {
  return [function](Lowering& l, const std::vector<Traced>& tensors) {
    Value result = tensors[0].value;
    for (size_t i = 1; i < tensors.size(); ++i) result = l.binary(function, result, tensors[i].value);
    return result;
  };
}

Value over(Lowering& l, Value mask, Value x) { return l.broadcast_to(l.expand_dims(as_boolean(l, mask), -1), l.shape(x)); }

// Keras 3 multiplies the unmasked elements: a masked element counts as 1, and where every factor is masked the product is 0.
Value multiplied(Lowering& l, const std::vector<Traced>& tensors) {
  if (l.dialect().before(3, 0)) return folded(Function::multiply)(l, tensors);
  const bool all = std::all_of(tensors.begin(), tensors.end(), [](const Traced& t) { return static_cast<bool>(t.mask); });
  Value product, allowed;
  for (const Traced& t : tensors) {
    Value factor = t.value;
    if (t.mask) {
      const Value mask = over(l, t.mask, t.value);
      factor = l.select(mask, factor, l.scalar(1, l.dtype(factor)));
      if (all) allowed = allowed ? l.binary(Function::logical_or, allowed, mask) : mask;
    }
    product = product ? l.multiply(product, factor) : factor;
  }
  return all ? l.select(allowed, product, l.scalar(0, l.dtype(product))) : product;
}

// Keras 3 takes the extreme of the unmasked elements: a masked element is replaced by the other operand.
Merge extreme(Function function) {
  return [function](Lowering& l, const std::vector<Traced>& tensors) {
    if (l.dialect().before(3, 0)) return folded(function)(l, tensors);
    Value result, result_mask;
    for (const Traced& t : tensors) {
      Value x = t.value;
      Value mask = t.mask ? over(l, t.mask, x) : Value{};
      if (!result) {
        result = x, result_mask = mask;
        continue;
      }
      if (mask) x = l.select(mask, x, result);
      if (result_mask) result = l.select(result_mask, result, x);
      result_mask = mask && result_mask ? l.binary(Function::logical_or, result_mask, mask) : Value{};
      result = l.binary(function, result, x);
    }
    return result;
  };
}

Value subtracted(Lowering& l, const std::vector<Traced>& tensors) {
  if (tensors.size() != 2) l.refuse("takes two tensors, but is called with " + std::to_string(tensors.size()));
  return l.subtract(tensors[0].value, tensors[1].value);
}

// TensorFlow divides integers in float64, those of 8 and 16 bits in float32.
Value averaged(Lowering& l, const std::vector<Traced>& tensors) {
  Value sum = folded(Function::add)(l, tensors);
  const DType type = l.dtype(sum);
  if (!is_floating(type)) sum = l.cast(sum, size_of(type) < 4 ? DType::float32 : DType::float64);
  return l.divide(sum, l.scalar(static_cast<double>(tensors.size()), l.dtype(sum)));
}

std::shared_ptr<const LayerTraits> of_mode(std::string mode) {
  return std::make_shared<const LayerTraits>(LayerTraits{.keras1_merge_mode = std::move(mode)});
}

/// `mode`: of Keras 1's Merge.
LayerDef elementwise(std::string name, Merge merge, std::string mode = {}) {
  const auto lower = [merge = std::move(merge)](Lowering& l) -> std::vector<Traced> {
    std::vector<Traced> tensors = of_one_dtype(l);
    const Value mask = merged_mask(l, tensors);
    align_ranks(l, tensors);
    return {{merge(l, tensors), mask}};
  };
  return {.classes = {std::move(name)},
          .keys = {},
          .weights = {},
          .children = {},
          .lower = lower,
          .traits = of_mode(std::move(mode))};
}

Value all_true(Lowering& l, const Shape& shape) { return l.broadcast_to(l.scalar(1, DType::boolean), shape); }

// The mask of a concatenation: the masks, expanded to the rank of their inputs, are concatenated like the inputs, then reduced
// over the last axis (Keras 2: all, Keras 3: any).
Value concatenated_mask(Lowering& l, const std::vector<Traced>& tensors, int axis) {
  if (std::none_of(tensors.begin(), tensors.end(), [](const Traced& t) { return static_cast<bool>(t.mask); })) return {};
  std::vector<Value> masks;
  for (const Traced& t : tensors) {
    const Shape& whole = l.shape(t.value);
    Value mask = t.mask ? as_boolean(l, t.mask) : all_true(l, whole);
    if (l.rank(mask) < l.rank(t.value)) mask = l.broadcast_to(l.expand_dims(mask, -1), whole);
    masks.push_back(mask);
  }
  const int last[] = {-1};
  return l.reduce(l.dialect().before(3, 0) ? Reduction::all : Reduction::any, l.concatenate(masks, axis), last);
}

std::vector<Traced> lower_concatenate(Lowering& l) {
  const std::vector<Traced> tensors = of_one_dtype(l);
  const int axis = axis_of(l.config(), "axis", l.rank(tensors[0].value), -1);
  std::vector<Value> values;
  for (const Traced& t : tensors) values.push_back(t.value);
  return {{l.concatenate(values, axis), concatenated_mask(l, tensors, axis)}};
}

}  // namespace

std::vector<LayerDef> merge_layers() {
  return {
      elementwise("Add", folded(Function::add), "sum"),
      elementwise("Subtract", subtracted),
      elementwise("Multiply", multiplied, "mul"),
      elementwise("Average", averaged, "ave"),
      elementwise("Maximum", extreme(Function::maximum), "max"),
      elementwise("Minimum", extreme(Function::minimum)),
      {.classes = {"Concatenate"},
       .keys = {"axis"},
       .weights = {},
       .children = {},
       .lower = lower_concatenate,
       .traits = of_mode("concat")},
      {.classes = {"Dot"}, .keys = {"axes", "normalize"}, .traits = of_mode("dot")},
  };
}

}  // namespace keraunos::loader
