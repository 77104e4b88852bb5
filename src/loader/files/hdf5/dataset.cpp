// Keras writes contiguous, little-endian datasets; those are read from the source directly into the target.
#include "loader/files/hdf5/dataset.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "loader/files/hdf5/copy_chunk.h"
#include "loader/files/hdf5/filters.h"

namespace keraunos::files::hdf5 {
namespace {

static_assert(std::endian::native == std::endian::little, "files are read on little-endian machines");

// Keras writes bfloat16 as two opaque bytes with an attribute that names the type.
bool says_bfloat16(const Image& image, const std::vector<Attribute>& attributes) {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(), [](const Attribute& attribute) { return attribute.name == "dtype"; });
  using Kind = ElementType::Kind;
  if (found == attributes.end() || (found->type.kind != Kind::fixed_string && found->type.kind != Kind::variable_string))
    return false;
  GlobalHeaps heaps(image);
  return strings_in(*found, image, heaps) == std::vector<std::string>{"bfloat16"};
}

void reverse_each(std::span<std::byte> bytes, size_t size) {
  for (size_t start = 0; start < bytes.size(); start += size) std::reverse(bytes.data() + start, bytes.data() + start + size);
}

}  // namespace

bool is_dataset(const Header& header) { return header.has(Message::datatype) && header.has(Message::dataspace); }

StoredDataset::StoredDataset(const Image& image, const Header& header, const std::vector<Attribute>& attributes) : image_(image) {
  const Message& type = *header.find(Message::datatype);
  Cursor cursor(type.bytes, type.position, "datatype message", image.sizes);
  type_ = read_shared_type(image, cursor, type.is_shared());
  if (type_.kind == ElementType::Kind::opaque && type_.bytes == 2 && says_bfloat16(image, attributes))
    type_.dtype = DType::bfloat16;
  extents_ = read_extents(fields(image, *header.find(Message::dataspace), "dataspace message"));
  check_storage(header);
  if (!type_.dtype) throw Malformed("its elements are no numbers Keras has");
  measure();
  locate();
}

void StoredDataset::check_storage(const Header& header) {
  const Message* layout = header.find(Message::layout);
  if (layout == nullptr) throw Malformed("it does not say how its elements are stored");
  layout_ = read_layout(image_, *layout);
  if (layout_.kind == Layout::Kind::virtual_) throw Malformed("its storage is virtual: its elements lie in other datasets");
  if (header.has(Message::external_files)) throw Malformed("its elements lie in another file");
  filters_ = read_filters(image_, header);
  check_filters(filters_);
  fill_value_ = read_fill_value(image_, header);
}

void StoredDataset::measure() {
  if (extents_.is_null) throw Malformed("it is empty (a null dataspace)");
  if (extents_.sizes.size() > Dims::kMaxRank)
    throw Malformed("it has " + std::to_string(extents_.sizes.size()) + " dimensions, more than " +
                    std::to_string(Dims::kMaxRank));
  // The product without extents of 0: for (0, huge, huge) Dims would throw a usage error, but the file is at fault.
  uint64_t nonzero = type_.bytes;
  std::vector<int64_t> sizes;
  for (const uint64_t extent : extents_.sizes) {
    nonzero = product(nonzero, std::max<uint64_t>(extent, 1), "a dataset");
    sizes.push_back(static_cast<int64_t>(extent));
  }
  description_ = {.dtype = *type_.dtype, .dims = Dims(sizes), .offset = {}, .bytes = 0};
  description_.bytes = description_.dims.elements() * size_of(*type_.dtype);
  if (!fill_value_.empty() && fill_value_.size() != type_.bytes)
    throw Malformed("its fill value has " + std::to_string(fill_value_.size()) + " bytes, its elements " +
                    std::to_string(type_.bytes));
}

// A small number of stored bytes must not expand to gigabytes.
void StoredDataset::check_expansion(uint64_t stored) const {
  if (description_.bytes <= Hdf5File::kFreeBytes || static_cast<uint64_t>(description_.bytes / Hdf5File::kMaxRatio) <= stored)
    return;
  throw Malformed("it states " + std::to_string(description_.bytes) + " bytes where " + std::to_string(stored) + " are stored");
}

