// Positions as vectors: learned ones (PositionEmbedding), also added to tokens (TokenAndPositionEmbedding), and sines.
#include "keraunos/error.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/fourier.h"
#include "loader/layers/common/ids.h"
#include "loader/layers/common/memory.h"
#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_embeddings_layers();

namespace {

std::vector<Traced> lower_positions(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  if (l.rank(x) < 2) l.refuse("needs an input of rank 2 at least, found " + l.dims(x).to_string());
  const Dim rows{l.config().integer("sequence_length", Range{1})}, features = l.dim(x, -1);
  Value table = l.weight("embeddings", {rows, features});
  const Value positions = tensor_argument_of(l, 2, "positions").value;
  const int64_t start = start_index(l), steps = l.dim(x, -2).size;
  if (positions) {
    table = l.gather(table, counted_from_end(l, l.cast(positions, DType::int32), rows.size));
  } else if (start < 0 || start + steps > rows.size) {
    throw UsageError("has positions for " + std::to_string(rows.size) + " steps, found " + std::to_string(start + steps));
  } else {
    table = l.slice_axis(table, 0, start, steps);
  }
  return {{l.broadcast_to(table, l.shape(x)), {}}};
}

Arg::Members place_of_call(Lowering& l) {
  Arg::Members keywords{{"start_index", integer_argument(start_index(l))}};
  if (const Value positions = tensor_argument_of(l, 2, "positions").value)
    keywords.emplace_back("positions", tensor_argument(positions));
  return keywords;
}

std::vector<Traced> lower_tokens(Lowering& l) {
  const Traced tokens = l.call_child("token_embedding", {Arg{l.input()}})[0];
  const Value positions = l.call_child("position_embedding", {tensor_argument(tokens.value)}, place_of_call(l))[0].value;
  return {{l.add(tokens.value, positions), tokens.mask}};
}

std::vector<ChildName> token_parts(const Config& config) {
  return {{.attribute = "token_embedding",
           .aliases = {},
           .config = std::make_shared<const files::Json>(
               hub_token_embedding(config, value_of(config, "vocabulary_size"), value_of(config, "embedding_dim"),
                                   value_of(config, "tie_weights", true), value_of(config, "mask_zero", false)))},
          hub_part(config, "keras_hub>PositionEmbedding", "position_embedding",
                   {{"sequence_length", value_of(config, "sequence_length")}})};
}

// Keras computes the frequencies, and the angles, in the compute dtype.
std::vector<Traced> lower_sines(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  if (l.rank(x) < 2) l.refuse("needs an input of rank 2 at least, found " + l.dims(x).to_string());
  const DType type = l.compute_dtype();
  const int64_t features = l.dim(x, -1).size, steps = l.dim(x, -2).size;
  debit(l, "frequencies", features * static_cast<int64_t>(sizeof(double)));
  std::vector<double> exponents, cosines;
  for (int64_t i = 0; i < features; ++i) {
    exponents.push_back(static_cast<double>(i - i % 2));
    cosines.push_back(static_cast<double>(i % 2));
  }
  const Value least = l.scalar(1 / l.config().number("max_wavelength", 10000, RealRange{1e-30}), type);
  const Value exponent =
      l.divide(rounded_constant(l, exponents, Dims{features}, type), l.scalar(static_cast<double>(features), type));
  const Value scales = l.binary(Function::power, l.broadcast_to(least, {Dim{features}}), exponent);
  Value positions = tensor_argument_of(l, 2, "positions").value;
  positions = positions ? l.cast(positions, type) : l.cast(hub_steps(l, steps, start_index(l)), type);
  if (l.rank(positions) == 1) positions = l.expand_dims(positions, 0);
  const Value angles = l.multiply(l.expand_dims(positions, -1), scales);
  const Value takes_cosine = l.cast(rounded_constant(l, cosines, Dims{features}, type), DType::boolean);
  const Value y = l.select(takes_cosine, l.unary(Function::cos, angles), l.unary(Function::sin, angles));
  return {{l.broadcast_to(y, l.shape(x)), {}}};
}

}  // namespace

int64_t start_index(Lowering& l) {
  const Arg* given = argument(l, 1, "start_index");
  if (given == nullptr) return 0;
  const int64_t* number = std::get_if<int64_t>(&given->value);
  if (number == nullptr || *number < 0 || *number > Range::kMostExtent)
    l.refuse("is called with an argument start_index that is no constant");
  return *number;
}

Value hub_steps(Lowering& l, int64_t steps, int64_t start) {
  debit(l, "positions", steps * static_cast<int64_t>(sizeof(double)));
  std::vector<double> numbers;
  for (int64_t i = 0; i < steps; ++i) numbers.push_back(static_cast<double>(start + i));
  return rounded_constant(l, numbers, Dims{steps}, DType::float32);
}

files::Json hub_token_embedding(const Config& owner, files::Json ids, files::Json width, files::Json tied, files::Json masks) {
  return layer_object(owner, "ReversibleEmbedding",
                      {{"name", "token_embedding"},
                       {"input_dim", std::move(ids)},
                       {"output_dim", std::move(width)},
                       {"tie_weights", std::move(tied)},
                       {"mask_zero", std::move(masks)}});
}

files::Json hub_token_embedding(const Config& model) {
  return hub_token_embedding(model, value_of(model, "vocabulary_size"), value_of(model, "hidden_dim"));
}

std::vector<LayerDef> hub_embeddings_layers() {
  return {{.classes = hub_names({"PositionEmbedding"}),
           .keys = {"sequence_length", "initializer"},
           .weights = [](const Config&) { return std::vector<WeightName>{{.name = "embeddings"}}; },
           .children = {},
           .lower = lower_positions},
          {.classes = hub_names({"TokenAndPositionEmbedding"}),
           .keys = {"vocabulary_size", "sequence_length", "embedding_dim", "tie_weights", "mask_zero"},
           .weights = {},
           .children = token_parts,
           .lower = lower_tokens,
           .autocast = false},
          {.classes = hub_names({"SinePositionEncoding"}),
           .keys = {"max_wavelength"},
           .weights = {},
           .children = {},
           .lower = lower_sines}};
}

}  // namespace keraunos::loader
