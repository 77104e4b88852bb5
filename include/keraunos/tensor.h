// Tensors: an owner (Tensor) and two views (TensorView to read, MutableView to write). Always dense and row-major.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keraunos/dtype.h"

struct DLManagedTensorVersioned;

namespace keraunos {

/// Where memory lies and models run.
struct Device {
  enum Kind : uint8_t { cpu, cuda } kind = cpu;
  int index = 0;

  /// A CUDA device where there is one, else the CPU.
  static Device automatic();
  /// "cpu", "cuda:0".
  std::string to_string() const;
  friend bool operator==(const Device&, const Device&) = default;
};

/// Extents of a tensor, by value (a span would dangle). At most kMaxRank of them, each at least 0.
class Dims {
 public:
  static constexpr int kMaxRank = 8;

  Dims() = default;
  Dims(std::initializer_list<int64_t> sizes) : Dims(std::span<const int64_t>(sizes.begin(), sizes.size())) {}
  /// UsageError when the rank is above kMaxRank, an extent is negative or the product overflows.
  explicit Dims(std::span<const int64_t> sizes);

  int rank() const noexcept { return rank_; }
  int64_t operator[](int axis) const noexcept { return size_[static_cast<size_t>(axis)]; }
  int64_t back() const noexcept { return size_[static_cast<size_t>(rank_ - 1)]; }
  /// Number of elements: 1 for rank 0.
  int64_t elements() const noexcept;
  std::span<const int64_t> span() const noexcept { return {size_.data(), static_cast<size_t>(rank_)}; }
  auto begin() const noexcept { return span().begin(); }
  auto end() const noexcept { return span().end(); }
  /// "(2, 3)".
  std::string to_string() const;
  friend bool operator==(const Dims& a, const Dims& b) noexcept;

 private:
  int rank_ = 0;
  std::array<int64_t, kMaxRank> size_{};
};

/// Reads the caller's memory, which must outlive the call it is given to. Need not be aligned.
struct TensorView {
  /// Any contiguous range: std::vector<float>, std::span<const int32_t>, std::vector<std::string_view>, … UsageError when its
  /// size is not the product of `shape`.
  template <std::ranges::contiguous_range R>
  TensorView(const R& values, Dims shape)
      : data(std::ranges::data(values)), dtype(dtype_of<std::ranges::range_value_t<R>>()), dims(std::move(shape)) {
    check_size(static_cast<int64_t>(std::ranges::size(values)));
  }
  TensorView(const void* memory, DType type, Dims shape, Device device = {})
      : data(memory), dtype(type), dims(std::move(shape)), where(device) {}

  int64_t bytes() const noexcept { return dims.elements() * size_of(dtype); }

  const void* data;  ///< for DType::string an array of std::string_view
  DType dtype;
  Dims dims;
  Device where{};

 private:
  void check_size(int64_t elements) const;
};

/// Memory of the caller's that a result is written into.
struct MutableView {
  void* data = nullptr;
  DType dtype = DType::float32;
  Dims dims{};
  Device where{};
  int64_t bytes() const noexcept { return dims.elements() * size_of(dtype); }
};

/// Owns its elements; move-only, so that no copy is made by accident (clone() makes one). Memory on the CPU is 64-byte aligned.
class Tensor {
 public:
  Tensor() = default;
  /// Elements are not initialised (strings are empty). DeviceError when memory cannot be had.
  Tensor(DType type, Dims shape, Device device = {});
  Tensor(Tensor&&) noexcept;
  Tensor& operator=(Tensor&&) noexcept;
  ~Tensor();

  /// A tensor of strings, which are copied. UsageError when their number is not the product of `shape`.
  static Tensor strings(std::span<const std::string> values, const Dims& shape);
  /// A copy of what a view shows; characters of strings are copied too.
  static Tensor copy_of(const TensorView& view);
  /// The same memory under another shape of as many elements; keeps `source` alive.
  static std::shared_ptr<const Tensor> reshaped(std::shared_ptr<const Tensor> source, const Dims& shape);

  operator TensorView() const noexcept { return {data_, dtype_, dims_, where_}; }
  Tensor clone() const;
  /// A copy on another device.
  Tensor to(Device device) const;

  DType dtype() const noexcept { return dtype_; }
  const Dims& dims() const noexcept { return dims_; }
  Device device() const noexcept { return where_; }
  int64_t bytes() const noexcept { return dims_.elements() * size_of(dtype_); }
  const void* data() const noexcept { return data_; }
  void* data() noexcept { return data_; }
  MutableView mutable_view() noexcept { return {data_, dtype_, dims_, where_}; }

  /// The elements. UsageError when T is not the dtype or the tensor is not on the CPU.
  template <class T>
  std::span<const T> values() const {
    check_type(dtype_of<T>());
    return {static_cast<const T*>(data_), static_cast<size_t>(dims_.elements())};
  }
  template <class T>
  std::span<T> mutable_values() {
    check_type(dtype_of<T>());
    return {static_cast<T*>(data_), static_cast<size_t>(dims_.elements())};
  }
  /// One element of a string tensor, by its flat index.
  std::string_view string(int64_t index) const { return values<std::string_view>()[static_cast<size_t>(index)]; }

 private:
  void check_type(DType asked) const;

  void* data_ = nullptr;
  DType dtype_ = DType::float32;
  Dims dims_{std::initializer_list<int64_t>{0}};
  Device where_{};
  std::shared_ptr<void> owner_;  // frees data_; for strings it also holds the characters
};

/// Named tensors in the model's order.
using Named = std::vector<std::pair<std::string, Tensor>>;
using NamedViews = std::vector<std::pair<std::string, TensorView>>;

}  // namespace keraunos