void StoredDataset::locate() {
  const auto bytes = static_cast<uint64_t>(description_.bytes);
  const std::string over = "its " + std::to_string(bytes) + " bytes run over its storage";
  if (layout_.kind == Layout::Kind::chunked) {
    grid_.emplace(layout_, extents_, type_);
    check_expansion(layout_.address == kNowhere ? 0 : static_cast<uint64_t>(image_.source().size()));
    grid_->check_count();
  } else if (layout_.kind == Layout::Kind::compact) {
    if (layout_.compact.size() < bytes) throw Malformed(over);
  } else if (layout_.address == kNowhere) {
    check_expansion(0);  // nothing is stored
  } else if (bytes > 0) {
    if (layout_.states_bytes && layout_.bytes < bytes) throw Malformed(over);
    const int64_t position = image_.position(layout_.address, bytes, "block of elements");
    if (!type_.is_big_endian) description_.offset = position;
  }
}

void StoredDataset::read(std::span<std::byte> target) const {
  if (target.empty()) return;
  if (layout_.kind != Layout::Kind::chunked || layout_.address == kNowhere) image_.count_elements(target.size());
  if (layout_.kind == Layout::Kind::compact) {
    image_.source().read(static_cast<int64_t>(layout_.compact_at), target);
  } else if (layout_.address == kNowhere) {
    fill(target);
  } else if (layout_.kind == Layout::Kind::contiguous) {
    image_.source().read(image_.position(layout_.address, target.size(), "block of elements"), target);
  } else {
    read_chunks_into(target);
  }
  if (type_.is_big_endian) reverse_each(target, type_.bytes);
}

void StoredDataset::fill(std::span<std::byte> target) const {
  if (fill_value_.empty()) {
    std::fill(target.begin(), target.end(), std::byte{0});
    return;
  }
  for (size_t at = 0; at < target.size(); at += fill_value_.size())
    std::memcpy(target.data() + at, fill_value_.data(), fill_value_.size());
}

const std::vector<Chunk>& StoredDataset::chunks() const {
  std::call_once(listed_, [&] { chunks_ = read_chunks(image_, layout_, *grid_, !filters_.empty()); });
  return chunks_;
}

void StoredDataset::read_chunks_into(std::span<std::byte> target) const {
  const std::vector<Chunk>& stored = chunks();
  if (stored.size() < grid_->total) {
    image_.count_elements(target.size());
    fill(target);
  }
  const Debit debit(image_.budget(), 3 * grid_->chunk_bytes, "a chunk in '" + image_.source().name() + "'");
  for (const Chunk& chunk : stored) {
    const std::vector<uint64_t> coordinates = grid_->coordinates_of(chunk.place);
    copy_chunk(chunk_bytes(chunk), coordinates, grid_->chunk, extents_.sizes, type_.bytes, target);
  }
}

bool StoredDataset::reaches_over(const std::vector<uint64_t>& coordinates) const {
  for (size_t axis = 0; axis < coordinates.size(); ++axis) {
    if ((coordinates[axis] + 1) * grid_->chunk[axis] > extents_.sizes[axis]) return true;
  }
  return false;
}

// Filters may enlarge a chunk, but only slightly.
std::vector<std::byte> StoredDataset::chunk_bytes(const Chunk& chunk) const {
  constexpr uint64_t kOverhead = 1024;
  const uint64_t bytes = grid_->chunk_bytes;
  if (chunk.bytes > bytes + bytes / 8 + kOverhead)
    throw Malformed("a chunk of " + std::to_string(bytes) + " bytes is stored in " + std::to_string(chunk.bytes));
  image_.count_elements(bytes);
  std::vector<std::byte> stored(chunk.bytes);
  image_.source().read(image_.position(chunk.address, chunk.bytes, "chunk"), stored);
  const bool is_plain = layout_.edges_are_unfiltered && reaches_over(grid_->coordinates_of(chunk.place));
  return unfiltered(std::move(stored), is_plain ? std::vector<Filter>{} : filters_, chunk.mask, bytes);
}

}  // namespace keraunos::files::hdf5
