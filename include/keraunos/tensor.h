// Tensors: an owner (Tensor) and two views (TensorView to read, MutableView to write). Always dense and row-major.
#pragma once

#include <array>
#include <concepts>
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

namespace keraunos {

/// Where memory lies and models run.
struct KERAUNOS_API Device {
  enum Kind : uint8_t { cpu, cuda } kind = cpu;
  int index = 0;

  /// A CUDA device where there is one, else the CPU.
  static Device automatic();
  /// "cpu", "cuda:0".
  std::string to_string() const;
  friend bool operator==(const Device&, const Device&) = default;
};

/// Extents of a tensor, by value (a span would dangle). At most kMaxRank of them, each at least 0.
class KERAUNOS_API Dims {
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
  friend KERAUNOS_API bool operator==(const Dims& a, const Dims& b) noexcept;

 private:
  int rank_ = 0;
  std::array<int64_t, kMaxRank> size_{};
};

/// A range whose elements outlive the expression that names it: an lvalue, or a view such as std::span.
template <class R>
concept Viewable = std::ranges::contiguous_range<R> && std::ranges::borrowed_range<R>;
template <class R>
concept ViewableTexts = Viewable<R> && std::same_as<std::ranges::range_value_t<R>, std::string>;

/// Reads the caller's memory, which must outlive the view. Need not be aligned.
struct KERAUNOS_API TensorView {
  /// Any contiguous range: std::vector<float>, std::span<const int32_t>, std::vector<std::string_view>, … A temporary vector does
  /// not compile. UsageError when its size is not the product of `shape`.
  template <Viewable R>
  requires(!ViewableTexts<R>) TensorView(R&& values, Dims shape)
      : data(std::ranges::data(values)), dtype(dtype_of<std::ranges::range_value_t<R>>()), dims(std::move(shape)) {
    check_size(static_cast<int64_t>(std::ranges::size(values)));
  }
  /// Texts: the view owns an array of std::string_view that refer to them.
  template <ViewableTexts R>
  TensorView(R&& texts, Dims shape) : data(nullptr), dtype(DType::string), dims(std::move(shape)), texts_(views_of(texts)) {
    data = texts_->data();
    check_size(static_cast<int64_t>(texts_->size()));
  }
  TensorView(const void* memory, DType type, Dims shape, Device device = {})
      : data(memory), dtype(type), dims(std::move(shape)), where(device) {}

  int64_t bytes() const noexcept { return dims.elements() * size_of(dtype); }

  const void* data;  ///< for DType::string an array of std::string_view
  DType dtype;
  Dims dims;
  Device where{};

 private:
  static std::shared_ptr<const std::vector<std::string_view>> views_of(std::span<const std::string> texts);
  void check_size(int64_t elements) const;

  std::shared_ptr<const std::vector<std::string_view>> texts_{};
};

/// The caller's memory for a result.
struct MutableView {
  void* data = nullptr;
  DType dtype = DType::float32;
  Dims dims{};
  Device where{};
  int64_t bytes() const noexcept { return dims.elements() * size_of(dtype); }
};

/// Owns elements in memory of the CPU, 64-byte aligned; move-only, so that no copy is made by accident (clone() makes one).
class KERAUNOS_API Tensor {
 public:
  Tensor() = default;
  /// Elements are not initialised (strings are empty). DeviceError when memory cannot be had.
  Tensor(DType type, Dims shape);
  Tensor(Tensor&&) noexcept;
  Tensor& operator=(Tensor&&) noexcept;
  ~Tensor();

  /// A tensor of strings, which are copied. UsageError when their number is not the product of `shape`.
  [[nodiscard]] static Tensor strings(std::span<const std::string> values, const Dims& shape);
  /// A copy of a view's elements; characters of strings are copied too.
  [[nodiscard]] static Tensor copy_of(const TensorView& view);
  /// Memory that others allocated, kept alive by `memory`; for numbers at least bytes() of it, aligned for `type`.
  [[nodiscard]] static Tensor adopted(std::shared_ptr<void> memory, DType type, const Dims& shape);
  /// The same memory under another shape of as many elements; keeps `source` alive.
  [[nodiscard]] static std::shared_ptr<const Tensor> reshaped(const std::shared_ptr<const Tensor>& source, const Dims& shape);

  operator TensorView() const& noexcept { return {data_, dtype_, dims_}; }
  operator TensorView() const&& = delete;  ///< the view would outlive the tensor
  [[nodiscard]] Tensor clone() const;

  DType dtype() const noexcept { return dtype_; }
  const Dims& dims() const noexcept { return dims_; }
  int64_t bytes() const noexcept { return dims_.elements() * size_of(dtype_); }
  const void* data() const noexcept { return data_; }
  void* data() noexcept { return data_; }
  MutableView mutable_view() noexcept { return {data_, dtype_, dims_}; }

  /// The elements. UsageError when T is not the dtype.
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
  std::shared_ptr<void> owner_;  // frees data_; for strings it also holds the characters
};

/// Named tensors in the model's order, found by position and by name.
class KERAUNOS_API Named {
 public:
  using Entry = std::pair<std::string, Tensor>;

  size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }
  auto begin() noexcept { return entries_.begin(); }
  auto end() noexcept { return entries_.end(); }
  const Entry& operator[](size_t index) const noexcept { return entries_[index]; }
  Entry& operator[](size_t index) noexcept { return entries_[index]; }

  /// By position. UsageError when there are fewer.
  const Entry& at(size_t index) const;
  /// By name. UsageError lists the names there are.
  const Tensor& operator[](std::string_view name) const&;
  Tensor operator[](std::string_view name) &&;
  /// nullptr when there is none of this name.
  const Tensor* find(std::string_view name) const noexcept;

  void reserve(size_t count) { entries_.reserve(count); }
  void emplace_back(std::string name, Tensor tensor) { entries_.emplace_back(std::move(name), std::move(tensor)); }

 private:
  std::vector<Entry> entries_;
};
using NamedViews = std::vector<std::pair<std::string, TensorView>>;

}  // namespace keraunos
