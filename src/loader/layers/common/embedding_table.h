// The table of Embedding and ReversibleEmbedding: a vector for each id, in float, int8 or int4.
#pragma once

#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// (input_dim, output_dim) of the layer's config.
Shape table_shape(const Config& config);

/// "embeddings" and the weights of its quantisation, in the order of an archive.
std::vector<WeightName> weights_of_table(const Config& config);

/// The table's int4 integers, without their scales.
Value int4_values_of_table(Lowering& l);

/// The vectors of `ids` in the compute dtype. With from_end, negative ids count from the end of the table, as in Keras 3.
Value rows_of_table(Lowering& l, Value ids, bool from_end);

}  // namespace keraunos::loader
