// Copies and fills. A copy from or to pinned memory happens late; for pageable memory the policy decides when an asynchronous
// copy happens.
#include <cstring>

#include "standin/runtime/state.h"

using namespace standin;

namespace {

struct Copy {
  std::byte* to;
  const std::byte* from;
  size_t to_pitch, from_pitch, width, height;
  cudaMemcpyKind kind;

  Range written() const { return {to, height == 0 || width == 0 ? 0 : (height - 1) * to_pitch + width}; }
  Range read() const { return {from, height == 0 || width == 0 ? 0 : (height - 1) * from_pitch + width}; }
  bool from_device() const { return kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice; }
  bool to_device() const { return kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice; }
};

void move_bytes(const Copy& c) {
  if (c.height == 1) {
    std::memcpy(c.to, c.from, c.width);
  } else {
    for (size_t row = 0; row < c.height; ++row) std::memcpy(c.to + row * c.to_pitch, c.from + row * c.from_pitch, c.width);
  }
}

void count(Counters& counters, const Copy& c) {
  const uint64_t bytes = c.width * c.height;
  if (!c.from_device())
    ++counters.copies_to_device, counters.bytes_to_device += bytes;
  else if (!c.to_device())
    ++counters.copies_to_host, counters.bytes_to_host += bytes;
  else
    ++counters.copies_on_device, counters.bytes_on_device += bytes;
}

bool is_pinned(const Runtime& r, const Range& range) { return !r.memory.in_region(range.data) && r.is_live(range); }

/// Checks one side of a copy: device memory must be live, and host memory must not be device memory.
cudaError_t check_side(Runtime& r, const Range& range, bool on_device, const char* side) {
  if (range.bytes == 0) return cudaSuccess;
  if (on_device ? r.memory.holds(range.data, range.bytes) : !r.memory.in_region(range.data)) return cudaSuccess;
  return r.refuse(cudaErrorInvalidValue, std::string("a copy of ") + std::to_string(range.bytes) + " bytes " + side + " " +
                                             (on_device ? "" : "the host names ") + r.memory.describe(range.data));
}

cudaError_t check_copy(Runtime& r, Copy& c) {
  if (c.kind == cudaMemcpyDefault) {
    const bool from = r.memory.in_region(c.from), to = r.memory.in_region(c.to);
    c.kind =
        from ? (to ? cudaMemcpyDeviceToDevice : cudaMemcpyDeviceToHost) : (to ? cudaMemcpyHostToDevice : cudaMemcpyHostToHost);
  }
  if (c.kind < cudaMemcpyHostToHost || c.kind > cudaMemcpyDeviceToDevice) {
    return r.refuse(cudaErrorInvalidMemcpyDirection, "a copy has no direction");
  }
  if (c.height > 1 && (c.to_pitch < c.width || c.from_pitch < c.width))
    return r.refuse(cudaErrorInvalidPitchValue, "a pitch is less than the width");
  if (const cudaError_t status = check_side(r, c.written(), c.to_device(), "to"); status != cudaSuccess) return status;
  return check_side(r, c.read(), c.from_device(), "from");
}

/// Keeps a copy of the source's bytes, as staging does.
std::shared_ptr<std::vector<std::byte>> stage(Copy& c) {
  auto staged = std::make_shared<std::vector<std::byte>>(c.width * c.height);
  Copy to_stage = c;
  to_stage.to = staged->data();
  to_stage.to_pitch = c.width;
  move_bytes(to_stage);
  c.from = staged->data();
  c.from_pitch = c.width;
  return staged;
}

cudaError_t enqueue_copy(Copy c, cudaStream_t stream) {
  return call([&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = r.check(stream); status != cudaSuccess) return status;
    if (const cudaError_t status = check_copy(r, c); status != cudaSuccess) return status;
    if (c.width * c.height == 0) return cudaSuccess;
    const bool from_pageable = !c.from_device() && !is_pinned(r, c.read()),
               to_pageable = !c.to_device() && !is_pinned(r, c.written());
    const bool capturing = stream->capture != nullptr;
    Work work{Work::device, "a copy of " + std::to_string(c.width * c.height) + " bytes", {}, {}};
    if (!to_pageable) work.ranges.push_back(c.written());
    if (!from_pageable) work.ranges.push_back(c.read());
    std::shared_ptr<std::vector<std::byte>> staged;
    if (from_pageable && !capturing && r.policy.staging == Policy::Staging::at_once) staged = stage(c);
    work.run = [c, staged](Lane&) {
      move_bytes(c);
      count(runtime().counters, c);
    };
    const cudaError_t status = r.enqueue(stream, std::move(work));
    if (status == cudaSuccess && !capturing && (from_pageable || to_pageable) && r.policy.staging == Policy::Staging::blocking) {
      r.run_until(stream->last);
    }
    return status;
  });
}

/// Calls of the legacy default stream wait for blocking streams only.
void wait_for_blocking_streams(Runtime& r) {
  for (const cudaStream_t stream : r.streams) {
    if (stream->blocking) r.run_until(stream->last);
  }
}

cudaError_t copy_now(Copy c) {
  return unsafe_call("cudaMemcpy", [&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = check_copy(r, c); status != cudaSuccess) return status;
    wait_for_blocking_streams(r);
    ++r.counters.synchronisations;
    r.memory.open();
    if (c.width * c.height != 0) move_bytes(c);
    r.memory.close();
    count(r.counters, c);
    return r.take_fault();
  });
}

Work fill_work(void* memory, int value, size_t bytes) {
  return {Work::device,
          "a fill of " + std::to_string(bytes) + " bytes",
          [=](Lane&) { std::memset(memory, value, bytes); },
          {{memory, bytes}}};
}

}  // namespace

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  return enqueue_copy({static_cast<std::byte*>(to), static_cast<const std::byte*>(from), bytes, bytes, bytes, 1, kind}, stream);
}
cudaError_t cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t height,
                              cudaMemcpyKind kind, cudaStream_t stream) {
  return enqueue_copy(
      {static_cast<std::byte*>(to), static_cast<const std::byte*>(from), to_pitch, from_pitch, width, height, kind}, stream);
}
cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  return copy_now({static_cast<std::byte*>(to), static_cast<const std::byte*>(from), bytes, bytes, bytes, 1, kind});
}

cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t stream) {
  return call([&](Runtime& r) -> cudaError_t {
    if (bytes == 0) return r.check(stream);
    if (const cudaError_t status = check_side(r, {memory, bytes}, true, "to"); status != cudaSuccess) return status;
    return r.enqueue(stream, fill_work(memory, value, bytes));
  });
}
