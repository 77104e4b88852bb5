// Indices along an axis.
#pragma once

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The int32 numbers 0 to count − 1 along `axis`; the other axes of `rank` have extent 1. Their memory is debited.
Value numbers_up_to(Lowering& l, int64_t count, int axis, int rank);

/// The first index of the largest (or smallest) element along `axis`, int32; the last index where all are NaN. Refused for an
/// axis without elements. `keep`: the axis stays, with extent 1.
Value first_place_of(Lowering& l, Value x, int axis, bool largest, bool keep = false);

/// The elements of an int32 tensor at int32 indices along `axis`, which the result lacks, as the indices do.
Value elements_at(Lowering& l, Value x, Value places, int axis);

/// Booleans (queries, keys): query t attends to keys 0 to t.
Value causal_mask(Lowering& l, int64_t queries, int64_t keys);

}  // namespace keraunos::loader
