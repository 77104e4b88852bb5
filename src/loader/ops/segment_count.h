// How many segments or bins a tensor of numbers asks for, where a file does not say: known when the numbers are.
#pragma once

#include "keraunos/layer.h"

namespace keraunos::loader {

enum class SegmentCount : uint8_t {
  highest,    ///< one for each number up to the highest, which may be negative
  ascending,  ///< the same of numbers that do not fall, from 0 on: anything else is a DataError
  distinct,   ///< as many as there are different numbers
  bins        ///< as highest, of numbers from 0 on: anything else is a DataError
};

/// The extent, as that of a value made for it; `least` at least and `most` at most.
Dim segment_count(Lowering& l, SegmentCount how, Value numbers, int64_t least = 0, int64_t most = INT64_MAX);

}  // namespace keraunos::loader
