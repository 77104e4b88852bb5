// Figures of a machine. The host uses them to decide how batches are cut and copied, and to estimate the memory of plans. Each
// device returns those of its hardware (DeviceRuntime::costs()), with the origin of each figure beside it.
#pragma once

#include <cstdint>

namespace keraunos::host {

/// Costs of one thread, on a device whose threads compute pieces side by side (row_cost.h).
struct CoreCosts {
  int64_t cache_bytes = 0;  ///< size up to which a step's results are still in the core's cache when the next step reads them
  double nanoseconds_a_byte = 0;       ///< time to read or write a byte of rows
  double nanoseconds_a_product = 0;    ///< time of one float32 multiplication in a matrix product
  double nanoseconds_to_share = 0;     ///< work that justifies waking a thread
  int64_t rows_that_hide_weights = 0;  ///< from this number of rows on a product takes longer than reading its weights
  /// Bytes of rows for each byte of weights above which weights are the smaller part of the traffic.
  int64_t traffic_to_weights = 0;
  int64_t recurrent_rows = 0;  ///< rows that fill a product of a recurrent step
  int64_t most_rows = 0;       ///< more rows at a time gain nothing
};

/// Sizes of pieces that the whole device computes one after the other (cut.h).
struct ChunkCosts {
  int64_t bytes = 0;  ///< bytes of inputs: enough to use the whole device, few enough to keep intermediate results small
  int64_t most_rows = 0;
};

/// Copies of a caller's rows by the CPU's threads (stage.h).
struct CopyCosts {
  int64_t shared_bytes = 0;  ///< from this size on several threads copy
  int64_t slice_bytes = 0;   ///< a slice of this size is copied before its transfer to the device begins
  int64_t share_bytes = 0;   ///< of one thread's share
  int64_t upload_bytes = 0;  ///< size of a pinned buffer for constants: larger ones gain nothing
};

/// Estimates of memory that the host cannot count.
struct HiddenMemory {
  int64_t step_bytes = 0;             ///< for a step, besides its PlannedStep
  int64_t recorded_launch_bytes = 0;  ///< for each kernel of a recording
};

struct DeviceCosts {
  CoreCosts core{};
  ChunkCosts chunk{};
  CopyCosts copy{};
  HiddenMemory hidden{};
};

}  // namespace keraunos::host
