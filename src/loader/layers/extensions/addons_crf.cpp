// TensorFlow Addons 0.23.0 (Keras 2): CRF. Its results are the tags of the best path, the scores of each step, the lengths of
// the sequences, and the scores of pairs of successive tags.
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/places.h"
#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

std::vector<LayerDef> addons_crf_layers();

namespace {

struct PathScores {
  Value steps;   // (N, T, tags)
  Value chain;   // (tags before, tags)
  Value inside;  // (N, T), boolean: the step belongs to the sequence
};

// The largest sum of scores along a path; steps outside the sequence add 0.
Value best_path(Lowering& l, const PathScores& scores) {
  const int64_t steps = l.dim(scores.steps, 1).size;
  const auto step_at = [&](Value x, int64_t index) { return l.squeeze(l.slice_axis(x, 1, index, 1), 1); };
  if (steps == 1) return first_place_of(l, scores.steps, 2, true);
  const LoopOperands forward{
      .carried = {step_at(scores.steps, 0)},
      .sequences = {l.slice_axis(scores.steps, 1, 1, steps - 1), l.slice_axis(scores.inside, 1, 1, steps - 1)},
      .captured = {scores.chain}};
  const int order[] = {1, 0}, before[] = {2};
  const LoopResults found = l.loop(forward, [&](const LoopStep& step) -> LoopResults {
    const Value chain = l.transpose(step.captured[0], order);  // (tags, tags before)
    const Value sums = l.add(l.expand_dims(step.carried[0], 1), chain);
    const Value next = l.add(step.slices[0], l.reduce(Reduction::maximum, sums, before));
    const Value kept = l.select(l.expand_dims(step.slices[1], 1), next, step.carried[0]);
    return {.carried = {kept}, .stacked = {first_place_of(l, sums, 2, true)}};
  });
  const LoopOperands back{.carried = {first_place_of(l, found.carried[0], 1, true)},
                          .sequences = {found.stacked[0], l.slice_axis(scores.inside, 1, 1, steps - 1)},
                          .backwards = true};
  const LoopResults tags = l.loop(back, [&](const LoopStep& step) -> LoopResults {
    const Value tag = step.carried[0], none = l.broadcast_to(l.scalar(0, DType::int32), l.shape(tag));
    return {.carried = {l.select(step.slices[1], elements_at(l, step.slices[0], tag, 1), tag)},
            .stacked = {l.select(step.slices[1], tag, none)}};
  });
  const Value parts[] = {l.expand_dims(tags.carried[0], 1), l.reverse(tags.stacked[0], 1)};
  return l.concatenate(parts, 1);
}

// 1 where a is true and b is not, in the dtype of the scores.
Value begins_of(Lowering& l, Value a, Value b, DType type) {
  return l.expand_dims(l.cast(l.binary(Function::logical_and, a, l.unary(Function::logical_not, b)), type), 2);
}

Value true_steps(Lowering& l, Value like) {
  return l.broadcast_to(l.binary(Function::equal, l.scalar(0, DType::int32), l.scalar(0, DType::int32)),
                        {l.dim(like, 0), l.dim(like, 1)});
}

Value shifted_mask(Lowering& l, Value mask, int64_t by) {
  const Value none = l.unary(Function::logical_not, true_steps(l, mask));
  const int64_t steps = l.dim(mask, 1).size;
  const Value zero = l.slice_axis(none, 1, 0, 1);
  const Value later[] = {zero, l.slice_axis(mask, 1, 0, steps - 1)}, sooner[] = {l.slice_axis(mask, 1, 1, steps - 1), zero};
  if (steps == 1) return none;
  return by > 0 ? l.concatenate(later, 1) : l.concatenate(sooner, 1);
}

// The scores of the first and the last tag are added to the first and the last step.
Value with_boundaries(Lowering& l, Value steps, Value inside, Dim tags) {
  if (!l.config().flag("use_boundary", true)) return steps;
  const DType type = l.dtype(steps);
  const Value first = begins_of(l, inside, shifted_mask(l, inside, 1), type);
  const Value last = begins_of(l, inside, shifted_mask(l, inside, -1), type);
  const auto spread = [&](const char* name) { return l.reshape(l.weight(name, {tags}), {{1}, {1}, tags}); };
  const Value y = l.add(steps, l.multiply(first, spread("left_boundary")));
  return l.add(y, l.multiply(last, spread("right_boundary")));
}

std::vector<Traced> lower_addons_crf(Lowering& l) {
  const Traced in = l.input();
  const Dim tags{l.config().integer("units", Range{1})};
  if (l.rank(in.value) != 3) l.refuse("needs an input of shape (batch, steps, features), found " + l.dims(in.value).to_string());
  Value x = l.cast(in.value, DType::float32);
  if (l.config().flag("use_kernel", true))
    x = call_part(l, "_dense_layer", x);
  else if (l.dim(x, 2).size != tags.size)
    l.refuse("has no kernel and needs " + std::to_string(tags.size) + " features, found " + l.dims(x).to_string());
  const Value all = true_steps(l, x);
  const Value given = in.mask ? as_boolean(l, in.mask) : all;
  const Value steps = with_boundaries(l, x, given, tags);
  const int along[] = {1};
  const Value lengths = l.reduce(Reduction::sum, l.cast(given, DType::int64), along);
  const Value place = l.cast(numbers_up_to(l, l.dim(x, 1).size, 1, 2), DType::int64);
  const Value inside = l.binary(Function::less, place, l.expand_dims(lengths, 1));
  const Value chain = l.weight("chain_kernel", {tags, tags});
  return {{best_path(l, {steps, chain, inside}), in.mask}, {steps, {}}, {lengths, {}}, {chain, {}}};
}

std::vector<WeightName> weights_of_addons_crf(const Config& config) {
  std::vector<WeightName> names{{.name = "chain_kernel"}};
  if (config.flag("use_boundary", true)) {
    names.push_back({.name = "left_boundary"});
    names.push_back({.name = "right_boundary"});
  }
  return names;
}

}  // namespace

std::vector<LayerDef> addons_crf_layers() {
  LayerDef addons{.classes = {"Addons>CRF"},
                  .keys = {"units", "use_boundary", "use_kernel"},
                  .weights = weights_of_addons_crf,
                  .lower = lower_addons_crf,
                  .autocast = false};
  addons.children = [](const Config& config) {
    std::vector<ChildName> parts;
    if (config.flag("use_kernel", true))
      parts.push_back(hub_part(config, "Dense", "_dense_layer", {{"units", value_of(config, "units")}}));
    return parts;
  };
  return {addons};
}

}  // namespace keraunos::loader
