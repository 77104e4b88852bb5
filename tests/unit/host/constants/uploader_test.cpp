// Uploads with a device that copies as late as permitted, so that data which was overwritten too early is detected.
#include "host/constants/uploader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "host/api/host_memory.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

struct Counts {
  int streams = 0, stagings = 0;
  int64_t most_staged = 0;
};

class LateStream final : public Stream {
 public:
  void copy_in(void* device, const void* host, int64_t bytes) override {
    waiting_.push_back([=] { std::memcpy(device, host, static_cast<size_t>(bytes)); });
  }
  void run(size_t count) {
    for (size_t i = 0; i < count; ++i) waiting_[i]();
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    done_ += count;
  }
  size_t enqueued() const { return done_ + waiting_.size(); }
  size_t done() const { return done_; }
  void synchronize() override { run(waiting_.size()); }
  void copy_out(void*, const void*, int64_t) override { unexpected(); }
  void copy(void*, const void*, int64_t) override { unexpected(); }
  void fill_zero(void*, int64_t) override { unexpected(); }
  void fill_invalid(void*, int64_t) override { unexpected(); }
  void host(std::function<void()>) override { unexpected(); }
  std::unique_ptr<Recording> record(const std::function<void()>&) override { return nullptr; }

 private:
  static void unexpected() { throw InternalError("an upload copies in, and nothing else"); }
  std::vector<std::function<void()>> waiting_;
  size_t done_ = 0;
};

// Waits only for work that was enqueued before it.
class LateMark final : public Mark {
 public:
  void set(Stream& stream) override { stream_ = &static_cast<LateStream&>(stream), until_ = stream_->enqueued(); }
  void wait() override {
    if (stream_ != nullptr && until_ > stream_->done()) stream_->run(until_ - stream_->done());
  }

 private:
  LateStream* stream_ = nullptr;
  size_t until_ = 0;
};

class LateDevice final : public DeviceRuntime {
 public:
  explicit LateDevice(Counts& counts) : counts_(counts) {}
  keraunos::Device id() const override { return {}; }
  std::string name() const override { return "late"; }
  bool shares_host_memory() const override { return false; }
  const DeviceCosts& costs() const noexcept override { return costs_; }
  std::shared_ptr<void> allocate(int64_t bytes) override { return allocate_aligned(bytes, 64); }
  std::shared_ptr<void> allocate_staging(int64_t bytes) override {
    ++counts_.stagings;
    counts_.most_staged = std::max(counts_.most_staged, bytes);
    return allocate_aligned(bytes, 64);
  }
  std::unique_ptr<Stream> make_stream() override {
    ++counts_.streams;
    return std::make_unique<LateStream>();
  }
  std::unique_ptr<Stream> wrap_stream(CUstream_st*) override { return nullptr; }
  std::unique_ptr<Mark> make_mark() override { return std::make_unique<LateMark>(); }
  Verdict accepts(const Graph&, const Node&) const override { return {}; }
  std::unique_ptr<Step> prepare(const Graph&, const Node&, Constants&) override { return nullptr; }

 private:
  Counts& counts_;
  const DeviceCosts costs_{.copy = {.upload_bytes = int64_t{4} << 20}};
};

TEST(Uploader, CopiesAnySizeThroughTwoBuffersOnOneStream) {
  Counts counts;
  Uploader uploader(std::make_shared<LateDevice>(counts));
  for (const size_t bytes : {size_t{1}, size_t{100'000}, size_t{21'000'001}, size_t{0}, size_t{8} << 20}) {
    std::vector<uint32_t> from(bytes / 4 + 1);
    std::iota(from.begin(), from.end(), 1u);
    std::vector<uint32_t> to(from.size());
    uploader.upload(to.data(), from.data(), static_cast<int64_t>(bytes));
    EXPECT_EQ(std::memcmp(to.data(), from.data(), bytes), 0) << bytes;
  }
  EXPECT_EQ(counts.streams, 1);
  EXPECT_EQ(counts.most_staged, int64_t{4} << 20);
  EXPECT_EQ(counts.stagings, 6) << "they grow twice";
  EXPECT_EQ(uploader.bytes(), int64_t{8} << 20);
  uploader.trim();
  EXPECT_EQ(uploader.bytes(), 0);
}

}  // namespace
}  // namespace keraunos::host
