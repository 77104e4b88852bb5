// keras-pos-embd 0.13.0 (Keras 2): positions as learned vectors (PositionEmbedding, which differs from KerasHub's) or as sines
// and cosines (TrigPosEmbedding): of given numbers ("expand"), or of the steps, added to the features or concatenated.
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/fourier.h"
#include "loader/layers/common/memory.h"
#include "loader/layers/extensions/cyberzhg/recognised.h"
#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

std::vector<LayerDef> position_embeddings_layers();

namespace {

std::string mode_of_positions(const Config& config, std::string_view otherwise) {
  return config.text("mode", otherwise, {"expand", "add", "concat"});
}

Value sequence_of_positions(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  if (l.rank(x) != 3) l.refuse("needs an input of shape (batch, time, features), found " + l.dims(x).to_string());
  return x;
}

// Positions (T, width) for all rows of x.
Value joined_positions(Lowering& l, const std::string& mode, Value x, Value positions) {
  if (mode == "add") return l.add(x, positions);
  const Value parts[] = {x, l.broadcast_to(positions, {l.dim(x, 0), l.dim(x, 1), l.dim(positions, 1)})};
  return l.concatenate(parts, -1);
}

// Numbers from −input_dim to input_dim; others are clipped to this range.
std::vector<Traced> lower_given_positions(Lowering& l, int64_t most, Dim width) {
  const Config& config = l.config();
  const Value x = l.input().value, ids = l.cast(x, DType::int32);
  const auto number = [&](int64_t value) { return l.scalar(static_cast<double>(value), DType::int32); };
  const Value inside = l.binary(Function::minimum, l.binary(Function::maximum, ids, number(-most)), number(most));
  const Value table = l.weight("embeddings", {{2 * most + 1}, width});
  // mask_zero is the masked number, or false; 0 masks nothing.
  const files::Json* masked = config.find("mask_zero");
  double padding = 0;
  if (masked != nullptr && masked->is_bool()) padding = masked->as_bool() ? 1 : 0;
  if (masked != nullptr && !masked->is_bool()) padding = config.number("mask_zero", 0, RealRange{-1e9, 1e9});
  const Value mask = padding == 0 ? Value{} : l.binary(Function::not_equal, x, l.scalar(padding, l.dtype(x)));
  return {{l.gather(table, l.add(inside, number(most))), mask}};
}

std::vector<Traced> lower_learned_positions(Lowering& l) {
  const Config& config = l.config();
  const std::string mode = mode_of_positions(config, "expand");
  const Dim rows{config.integer("input_dim", Range{1, Range::kMostExtent / 2 - 1})},
      width{config.integer("output_dim", Range{1})};
  if (mode == "expand") return lower_given_positions(l, rows.size, width);
  const Value x = sequence_of_positions(l);
  const int64_t steps = l.dim(x, 1).size;
  if (steps > rows.size) l.refuse("has positions for " + std::to_string(rows.size) + " steps, found " + std::to_string(steps));
  if (mode == "add" && width.size != l.dim(x, 2).size && width.size != 1)
    config.fail("output_dim", "the " + std::to_string(l.dim(x, 2).size) + " features of the input");
  return {{joined_positions(l, mode, x, l.slice_axis(l.weight("embeddings", {rows, width}), 0, 0, steps)), l.input().mask}};
}

// sin(p·f) and cos(p·f) alternately, f = 10000^(−2i / width).
Value sines_of_positions(Lowering& l, Value positions, int64_t width) {
  debit(l, "frequencies", width * static_cast<int64_t>(sizeof(double)));
  std::vector<double> frequencies;
  for (int64_t i = 0; i < width / 2; ++i)
    frequencies.push_back(std::pow(10000.0, -2 * static_cast<double>(i) / static_cast<double>(width)));
  const Value scales = rounded_constant(l, frequencies, Dims{width / 2}, l.dtype(positions));
  const Value angles = l.expand_dims(l.multiply(l.expand_dims(positions, -1), scales), -1);
  const Value both[] = {l.unary(Function::sin, angles), l.unary(Function::cos, angles)};
  Shape shape = l.shape(positions);
  shape.push_back({width});
  return l.reshape(l.concatenate(both, -1), shape);
}

std::vector<Traced> lower_trigonometric(Lowering& l) {
  const Config& config = l.config();
  const std::string mode = mode_of_positions(config, "add");
  const Value x = mode == "expand" ? as_computed(l, l.input().value) : sequence_of_positions(l);
  if (mode == "expand" && l.rank(x) != 2) l.refuse("needs an input of shape (batch, time), found " + l.dims(x).to_string());
  const int64_t width = mode == "add" ? l.dim(x, 2).size : config.integer("output_dim", Range{2});
  if (width % 2 != 0) l.refuse("needs an even number of features, found " + std::to_string(width));
  if (mode == "expand") return {{sines_of_positions(l, x, width), l.input().mask}};
  const Value steps = l.cast(hub_steps(l, l.dim(x, 1).size, 0), l.dtype(x));
  return {{joined_positions(l, mode, x, sines_of_positions(l, steps, width)), l.input().mask}};
}

}  // namespace

std::vector<LayerDef> position_embeddings_layers() {
  LayerDef learned = cyberzhg_layer("keras_pos_embd", "PositionEmbedding", {"input_dim", "output_dim", "mode", "mask_zero"},
                                    weights_named({{.name = "embeddings"}}), lower_learned_positions);
  learned.autocast = false;  // its input may be given numbers
  LayerDef sines = cyberzhg_layer("keras_pos_embd", "TrigPosEmbedding", {"mode", "output_dim"}, {}, lower_trigonometric);
  return {std::move(learned), std::move(sines)};
}

}  // namespace keraunos::loader
