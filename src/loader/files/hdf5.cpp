// Code shared by both readers: choice of the reader, attributes that Keras split, tensors.
#include "loader/files/hdf5.h"

#include <algorithm>
#include <array>

#include "keraunos/error.h"
#include "keraunos/model.h"
#include "loader/files/budget.h"
#include "loader/files/hdf5_backend.h"

namespace keraunos::files {

bool is_hdf5(const ByteSource& source) {
  constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
  for (int64_t offset = 0; offset + 8 <= source.size(); offset = offset == 0 ? 512 : 2 * offset) {
    std::array<char, 8> start{};
    source.read(offset, std::as_writable_bytes(std::span(start)));
    if (std::string_view(start.data(), start.size()) == kSignature) return true;
  }
  return false;
}

std::string describe_hdf5(std::string_view path, const std::string& file) {
  return "'" + std::string(path.starts_with('/') ? "" : "/") + std::string(path) + "' of '" + file + "'";
}

std::vector<std::string> components_of(std::string_view path) {
  std::vector<std::string> parts;
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    if (end > start) parts.emplace_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

Hdf5File::Hdf5File(SharedBytes source) : Hdf5File(std::move(source), Hdf5Reader::strict) {}
Hdf5File::Hdf5File(SharedBytes source, Hdf5Reader reader) : source_(std::move(source)) {
  if (!is_hdf5(*source_)) throw ModelError("'" + source_->name() + "' is no HDF5 file");
  backend_ = reader == Hdf5Reader::library ? open_library_hdf5(source_) : open_strict_hdf5(source_);
}
Hdf5File::~Hdf5File() = default;
Hdf5File::Hdf5File(Hdf5File&&) noexcept = default;
Hdf5File& Hdf5File::operator=(Hdf5File&&) noexcept = default;

const SharedBytes& Hdf5File::source() const noexcept { return source_; }
const std::string& Hdf5File::name() const noexcept { return source_->name(); }
Hdf5File::Kind Hdf5File::kind(std::string_view path) const { return backend_->kind(path); }
std::vector<std::string> Hdf5File::children(std::string_view path) const { return backend_->children(path); }
std::vector<std::string> Hdf5File::datasets(std::string_view path) const { return backend_->datasets(path); }
std::vector<std::string> Hdf5File::attribute_names(std::string_view path) const { return backend_->attribute_names(path); }
Hdf5File::Dataset Hdf5File::dataset(std::string_view path) const { return backend_->dataset(path); }

std::optional<std::vector<std::string>> Hdf5File::attribute_strings(std::string_view path, std::string_view name) const {
  const std::string base(name);
  if (auto whole = backend_->strings(path, base)) return whole;
  std::optional<std::vector<std::string>> joined;
  for (int part = 0;; ++part) {
    auto strings = backend_->strings(path, base + std::to_string(part));
    if (!strings) return joined;
    if (!joined) joined.emplace();
    for (std::string& text : *strings) joined->push_back(std::move(text));
  }
}

std::optional<std::string> Hdf5File::attribute_text(std::string_view path, std::string_view name) const {
  auto strings = attribute_strings(path, name);
  if (!strings) return std::nullopt;
  if (strings->size() != 1) {
    throw ModelError("the attribute '" + std::string(name) + "' of " + describe_hdf5(path, this->name()) +
                     " should be one string, found " + std::to_string(strings->size()));
  }
  return std::move(strings->front());
}

void Hdf5File::read(std::string_view path, std::span<std::byte> target) const {
  const Dataset description = dataset(path);
  if (static_cast<int64_t>(target.size()) != description.bytes) {
    throw UsageError(describe_hdf5(path, name()) + " has " + std::to_string(description.bytes) + " bytes, the target " +
                     std::to_string(target.size()));
  }
  backend_->read(path, target);
  if (description.dtype != DType::boolean) return;
  for (std::byte& value : target) value = std::byte{value != std::byte{0}};  // other bit patterns would be no valid bool
}

Tensor Hdf5File::read_tensor(std::string_view path) const {
  const Dataset description = dataset(path);
  source_->budget().take(static_cast<uint64_t>(description.bytes), "the dataset " + describe_hdf5(path, name()));
  Tensor tensor(description.dtype, description.dims);
  read(path, {static_cast<std::byte*>(tensor.data()), static_cast<size_t>(description.bytes)});
  return tensor;
}

}  // namespace keraunos::files
