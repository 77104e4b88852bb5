// Images as operations take them: one or a batch, channels last or first.
#pragma once

#include "loader/ops/operation.h"

namespace keraunos::loader {

/// An operation's images as a batch with channels last, and the way back.
class Images {
 public:
  /// `format` is the parameter that names the data format, if the operation has one.
  Images(OperationCall& call, Value given, std::optional<size_t> format, int axes = 2);

  Value batch() const noexcept { return batch_; }  ///< (N, spatial…, C)
  Value restored(Value y) const;                   ///< a result of the batch's rank, as the operation gives it
  bool channels_first() const noexcept { return first_; }
  bool is_one() const noexcept { return one_; }

 private:
  OperationCall& call_;
  Value batch_{};
  bool first_ = false, one_ = false;
};

/// Refuses anything but floating numbers.
void require_real_images(OperationCall& call, Value x);
/// sum over channels of x (…, C) by itself: x convolved with the same taps (rows, columns) for every channel; each channel has
/// as many results, side by side, as there are kernels.
Value filtered(OperationCall& call, Value x, const std::vector<std::vector<double>>& kernels, int64_t rows, int64_t columns,
               bool same);

}  // namespace keraunos::loader
