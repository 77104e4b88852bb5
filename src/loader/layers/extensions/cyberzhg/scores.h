// Scores of attention in CyberZHG's libraries: 10,000 is subtracted from hidden steps before the softmax, so that a step that
// sees nothing weights all steps by their remaining scores.
#pragma once

#include <optional>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Scores (…, T, S), minus 10,000 where `seen` is false.
Value less_where_unseen(Lowering& l, Value scores, Value seen);

/// True for steps (S) that a step (T) sees: those whose distance from it is at least `first` and below `end`; boolean (T, S).
Value seen_by_distance(Lowering& l, int64_t steps, int64_t seen_steps, int64_t first, int64_t end);

/// softmax(query · keyᵀ / sqrt(features)), the weights of values; query (…, T, features), key (…, S, features). The mask
/// (boolean, broadcast over the scores) may be absent.
Value scaled_dot_weights(Lowering& l, Value query, Value key, Value mask, bool history_only);

}  // namespace keraunos::loader
