// The number of segments or bins for a tensor of numbers, where a file does not state it: known when the numbers are.
#pragma once

#include "keraunos/layer.h"

namespace keraunos::loader {

enum class SegmentCount : uint8_t {
  highest,    ///< highest number plus one; the highest may be negative
  ascending,  ///< the same for ascending numbers from 0 on; otherwise a DataError
  distinct,   ///< number of different numbers
  bins        ///< as highest, for numbers from 0 on; otherwise a DataError
};

/// The number as the extent of a value made for this purpose; clamped to `least` and `most`.
Dim segment_count(Lowering& l, SegmentCount how, Value numbers, int64_t least = 0, int64_t most = INT64_MAX);

}  // namespace keraunos::loader
