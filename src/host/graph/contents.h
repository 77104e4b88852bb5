// Equality and hashes of tensors and graphs by what they hold, whatever their addresses.
#pragma once

#include "host/graph/hash.h"
#include "keraunos/tensor.h"

namespace keraunos::host {

struct Graph;

/// One dtype, one shape, the same bytes (of text: the same strings).
bool same_contents(const Tensor& a, const Tensor& b);
/// Equal for tensors of equal contents. Of a large tensor only a part of the contents goes in: whoever needs to be sure compares.
uint64_t contents_hash(const Tensor& tensor);

/// The same operations on the same values into results of the same types: as the body of a Loop both compute the same.
bool same_contents(const Graph& a, const Graph& b);
uint64_t contents_hash(const Graph& graph);

}  // namespace keraunos::host
