// Ids of classes as integers, or as rows of zeros and ones: for CategoryEncoding, Discretization and the hashing layers.
#pragma once

#include "keraunos/layer.h"

namespace keraunos::loader {

enum class Encoded : uint8_t { index, one_hot, multi_hot, count };

/// config["output_mode"].
Encoded class_encoding(const Config& config, std::string_view otherwise);

/// Integer ids as rows of `depth` numbers of the compute dtype; in mode count, ids are counted with `weights`. An id outside
/// belongs to no class. The ids of a sample are along the last axis; for tensors of a higher rank Keras 3 joins axis 1.
Value encoded(Lowering& l, Value ids, Encoded mode, int64_t depth, Value weights = {});

void refuse_sparse(Lowering& l);

}  // namespace keraunos::loader
