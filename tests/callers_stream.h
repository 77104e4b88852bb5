// A caller's CUDA stream, for tests that are built for both devices.
#pragma once

#include "keraunos/stream.h"

namespace keraunos {

/// The destructor waits. Null on the CPU.
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
