// Images as operands: a single one or a batch, channels last or first.
#pragma once

#include "loader/ops/operation.h"

namespace keraunos::loader {

/// Converts an operation's images to a batch with channels last, and back.
class Images {
 public:
  /// `format` is the parameter for the data format, if the operation has one.
  Images(OperationCall& call, Value given, std::optional<size_t> format, int axes = 2);

  Value batch() const noexcept { return batch_; }  ///< (N, spatial…, C)
  Value restored(Value y) const;                   ///< a result of the batch's rank, in the operation's form
  bool channels_first() const noexcept { return first_; }
  bool is_one() const noexcept { return one_; }

 private:
  OperationCall& call_;
  Value batch_{};
  bool first_ = false, one_ = false;
};

/// Refuses anything but floating numbers.
void require_real_images(OperationCall& call, Value x);
/// Convolves x (…, C) with the same taps (rows, columns) for every channel; each channel has one result for each kernel, side by
/// side.
Value filtered(OperationCall& call, Value x, const std::vector<std::vector<double>>& kernels, int64_t rows, int64_t columns,
               bool same);

}  // namespace keraunos::loader
