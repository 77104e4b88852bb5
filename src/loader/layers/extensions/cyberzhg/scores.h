// Scores of attention in CyberZHG's libraries: what a step may not see loses 10,000 before the softmax, so that a step that sees
// nothing weighs all steps by what is left of their scores.
#pragma once

#include <optional>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Scores (…, T, S) less 10,000 where `seen` is false.
Value less_where_unseen(Lowering& l, Value scores, Value seen);

/// Which steps (S) are seen by which (T): those with a distance (of a seen step from the one that sees) of `first` at least and
/// below `end`; boolean (T, S).
Value seen_by_distance(Lowering& l, int64_t steps, int64_t seen_steps, int64_t first, int64_t end);

/// softmax(query · keyᵀ / sqrt(features)), by which values are then weighted; query (…, T, features), key (…, S, features). The
/// mask (boolean, broadcast over the scores) may be absent.
Value scaled_dot_weights(Lowering& l, Value query, Value key, Value mask, bool history_only);

}  // namespace keraunos::loader
