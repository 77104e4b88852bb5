// Debits memory that a file's numbers cause during lowering.
#pragma once

#include <string>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Counts constants that a layer makes against LoadOptions::max_bytes, before they are made: for each `what` of a layer the
/// largest, because lowering for other shapes makes them again. ModelError where they exceed the rest of the limit.
void debit(const Lowering& l, const std::string& what, int64_t bytes);

}  // namespace keraunos::loader
