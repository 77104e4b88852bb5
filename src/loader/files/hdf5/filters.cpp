#include "loader/files/hdf5/filters.h"

#include <zlib.h>

#include <algorithm>

#include "loader/files/hdf5/checksum.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr size_t kFletcherBytes = 4;

std::vector<std::byte> inflated(const std::vector<std::byte>& packed, uint64_t bytes) {
  std::vector<std::byte> result(bytes);
  uLongf written = bytes;
  const int code =
      uncompress(reinterpret_cast<Bytef*>(result.data()), &written, reinterpret_cast<const Bytef*>(packed.data()), packed.size());
  if (code == Z_OK && written == bytes) return result;
  throw Malformed("a compressed chunk does not unpack to its " + std::to_string(bytes) + " bytes");
}

// Stored are all first bytes of the elements, then all second bytes, …
std::vector<std::byte> unshuffled(std::vector<std::byte> bytes, const Filter& filter) {
  const uint64_t size = filter.values.empty() ? 0 : filter.values[0];
  if (size == 0) throw Malformed("the shuffle filter does not state the size of an element");
  const uint64_t count = bytes.size() / size;
  if (size == 1 || count < 2) return bytes;
  std::vector<std::byte> result(bytes);  // the rest stays at the end
  for (uint64_t byte = 0; byte < size; ++byte) {
    for (uint64_t i = 0; i < count; ++i) result[i * size + byte] = bytes[byte * count + i];
  }
  return result;
}

uint32_t in_swapped_bytes(uint32_t sum) { return (sum & 0x00FF00FF) << 8 | (sum >> 8 & 0x00FF00FF); }

std::vector<std::byte> verified(std::vector<std::byte> bytes) {
  if (bytes.size() < kFletcherBytes) throw Malformed("a chunk is too small for its checksum");
  const auto tail = std::span<const std::byte>(bytes).last(kFletcherBytes);
  Cursor end(tail, 0, "chunk's checksum", {});
  const uint32_t stored = end.u32();
  bytes.resize(bytes.size() - kFletcherBytes);
  const uint32_t computed = fletcher32_of(bytes);
  // HDF5 1.6.2 stored the bytes of each half in the other order.
  if (stored == computed || stored == in_swapped_bytes(computed)) return bytes;
  throw Malformed("a chunk's checksum is " + std::to_string(computed) + ", but it states " + std::to_string(stored));
}

}  // namespace

void check_filters(const std::vector<Filter>& filters) {
  for (const Filter& filter : filters) {
    if (filter.id < Filter::deflate || filter.id > Filter::fletcher32)
      throw Malformed("its filter number " + std::to_string(filter.id) + " is none of deflate, shuffle and fletcher32");
    const auto same = [&](const Filter& other) { return other.id == filter.id; };
    if (std::count_if(filters.begin(), filters.end(), same) > 1)
      throw Malformed("its filter number " + std::to_string(filter.id) + " comes twice");
  }
}

std::vector<std::byte> unfiltered(std::vector<std::byte> stored, const std::vector<Filter>& filters, uint32_t mask,
                                  uint64_t chunk_bytes) {
  const auto is_used = [&](size_t i) { return (mask >> i & 1) == 0; };
  for (size_t i = filters.size(); i-- > 0;) {
    if (!is_used(i)) continue;
    if (filters[i].id == Filter::fletcher32) stored = verified(std::move(stored));
    if (filters[i].id == Filter::shuffle) stored = unshuffled(std::move(stored), filters[i]);
    if (filters[i].id != Filter::deflate) continue;
    uint64_t bytes = chunk_bytes;  // includes the checksum, if it was added before
    for (size_t before = 0; before < i; ++before)
      bytes += is_used(before) && filters[before].id == Filter::fletcher32 ? kFletcherBytes : 0;
    stored = inflated(stored, bytes);
  }
  if (stored.size() != chunk_bytes)
    throw Malformed("a chunk has " + std::to_string(stored.size()) + " bytes instead of " + std::to_string(chunk_bytes));
  return stored;
}

}  // namespace keraunos::files::hdf5
