#include "loader/layers/common/embedding_table.h"

#include "host/graph/graph.h"
#include "host/ops/gather.h"
#include "loader/layers/common/quantised.h"

namespace keraunos::loader {
namespace {

Value int4_table(Lowering& l) {
  const Value values = int4_values_of_table(l);
  if (has_blocks(l.config())) return with_blocks_scaled(l, "embeddings", values, MatrixAxis::columns);
  const Value scale = l.weight("embeddings_scale", {l.dim(values, 0)});
  return l.divide(l.cast(values, l.compute_dtype()), l.expand_dims(scale, -1));
}

}  // namespace

Shape table_shape(const Config& config) {
  return {{config.integer("input_dim", Range{1})}, {config.integer("output_dim", Range{1})}};
}

std::vector<WeightName> weights_of_table(const Config& config) {
  std::vector<WeightName> names{{.name = "embeddings"}};
  for (WeightName& name : weights_of_quantisation(config, "embeddings")) names.push_back(std::move(name));
  return names;
}

Value int4_values_of_table(Lowering& l) {
  const Shape table = table_shape(l.config());
  return unpacked_int4(l, "embeddings", table[0].size, table[1].size);
}

// int8: each row of the table has its own scale, which is divided out.
Value rows_of_table(Lowering& l, Value ids, bool from_end) {
  const auto gathered = [&](Value table) { return host::graph_of(l).add(host::Gather{.from_end = from_end}, {table, ids})[0]; };
  const Shape table = table_shape(l.config());
  const QuantisedMode mode = quantised_mode(l.config());
  if (mode == QuantisedMode::none) return gathered(l.weight("embeddings", table));
  if (mode == QuantisedMode::int4) return gathered(int4_table(l));
  const Value rows = l.cast(gathered(l.weight("embeddings", table, false)), l.compute_dtype());
  return l.divide(rows, l.expand_dims(gathered(l.weight("embeddings_scale", {table[0]})), -1));
}

}  // namespace keraunos::loader
