// A CUDA stream as an argument, without a CUDA header.
#pragma once

#include <cstddef>

struct CUstream_st;

namespace keraunos {

/// The stream that work is enqueued on. A `cudaStream_t` converts without a cast; integers and `nullptr` do not convert, since
/// a null stream is the legacy default stream, which synchronises with every other: ask for it by name with legacy().
class StreamRef {
 public:
  StreamRef(CUstream_st* stream) noexcept : stream_(stream) {}  ///< a cudaStream_t
  StreamRef(int) = delete;
  StreamRef(std::nullptr_t) = delete;
  /// The legacy default stream.
  static StreamRef legacy() noexcept { return StreamRef(static_cast<CUstream_st*>(nullptr)); }
  CUstream_st* get() const noexcept { return stream_; }  ///< as CUDA's functions take it

 private:
  CUstream_st* stream_;
};

}  // namespace keraunos
