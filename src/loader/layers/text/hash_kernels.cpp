#include "loader/layers/text/hash_kernels.h"

namespace keraunos::loader::text {
namespace {

template <class T>
std::span<const T> elements(const TensorView& view) {
  return {static_cast<const T*>(view.data), static_cast<size_t>(view.dims.elements())};
}

class BucketKernel final : public Kernel {
 public:
  explicit BucketKernel(const Buckets& buckets) : buckets_(buckets) {}
  std::string name() const override { return "hash"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    return std::vector<TensorType>{{DType::int64, inputs[0].dims}};
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    auto* to = static_cast<int64_t*>(outputs[0].data);
    if (inputs[0].dtype == DType::string) {
      for (std::string_view token : elements<std::string_view>(inputs[0])) *to++ = masked_bucket_of(token);
      return;
    }
    for (int64_t number : elements<int64_t>(inputs[0])) *to++ = bucket_of(std::to_string(number));
  }
  bool rows_are_local() const override { return true; }
  std::string parameters() const override {
    std::string text = std::to_string(buckets_.count);
    if (buckets_.salt) text += ' ' + std::to_string((*buckets_.salt)[0]) + ' ' + std::to_string((*buckets_.salt)[1]);
    return buckets_.mask ? text + " \"" + *buckets_.mask : text;
  }

 private:
  int64_t masked_bucket_of(std::string_view token) const {
    if (!buckets_.mask) return bucket_of(token);
    return token == *buckets_.mask ? 0 : bucket_of(token) + 1;
  }
  int64_t bucket_of(std::string_view token) const {
    const uint64_t hash = buckets_.salt ? siphash24(token, *buckets_.salt) : fingerprint64(token);
    return static_cast<int64_t>(hash % buckets_.count);
  }

  Buckets buckets_;
};

class CrossingKernel final : public Kernel {
 public:
  explicit CrossingKernel(uint64_t buckets) : buckets_(buckets) {}
  std::string name() const override { return "hashed crossing"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    return std::vector<TensorType>{{DType::int64, inputs[0].dims}};
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    constexpr uint64_t kFirst = 0xdecafcaffe;  // TensorFlow's default key
    const std::span<int64_t> to(static_cast<int64_t*>(outputs[0].data), static_cast<size_t>(inputs[0].dims.elements()));
    for (size_t i = 0; i < to.size(); ++i) {
      uint64_t hash = kFirst;
      for (const TensorView& input : inputs) hash = joined_fingerprint(hash, feature(input, i));
      to[i] = static_cast<int64_t>(hash % buckets_);
    }
  }
  bool rows_are_local() const override { return true; }
  std::string parameters() const override { return std::to_string(buckets_); }

 private:
  // A number is its own hash.
  static uint64_t feature(const TensorView& input, size_t index) {
    if (input.dtype == DType::string) return fingerprint64(elements<std::string_view>(input)[index]);
    return static_cast<uint64_t>(elements<int64_t>(input)[index]);
  }

  uint64_t buckets_;
};

}  // namespace

std::shared_ptr<const Kernel> bucket_kernel(const Buckets& buckets) { return std::make_shared<const BucketKernel>(buckets); }
std::shared_ptr<const Kernel> crossing_kernel(uint64_t buckets) { return std::make_shared<const CrossingKernel>(buckets); }

}  // namespace keraunos::loader::text
