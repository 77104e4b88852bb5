#include "host/run/stage.h"

#include <algorithm>
#include <cstring>

#include "host/run/convert.h"

namespace keraunos::host {
namespace {

// A range divided into shares; `work` takes a begin and an end.
template <class Work>
struct Shares {
  int64_t begin, end, size;
  const Work& work;
  int64_t count() const { return (end - begin + size - 1) / size; }
  void run(int64_t share) const { work(begin + share * size, std::min(end, begin + (share + 1) * size)); }
};

template <class Work>
void share_out(const DeviceRuntime& threads, int64_t begin, int64_t end, int64_t size, const Work& work) {
  const Shares<Work> shares{begin, end, size, work};
  threads.share_out(shares.count(),
                    [&shares](int64_t share) { shares.run(share); });  // a capture that fits into the function: no heap
}

}  // namespace

Staging::Staging(const TensorView& view, int64_t rows, DType type, std::byte* to) : view_(view), type_(type), to_(to) {
  if (view.bytes() == 0) return;
  const int64_t planned = view.dims.rank() == 0 ? 1 : view.dims[0];
  all_ = view.dims.elements(), row_elements_ = all_ / planned, there_ = std::min(rows, planned) * row_elements_;
}

void Staging::copy(int64_t begin, int64_t end) const {
  const int64_t size = size_of(type_);
  const auto* from = static_cast<const std::byte*>(view_.data) + begin * size_of(view_.dtype);
  if (type_ == view_.dtype)
    std::memcpy(to_ + begin * size, from, static_cast<size_t>((end - begin) * size));
  else
    convert(from, view_.dtype, to_ + begin * size, type_, end - begin);
}

void Staging::repeat_last_row(int64_t begin) const {
  const auto bytes = static_cast<size_t>(row_elements_ * size_of(type_));
  for (std::byte* row = to_ + begin * size_of(type_); begin < all_; begin += row_elements_, row += bytes)
    std::memcpy(row, row - bytes, bytes);
}

Staging::Slice Staging::next(const DeviceRuntime& threads) {
  const int64_t size = size_of(type_), begin = done_;
  if (done_ < there_) {
    done_ = std::min(there_, done_ + std::max<int64_t>(threads.costs().copy.slice_bytes / size, 1));
    if (!is_shared_copy((done_ - begin) * size, threads))
      copy(begin, done_);
    else
      share_out(threads, begin, done_, threads.costs().copy.share_bytes / size,
                [this](int64_t from, int64_t to) { copy(from, to); });
  } else if (done_ < all_) {
    repeat_last_row(begin);
    done_ = all_;
  }
  return {begin * size, done_ * size};
}

void Staging::finish(const DeviceRuntime& threads) {
  while (!next(threads).empty()) {
  }
}

void copy_by_threads(void* to, const void* from, int64_t bytes, const DeviceRuntime& threads) {
  if (!is_shared_copy(bytes, threads)) {
    if (bytes > 0) std::memcpy(to, from, static_cast<size_t>(bytes));
    return;
  }
  share_out(threads, 0, bytes, threads.costs().copy.share_bytes, [&](int64_t begin, int64_t end) {
    std::memcpy(static_cast<std::byte*>(to) + begin, static_cast<const std::byte*>(from) + begin,
                static_cast<size_t>(end - begin));
  });
}

}  // namespace keraunos::host
