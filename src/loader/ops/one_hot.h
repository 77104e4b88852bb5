// Ids converted to masks, and elements taken by ids.
#pragma once

#include "loader/ops/operation.h"

namespace keraunos::loader {

/// Booleans with a new axis of `classes` elements: true at the id's index. An id outside is true nowhere.
Value one_hot_mask(Lowering& l, Value ids, int64_t classes, int axis);

/// NumPy's take_along_axis: ids of x's rank choose elements along one axis; the other axes are broadcast. Ids in [-extent, -1]
/// count from the end, an id outside is a DataError of the run.
Value taken_along(Lowering& l, Value x, Value ids, int axis);

}  // namespace keraunos::loader
