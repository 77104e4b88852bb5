// Memory that a file's numbers cause while layers are lowered.
#pragma once

#include <string>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Counts constants that a layer makes against LoadOptions::max_bytes, before they are made: of each `what` of a layer the
/// largest, as lowering for other shapes makes them anew. ModelError where they need more than is left.
void debit(const Lowering& l, const std::string& what, int64_t bytes);

}  // namespace keraunos::loader
