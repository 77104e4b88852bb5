// Figures of a machine, by which the host decides how batches are cut and copied, and estimates what plans hold. Each device
// answers for its own hardware (DeviceRuntime::costs()); where a figure is from stands beside it there.
#pragma once

#include <cstdint>

namespace keraunos::host {

/// One thread of a device whose threads compute pieces of a batch side by side (row_cost.h).
struct CoreCosts {
  int64_t cache_bytes = 0;             ///< results of a step that the next step still finds in the core's cache
  double nanoseconds_a_byte = 0;       ///< to read or write rows
  double nanoseconds_a_product = 0;    ///< to multiply two float32 numbers in a product of matrices
  double nanoseconds_to_share = 0;     ///< work that is worth waking a thread for
  int64_t rows_that_hide_weights = 0;  ///< with so many rows a product takes longer than its weights take to be read
  int64_t traffic_to_weights = 0;      ///< bytes of rows for each byte of weights from which on weights are the smaller part
  int64_t recurrent_rows = 0;          ///< rows that fill a product of a recurrent step
  int64_t most_rows = 0;               ///< more at a time gain nothing
};

/// Pieces of a batch that the whole device computes one after the other (cut.h).
struct ChunkCosts {
  int64_t bytes = 0;  ///< of inputs: enough to fill the device, few enough that intermediate results stay small
  int64_t most_rows = 0;
};

/// Copies of a caller's rows by the threads of the CPU (stage.h).
struct CopyCosts {
  int64_t shared_bytes = 0;  ///< from so many on several threads copy
  int64_t slice_bytes = 0;   ///< copied before the slice is on its way to the device
  int64_t piece_bytes = 0;   ///< of one thread
  int64_t upload_bytes = 0;  ///< of a pinned buffer for constants: larger ones gain nothing
};

/// Memory that the host cannot count.
struct HiddenMemory {
  int64_t step_bytes = 0;             ///< of a step beside its PlannedStep
  int64_t recorded_launch_bytes = 0;  ///< of a recording, for each kernel
};

struct DeviceCosts {
  CoreCosts core{};
  ChunkCosts chunk{};
  CopyCosts copy{};
  HiddenMemory hidden{};
};

}  // namespace keraunos::host
