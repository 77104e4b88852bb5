#include "host/constants/uploader.h"

#include <algorithm>
#include <cstring>

namespace keraunos::host {

void Uploader::make_buffers(int64_t bytes) {
  if (stream_ == nullptr) stream_ = device_->make_stream();
  if (buffer_bytes_ >= bytes) return;
  buffers_ = {}, buffer_bytes_ = 0;
  for (Buffer& buffer : buffers_) buffer = {.memory = device_->allocate_staging(bytes), .copied = device_->make_mark()};
  buffer_bytes_ = bytes;
}

void Uploader::upload(void* device, const void* host, int64_t bytes) {
  // The buffers' size is a multiple of this, so that a series of small constants does not enlarge them each time.
  constexpr int64_t kStep = int64_t{64} << 10;
  const std::lock_guard lock(mutex_);
  make_buffers(std::min((bytes + kStep - 1) / kStep * kStep, device_->costs().copy.upload_bytes));
  auto* const to = static_cast<std::byte*>(device);
  const auto* const from = static_cast<const std::byte*>(host);
  size_t turn = 0;
  for (int64_t start = 0; start < bytes; start += buffer_bytes_, turn ^= 1) {
    Buffer& buffer = buffers_[turn];
    const int64_t count = std::min(buffer_bytes_, bytes - start);
    if (buffer.in_use) buffer.copied->wait();
    std::memcpy(buffer.memory.get(), from + start, static_cast<size_t>(count));
    stream_->copy_in(to + start, buffer.memory.get(), count);
    buffer.copied->set(*stream_);
    buffer.in_use = true;
  }
  stream_->synchronize();
  for (Buffer& buffer : buffers_) buffer.in_use = false;
}

void Uploader::trim() {
  const std::lock_guard lock(mutex_);
  buffers_ = {}, buffer_bytes_ = 0;
  stream_.reset();
}

int64_t Uploader::bytes() const {
  const std::lock_guard lock(mutex_);
  return 2 * buffer_bytes_;
}

}  // namespace keraunos::host
