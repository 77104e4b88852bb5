// A CUDA stream as a caller of the library has one, for tests that are built for both devices.
#pragma once

#include "keraunos/stream.h"

namespace keraunos {

/// A stream of the caller's; waits on destruction. Null on the CPU.
class CallersStream {
 public:
  CallersStream();
  ~CallersStream();
  CallersStream(const CallersStream&) = delete;
  CallersStream& operator=(const CallersStream&) = delete;
  CUstream_st* get() const noexcept { return stream_; }
  void synchronize() const;

 private:
  CUstream_st* stream_ = nullptr;
};

}  // namespace keraunos
