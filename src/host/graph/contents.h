// Equality and hashes of tensors and graphs by contents, independent of addresses.
#pragma once

#include "host/graph/hash.h"
#include "keraunos/tensor.h"

namespace keraunos::host {

struct Graph;

/// Equal dtype, shape and bytes (for text: equal strings).
bool same_contents(const Tensor& a, const Tensor& b);
/// Equal for tensors of equal contents. A large tensor is only sampled, so equal hashes must be followed by a comparison.
uint64_t contents_hash(const Tensor& tensor);

/// The same operations on the same values with results of the same types: as bodies of a Loop both compute the same.
bool same_contents(const Graph& a, const Graph& b);
uint64_t contents_hash(const Graph& graph);

}  // namespace keraunos::host
