#include "loader/files/hdf5/layout.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr const char* kLayout = "layout message";
constexpr int kMostDimensions = 33;  // the largest rank, plus one for the element size
constexpr int kMostFilters = 32;

Layout::Kind kind_of(Cursor& cursor) {
  const uint8_t kind = cursor.u8();
  if (kind > 3) cursor.fail("its kind " + std::to_string(kind) + " is unknown");
  return static_cast<Layout::Kind>(kind);
}

uint8_t read_rank(Cursor& cursor) {
  const uint8_t rank = cursor.u8();
  if (rank == 0 || rank > kMostDimensions) cursor.fail("its chunks have " + std::to_string(rank) + " dimensions");
  return rank;
}

void read_compact(Layout& layout, Cursor& cursor, uint64_t bytes) {
  layout.compact_at = cursor.position();
  layout.compact = cursor.take(bytes);
}

// For files before HDF5 1.6.3.
void read_version1(Layout& layout, Cursor& cursor) {
  const uint8_t rank = read_rank(cursor);
  layout.kind = kind_of(cursor);
  cursor.skip(5);
  if (layout.kind != Layout::Kind::compact) layout.address = cursor.address();
  for (int i = 0; i < rank; ++i) layout.chunk.push_back(cursor.u32());
  if (layout.kind == Layout::Kind::compact) read_compact(layout, cursor, cursor.u32());
}

void read_chunks_of_version4(Layout& layout, Cursor& cursor) {
  const uint8_t flags = cursor.u8(), rank = read_rank(cursor), size_bytes = cursor.u8();
  if (size_bytes == 0 || size_bytes > 8) cursor.fail("its chunks' extents take " + std::to_string(size_bytes) + " bytes");
  for (int i = 0; i < rank; ++i) layout.chunk.push_back(cursor.number(size_bytes));
  layout.edges_are_unfiltered = (flags & 1) != 0;
  const uint8_t index = cursor.u8();
  if (index < 1 || index > 5) cursor.fail("its chunk index " + std::to_string(index) + " is unknown");
  layout.index = static_cast<Layout::Index>(index);
  switch (layout.index) {
    case Layout::Index::single:
      layout.single_is_filtered = (flags & 2) != 0;
      if (!layout.single_is_filtered) break;
      layout.single_bytes = cursor.length();
      layout.single_mask = cursor.u32();
      break;
    case Layout::Index::fixed_array: cursor.skip(1); break;  // the index states these too
    case Layout::Index::extensible_array: cursor.skip(5); break;
    case Layout::Index::btree2: cursor.skip(6); break;
    default: break;
  }
  layout.address = cursor.address();
}

void read_chunks_of_version3(Layout& layout, Cursor& cursor) {
  const uint8_t rank = read_rank(cursor);
  layout.address = cursor.address();
  for (int i = 0; i < rank; ++i) layout.chunk.push_back(cursor.u32());
}

}  // namespace

Layout read_layout(const Image& image, const Message& message) {
  Cursor cursor = fields(image, message, kLayout);
  const int version = cursor.version({1, 2, 3, 4});
  Layout layout;
  if (version < 3) {
    read_version1(layout, cursor);
    return layout;
  }
  layout.kind = kind_of(cursor);
  switch (layout.kind) {
    case Layout::Kind::compact: read_compact(layout, cursor, cursor.u16()); break;
    case Layout::Kind::contiguous:
      layout.address = cursor.address();
      layout.bytes = cursor.length();
      layout.states_bytes = true;
      break;
    case Layout::Kind::chunked:
      version == 3 ? read_chunks_of_version3(layout, cursor) : read_chunks_of_version4(layout, cursor);
      break;
    case Layout::Kind::virtual_: break;
  }
  return layout;
}

std::vector<Filter> read_filters(const Image& image, const Header& header) {
  std::vector<Filter> filters;
  const Message* message = header.find(Message::filters);
  if (message == nullptr) return filters;
  Cursor cursor = fields(image, *message, "filter message");
  const int version = cursor.version({1, 2});
  const uint8_t count = cursor.u8();
  if (count > kMostFilters) cursor.fail("it has " + std::to_string(count) + " filters");
  if (version == 1) cursor.skip(6);
  for (int i = 0; i < count; ++i) {
    Filter filter{.id = cursor.u16(), .values = {}};
    constexpr uint16_t kFirstForeign = 256;
    const uint64_t name_bytes = version == 1 || filter.id >= kFirstForeign ? cursor.u16() : 0;
    cursor.skip(2);
    const uint16_t values = cursor.u16();
    cursor.skip(version == 1 ? (name_bytes + 7) / 8 * 8 : name_bytes);
    for (int v = 0; v < values; ++v) filter.values.push_back(cursor.u32());
    if (version == 1 && values % 2 != 0) cursor.skip(4);
    filters.push_back(std::move(filter));
  }
  return filters;
}

std::vector<std::byte> read_fill_value(const Image& image, const Header& header) {
  const auto bytes_of = [](Cursor& cursor) {
    const auto size = static_cast<int32_t>(cursor.u32());  // negative or 0: there is no fill value
    const auto bytes = cursor.take(size > 0 ? static_cast<uint64_t>(size) : 0);
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  };
  if (const Message* message = header.find(Message::fill_value)) {
    Cursor cursor = fields(image, *message, "fill value message");
    const int version = cursor.version({1, 2, 3});
    if (version == 3) return (cursor.u8() & 0x20) != 0 ? bytes_of(cursor) : std::vector<std::byte>{};
    cursor.skip(2);
    const bool is_defined = cursor.u8() != 0;
    return version == 1 || is_defined ? bytes_of(cursor) : std::vector<std::byte>{};
  }
  const Message* old = header.find(Message::old_fill_value);
  if (old == nullptr) return {};
  Cursor cursor = fields(image, *old, "fill value message");
  return bytes_of(cursor);
}

}  // namespace keraunos::files::hdf5
