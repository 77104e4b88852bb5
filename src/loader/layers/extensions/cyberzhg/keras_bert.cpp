// keras-bert 0.89.0 (Keras 2): the layers of its models that keras-transformer lacks.
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"
#include "loader/layers/extensions/cyberzhg/recognised.h"

namespace keraunos::loader {

std::vector<LayerDef> keras_bert_layers();

namespace {

// One step of each sequence.
std::vector<Traced> lower_extract(Lowering& l) {
  const Value x = l.input().value;
  if (l.rank(x) < 2) l.refuse("needs an input of rank 2 at least, found " + l.dims(x).to_string());
  const int64_t steps = l.dim(x, 1).size, index = l.config().integer("index", Range{-Range::kMostExtent});
  if (index >= steps || index < -steps) l.config().fail("index", "a step of the " + std::to_string(steps) + " that there are");
  return {{l.squeeze(l.slice_axis(x, 1, index < 0 ? index + steps : index, 1), 1), {}}};
}

// Returns the first input; steps where the second is 0 are masked.
std::vector<Traced> lower_masked(Lowering& l) {
  const std::vector<Traced> inputs = l.inputs();
  if (inputs.size() != 2) l.refuse("needs a tensor and what masks it, found " + std::to_string(inputs.size()) + " inputs");
  if (!inputs[0].mask) l.refuse("needs a first input with a mask");
  const Value marked = inputs[1].value, seen = l.binary(Function::not_equal, marked, l.scalar(0, l.dtype(marked)));
  const Value mask = l.binary(Function::logical_and, seen, as_boolean(l, inputs[0].mask));
  std::vector<Traced> results{{inputs[0].value, mask}};
  if (l.config().flag("return_masked", false)) results.push_back({l.cast(mask, DType::float32), {}});
  return results;
}

// The maximum over the steps, after a million is subtracted from masked ones.
std::vector<Traced> lower_masked_maximum(Lowering& l) {
  const Traced in = l.input();
  Value x = as_computed(l, in.value);
  if (l.rank(x) < 2) l.refuse("needs an input of rank 2 at least, found " + l.dims(x).to_string());
  if (in.mask) {
    const Value unseen = l.subtract(l.scalar(1, l.dtype(x)), l.cast(as_boolean(l, in.mask), l.dtype(x)));
    x = l.subtract(x, l.expand_dims(l.multiply(unseen, 1e6), -1));
  }
  const int steps[] = {-2};
  return {{l.reduce(Reduction::maximum, x, steps), {}}};
}

std::vector<Traced> lower_task_embedding(Lowering& l) {
  const Config& config = l.config();
  const std::vector<Traced> inputs = l.inputs();
  if (inputs.size() != 2) l.refuse("needs a tensor and numbers of tasks, found " + std::to_string(inputs.size()) + " inputs");
  const Dim tasks{config.integer("input_dim", Range{1})}, features{config.integer("output_dim", Range{1})};
  const Value given = inputs[1].value, ids = l.cast(given, DType::int32);
  Value vectors = l.gather(l.weight("embeddings", {tasks, features}), ids);
  if (config.flag("mask_zero", false)) {
    const Value seen = l.binary(Function::not_equal, ids, l.scalar(0, DType::int32));
    vectors = l.multiply(vectors, l.expand_dims(l.cast(seen, l.dtype(vectors)), -1));
  }
  return {{l.add(as_computed(l, inputs[0].value), vectors), inputs[0].mask}};
}

}  // namespace

std::vector<LayerDef> keras_bert_layers() {
  LayerDef task = cyberzhg_layer("keras_bert", "TaskEmbedding", {"input_dim", "output_dim", "mask_zero"},
                                 weights_named({{.name = "embeddings"}}), lower_task_embedding);
  LayerDef masked = cyberzhg_layer("keras_bert", "Masked", {"return_masked"}, {}, lower_masked);
  task.autocast = masked.autocast = false;
  return {cyberzhg_layer("keras_bert", "Extract", {"index"}, {}, lower_extract), std::move(masked), std::move(task),
          cyberzhg_layer("keras_bert", "MaskedGlobalMaxPool1D", {}, {}, lower_masked_maximum)};
}

}  // namespace keraunos::loader
