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

/// Recordings of a plan's kernels (CUDA graphs).
struct RecordingCosts {
  int64_t most_nested_launches = 0;  ///< kernels of loops: with more, a recording's memory outweighs the time that it saves
  int64_t launch_bytes = 0;          ///< estimate of its memory for each kernel
};

struct DeviceCosts {
  CoreCosts core{};
  ChunkCosts chunk{};
  CopyCosts copy{};
  RecordingCosts recording{};
  int64_t step_bytes = 0;  ///< estimate of the memory of a step besides its PlannedStep
};

}  // namespace keraunos::host
