// Bodies of tensor.h for memory on the CPU. A tensor of strings holds an array of views and, behind it, the characters.
#include "keraunos/tensor.h"

#include <cstring>
#include <limits>
#include <new>

#include "host/api/host_memory.h"
#include "keraunos/error.h"

namespace keraunos {
namespace {

std::shared_ptr<void> allocate(int64_t bytes) { return host::allocate_aligned(bytes, 64); }

// Characters of all strings in one block behind the array of views: one allocation, one owner.
template <class Strings>
std::shared_ptr<void> pack_strings(const Strings& values, int64_t count) {
  int64_t characters = 0;
  for (int64_t i = 0; i < count; ++i) characters += static_cast<int64_t>(std::string_view(values[static_cast<size_t>(i)]).size());
  const int64_t table = count * static_cast<int64_t>(sizeof(std::string_view));
  auto block = allocate(table + characters);
  auto* views = static_cast<std::string_view*>(block.get());
  char* next = static_cast<char*>(block.get()) + table;
  for (int64_t i = 0; i < count; ++i) {
    const std::string_view text(values[static_cast<size_t>(i)]);
    if (!text.empty()) std::memcpy(next, text.data(), text.size());
    new (views + i) std::string_view(next, text.size());
    next += text.size();
  }
  return block;
}

}  // namespace

std::string_view name_of(DType type) noexcept {
  constexpr std::string_view names[] = {"float32", "float64", "float16", "bfloat16", "int8",   "uint8", "int16",
                                        "uint16",  "int32",   "uint32",  "int64",    "uint64", "bool",  "string"};
  return names[static_cast<size_t>(type)];
}

std::string Device::to_string() const { return kind == cpu ? "cpu" : "cuda:" + std::to_string(index); }

Dims::Dims(std::span<const int64_t> sizes) {
  if (sizes.size() > kMaxRank) {
    throw UsageError("a tensor has at most " + std::to_string(kMaxRank) + " dimensions, found " + std::to_string(sizes.size()));
  }
  int64_t product = 1;
  for (int64_t size : sizes) {
    if (size < 0) throw UsageError("a dimension cannot be negative, found " + std::to_string(size));
    if (__builtin_mul_overflow(product, size == 0 ? 1 : size, &product) || product > std::numeric_limits<int64_t>::max() / 16) {
      throw UsageError("the product of a tensor's dimensions overflows");
    }
    size_[static_cast<size_t>(rank_++)] = size;
  }
}

int64_t Dims::elements() const noexcept {
  int64_t product = 1;
  for (int64_t size : span()) product *= size;
  return product;
}

std::string Dims::to_string() const {
  std::string text = "(";
  for (int axis = 0; axis < rank_; ++axis) text += (axis ? ", " : "") + std::to_string((*this)[axis]);
  return text + (rank_ == 1 ? ",)" : ")");
}

bool operator==(const Dims& a, const Dims& b) noexcept { return a.rank_ == b.rank_ && a.size_ == b.size_; }

void TensorView::check_size(int64_t elements) const {
  if (elements == dims.elements()) return;
  throw UsageError("a view of shape " + dims.to_string() + " needs " + std::to_string(dims.elements()) + " elements, found " +
                   std::to_string(elements));
}

std::shared_ptr<const std::vector<std::string_view>> TensorView::views_of(std::span<const std::string> texts) {
  return std::make_shared<const std::vector<std::string_view>>(texts.begin(), texts.end());
}

Tensor::Tensor(DType type, Dims shape) : dtype_(type), dims_(std::move(shape)) {
  owner_ = allocate(bytes());
  data_ = owner_.get();
  if (type == DType::string) std::uninitialized_default_construct_n(static_cast<std::string_view*>(data_), dims_.elements());
}

Tensor::Tensor(Tensor&& other) noexcept { *this = std::move(other); }

Tensor& Tensor::operator=(Tensor&& other) noexcept {
  data_ = std::exchange(other.data_, nullptr);
  dtype_ = other.dtype_;
  dims_ = std::exchange(other.dims_, Dims{0});
  owner_ = std::move(other.owner_);
  return *this;
}

Tensor::~Tensor() = default;

Tensor Tensor::strings(std::span<const std::string> values, const Dims& shape) {
  if (static_cast<int64_t>(values.size()) != shape.elements()) {
    throw UsageError("a tensor of shape " + shape.to_string() + " needs " + std::to_string(shape.elements()) +
                     " strings, found " + std::to_string(values.size()));
  }
  Tensor result;
  result.dtype_ = DType::string;
  result.dims_ = shape;
  result.owner_ = pack_strings(values, shape.elements());
  result.data_ = result.owner_.get();
  return result;
}

Tensor Tensor::adopted(std::shared_ptr<void> memory, DType type, const Dims& shape) {
  if (type == DType::string) throw UsageError("Tensor::adopted takes numbers only; Tensor::strings makes a tensor of texts");
  Tensor result;
  result.dtype_ = type;
  result.dims_ = shape;
  result.owner_ = std::move(memory);
  result.data_ = result.owner_.get();
  return result;
}

Tensor Tensor::copy_of(const TensorView& view) {
  if (view.where.kind != Device::cpu) throw UsageError("Tensor::copy_of reads memory of the CPU only");
  if (view.dtype != DType::string) {
    Tensor result(view.dtype, view.dims);
    if (view.bytes() > 0) std::memcpy(result.data_, view.data, static_cast<size_t>(view.bytes()));
    return result;
  }
  Tensor result;
  result.dtype_ = DType::string;
  result.dims_ = view.dims;
  result.owner_ = pack_strings(static_cast<const std::string_view*>(view.data), view.dims.elements());
  result.data_ = result.owner_.get();
  return result;
}

std::shared_ptr<const Tensor> Tensor::reshaped(const std::shared_ptr<const Tensor>& source, const Dims& shape) {
  if (source->dims_.elements() != shape.elements()) {
    throw UsageError("a tensor of shape " + source->dims_.to_string() + " cannot be viewed as " + shape.to_string());
  }
  auto result = std::make_shared<Tensor>();
  result->data_ = source->data_;
  result->dtype_ = source->dtype_;
  result->dims_ = shape;
  result->owner_ = std::const_pointer_cast<Tensor>(source);
  return result;
}

Tensor Tensor::clone() const { return copy_of(*this); }

void Tensor::check_type(DType asked) const {
  if (asked == dtype_) return;
  throw UsageError("this tensor holds " + std::string(name_of(dtype_)) + ", but its values were asked for as " +
                   std::string(name_of(asked)));
}

const Tensor* Named::find(std::string_view name) const noexcept {
  for (const auto& [own, tensor] : entries_) {
    if (own == name) return &tensor;
  }
  return nullptr;
}

const Named::Entry& Named::at(size_t index) const {
  if (index < entries_.size()) return entries_[index];
  throw UsageError("there is no tensor " + std::to_string(index) + " here; there are " + std::to_string(entries_.size()));
}

const Tensor& Named::operator[](std::string_view name) const& {
  if (const Tensor* tensor = find(name)) return *tensor;
  std::string names;
  for (const Entry& entry : entries_) names += (names.empty() ? "\"" : ", \"") + entry.first + '"';
  throw UsageError("there is no tensor \"" + std::string(name) + "\" here; there are " + (names.empty() ? "none" : names));
}

Tensor Named::operator[](std::string_view name) && { return std::move(const_cast<Tensor&>(std::as_const(*this)[name])); }

}  // namespace keraunos
