// Keras's regularisers: a number that is computed from a weight, or from the result of a layer.
#pragma once

#include <optional>

#include "loader/files/json.h"

namespace keraunos::loader {

struct Regulariser {
  double l1 = 0, l2 = 0;  ///< factors of the sums of absolute values and of squares
  double orthogonal = 0;  ///< factor of the mean absolute cosine between rows or columns
  bool by_rows = true;    ///< for `orthogonal`
  bool is_zero() const { return l1 == 0 && l2 == 0 && orthogonal == 0; }
};

/// A regulariser in one of the file's forms; absent where it is none of Keras's own.
std::optional<Regulariser> regulariser_in(const files::Json& json);

/// The regulariser of a layer's results: its activity_regularizer, or that of an ActivityRegularization; absent where it has none
/// or one that is always zero. `is_known` becomes false for one that is none of Keras's own, or is orthogonal.
std::optional<Regulariser> activity_regulariser(std::string_view class_name, const files::Json* config, bool& is_known);

}  // namespace keraunos::loader
