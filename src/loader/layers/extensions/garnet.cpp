// GarNet of hls4ml 1.1.0 (hls4ml.contrib.garnet, Keras 2): a distance-weighted graph network over the vertices of a sample. Each
// vertex sends its features to aggregators, weighted by exp(−distance²), and gets their means back with the same weights. Only
// the simplified form is supported, whose weights are those of three dense layers; its output activation is applied twice, as in
// the original.
#include "loader/layers/common/arguments.h"

namespace keraunos::loader {

std::vector<LayerDef> garnet_layers();

namespace {

Value dense_of(Lowering& l, Value x, const std::string& name, Dim units) {
  return l.add(l.matmul(x, l.weight(name + "_kernel", {l.dim(x, -1), units})), l.weight(name + "_bias", {units}));
}

// 1 for existing vertices of a sample, (N, V, 1): the first n, or those whose fourth feature is not zero.
Value vertices_of(Lowering& l, const std::vector<Traced>& inputs) {
  const Value data = inputs[0].value;
  const DType type = l.dtype(data);
  if (inputs.size() == 1) {
    if (l.dim(data, -1).size < 4) l.refuse("needs vertices of four features at least, the fourth says whether a vertex is one");
    return l.cast(l.binary(Function::not_equal, l.slice_axis(data, -1, 3, 1), l.scalar(0, type)), type);
  }
  const Dim vertices = l.dim(data, 1);
  std::vector<int32_t> places(static_cast<size_t>(vertices.size));
  for (size_t i = 0; i < places.size(); ++i) places[i] = static_cast<int32_t>(i);
  const Value place = l.constant(TensorView(places, Dims{1, vertices.size}));
  const Value count = l.cast(inputs[1].value, DType::int32);
  return l.expand_dims(l.cast(l.binary(Function::less, place, count), type), -1);
}

Value collapsed(Lowering& l, Value y) {
  if (!l.config().has("collapse")) return y;
  const std::string how = l.config().text("collapse", "mean", {"mean", "sum", "max"});
  const int vertices[] = {1};
  return l.reduce(how == "mean" ? Reduction::mean : how == "sum" ? Reduction::sum : Reduction::maximum, y, vertices);
}

std::vector<Traced> lower_garnet(Lowering& l) {
  const Config& config = l.config();
  if (!config.flag("simplified", false)) config.fail("simplified", "true: the other form is not supported");
  if (config.flag("quantize_transforms", false)) config.fail("quantize_transforms", "false: the file holds no number of bits");
  if (config.flag("mean_by_nvert", false))
    config.fail("mean_by_nvert", "false: means over the vertices of a sample are not supported");
  const bool counted = config.text("input_format", "xn", {"x", "xn"}) == "xn";
  const std::vector<Traced> inputs = l.inputs();
  if (inputs.size() != (counted ? 2u : 1u) || l.rank(inputs[0].value) != 3)
    l.refuse("needs vertices of shape (batch, vertices, features)" + std::string(counted ? " and their number" : ""));
  if (counted && l.rank(inputs[1].value) != 2) l.refuse("needs the number of vertices in the shape (batch, 1)");
  const Value x = inputs[0].value, exists = vertices_of(l, inputs);
  const Dim batch = l.dim(x, 0), vertices = l.dim(x, 1), aggregators{config.integer("n_aggregators", Range{1})},
            features{config.integer("n_propagate", Range{1})};
  const Value sent = dense_of(l, x, "FLR", features), distance = dense_of(l, x, "S", aggregators);
  const Value weights =
      l.multiply(exists, l.unary(Function::exp, l.unary(Function::negate, l.unary(Function::square, distance))));
  const Value gathered = l.multiply(l.matmul(weights, sent, true), 1.0 / static_cast<double>(vertices.size));
  const Value returned = l.multiply(l.expand_dims(gathered, 1), l.expand_dims(weights, 3));  // (N, V, A, F)
  const Value joined = l.reshape(returned, {batch, vertices, {aggregators.size * features.size}});
  const Value out = dense_of(l, joined, "Fout", {config.integer("n_filters", Range{1})});
  const Value y = l.activated(l.activated(out, "output_activation"), "output_activation");
  return {{collapsed(l, l.multiply(exists, y)), {}}};
}

}  // namespace

std::vector<LayerDef> garnet_layers() {
  const auto weights = [](const Config&) {
    std::vector<WeightName> names;
    for (const char* name : {"FLR_kernel", "FLR_bias", "S_kernel", "S_bias", "Fout_kernel", "Fout_bias"})
      names.push_back({.name = name});
    return names;
  };
  return {{.classes = {"hls4ml>GarNet", "GarNet"},
           .keys = {"n_aggregators", "n_filters", "n_propagate", "simplified", "collapse", "input_format", "output_activation",
                    "mean_by_nvert", "quantize_transforms"},
           .weights = weights,
           .lower = lower_garnet}};
}

}  // namespace keraunos::loader
