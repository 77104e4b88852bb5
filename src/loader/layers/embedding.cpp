// Embedding and Masking: the two layers that make masks.
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/common/embedding_table.h"
#include "loader/layers/common/numbers.h"
#include "loader/layers/common/quantised.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> embedding_layers();

namespace {

// Ids of any type: types other than int32 and int64 are truncated to int32, as in Keras.
std::vector<Traced> lower_embedding(Lowering& l) {
  const Value x = l.input().value;
  const DType type = l.dtype(x);
  const Value ids = type == DType::int32 || type == DType::int64 ? x : l.cast(x, DType::int32);
  const Value mask = l.config().flag("mask_zero", false) ? l.binary(Function::not_equal, x, l.scalar(0, type)) : Value{};
  // Keras 3 counts a negative id from the end of the table; in Keras 2 it is an error of the run.
  return {{rows_of_table(l, ids, !l.dialect().before(3, 0)), mask}};
}

// A step is masked, and zeroed, when all its features equal the mask value.
std::vector<Traced> lower_masking(Lowering& l) {
  const Value x = l.input().value;
  const int last[] = {-1};
  const double masked = number_of(l.config(), "mask_value", 0);
  if (!l.dialect().before(3, 0)) require_fit(l.config(), "mask_value", masked, l.dtype(x));
  const Value differs = l.binary(Function::not_equal, x, l.scalar(masked, l.dtype(x)));
  const Value mask = l.reduce(Reduction::any, differs, last), each = l.expand_dims(mask, -1);
  if (l.dialect().before(3, 0)) return {{l.multiply(x, l.cast(each, l.dtype(x))), mask}};  // the zeros have the sign of x
  return {{l.select(each, x, l.scalar(0, l.dtype(x))), mask}};
}

}  // namespace

std::vector<LayerDef> embedding_layers() {
  return {
      {.classes = {"Embedding"},
       .keys = {"input_dim", "output_dim", "mask_zero", "input_length", "dropout", "sparse", "quantization_config", "lora_rank",
                "lora_alpha"},
       .weights = weights_of_table,
       .children = {},
       .lower = lower_embedding,
       .autocast = false,
       .traits = std::make_shared<const LayerTraits>(LayerTraits{.config_to_keras3 =
                                                                     [](files::Json& config) {
                                                                       drop_keys(config, {"dropout", "sparse"});
                                                                     },
                                                                 .refusal = refused_quantisation_of_table})},
      {.classes = {"Masking"}, .keys = {"mask_value"}, .weights = {}, .children = {}, .lower = lower_masking},
  };
}

}  // namespace keraunos::loader
