// Reads NumPy's files.
#include "loader/files/npy.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "keraunos/error.h"
#include "loader/files/npy_header.h"
#include "loader/files/unicode.h"
#include "loader/files/zip.h"

namespace keraunos::files {
namespace {

/// Calls take(offset of the element in the file, in elements) for each element in row-major order.
template <class Take>
void for_each_element(const NpyHeader& header, const Take& take) {
  const int rank = header.dims.rank();
  std::array<int64_t, Dims::kMaxRank> index{}, stride{};
  int64_t step = 1;
  for (int i = 0; i < rank; ++i) {
    const int axis = header.is_fortran ? i : rank - 1 - i;
    stride[static_cast<size_t>(axis)] = step;
    step *= header.dims[axis];
  }
  const int64_t elements = header.dims.elements();
  int64_t place = 0;
  for (int64_t done = 0; done < elements; ++done) {
    take(place);
    for (auto axis = static_cast<size_t>(rank); axis-- > 0;) {
      place += stride[axis];
      if (++index[axis] < header.dims[static_cast<int>(axis)]) break;
      place -= stride[axis] * index[axis];
      index[axis] = 0;
    }
  }
}

/// The elements as stored, and the debit for them.
struct Elements {
  Debit debit;
  std::vector<std::byte> bytes;
};

Elements read_elements(const ByteSource& source, const NpyHeader& header) {
  const auto size = static_cast<uint64_t>(header.dims.elements() * header.item_bytes);
  Elements elements{.debit = Debit(source.budget(), size, "'" + source.name() + "'"), .bytes = {}};
  elements.bytes.resize(size);
  source.read(header.data, elements.bytes);
  return elements;
}

uint32_t read_code_point(const std::byte* from, bool is_big_endian) {
  uint32_t value = 0;
  std::memcpy(&value, from, sizeof(value));
  return is_big_endian ? __builtin_bswap32(value) : value;
}

std::string utf32_item(std::span<const std::byte> item, const NpyHeader& header, const ByteSource& source) {
  std::string text;
  size_t end = item.size();
  while (end > 0 && read_code_point(item.data() + end - 4, header.is_big_endian) == 0) end -= 4;
  for (size_t at = 0; at < end; at += 4) {
    if (append_utf8(text, read_code_point(item.data() + at, header.is_big_endian))) continue;
    throw ModelError("'" + source.name() + "' holds a string that is no Unicode text");
  }
  return text;
}

std::string bytes_item(std::span<const std::byte> item) {
  std::string text(reinterpret_cast<const char*>(item.data()), item.size());
  text.erase(text.find_last_not_of('\0') + 1);
  return text;
}

Tensor read_strings(const ByteSource& source, const NpyHeader& header) {
  const Elements stored = read_elements(source, header);
  const auto& bytes = stored.bytes;
  const auto size = static_cast<size_t>(header.item_bytes);
  // Each element is a string here, and a view with characters in the tensor.
  constexpr uint64_t kOverhead = sizeof(std::string) + sizeof(std::string_view);
  source.budget().take(static_cast<uint64_t>(header.dims.elements()) * kOverhead + 2 * bytes.size(), "'" + source.name() + "'");
  std::vector<std::string> strings;
  strings.reserve(static_cast<size_t>(header.dims.elements()));
  for_each_element(header, [&](int64_t place) {
    const auto item = std::span(bytes).subspan(static_cast<size_t>(place) * size, size);
    strings.push_back(header.text == NpyHeader::Text::utf32 ? utf32_item(item, header, source) : bytes_item(item));
  });
  return Tensor::strings(strings, header.dims);
}

void reverse_each(std::span<std::byte> bytes, size_t item) {
  for (size_t start = 0; start < bytes.size(); start += item) {
    std::reverse(bytes.data() + start, bytes.data() + start + item);
  }
}

void reorder(const ByteSource& source, const NpyHeader& header, std::byte* target) {
  const Elements stored = read_elements(source, header);
  const auto item = static_cast<size_t>(header.item_bytes);
  for_each_element(header, [&](int64_t place) {
    std::memcpy(target, stored.bytes.data() + static_cast<size_t>(place) * item, item);
    target += item;
  });
}

Tensor read_numbers(const ByteSource& source, const NpyHeader& header) {
  source.budget().take(static_cast<uint64_t>(header.dims.elements() * header.item_bytes), "'" + source.name() + "'");
  Tensor tensor(header.dtype, header.dims);
  const std::span<std::byte> target{static_cast<std::byte*>(tensor.data()), static_cast<size_t>(tensor.bytes())};
  if (target.empty()) return tensor;
  if (header.is_fortran && header.dims.rank() > 1) {
    reorder(source, header, target.data());
  } else {
    source.read(header.data, target);
  }
  if (header.is_big_endian) reverse_each(target, static_cast<size_t>(header.item_bytes));
  if (header.dtype == DType::boolean) {
    for (std::byte& value : target) value = std::byte{value != std::byte{0}};  // other bit patterns would be no valid bool
  }
  return tensor;
}

}  // namespace

bool is_npy(const ByteSource& source) {
  std::array<char, 6> start{};
  if (source.size() < 10) return false;
  source.read(0, std::as_writable_bytes(std::span(start)));
  return std::string_view(start.data(), start.size()) == "\x93NUMPY";
}

Tensor read_npy(const ByteSource& source) {
  const NpyHeader header = read_npy_header(source);
  return header.dtype == DType::string ? read_strings(source, header) : read_numbers(source, header);
}

Named read_npz(const SharedBytes& source) {
  const ZipArchive archive(source);
  Named arrays;
  if (archive.find("config.json") != nullptr) {
    throw ModelError("'" + source->name() + "' is a Keras model, no .npz of arrays; write arrays with numpy.savez or numpy.save");
  }
  for (const ZipMember& member : archive.members()) {
    if (member.method == ZipMember::Method::stored) archive.verify_crc(member.name);
    const bool has_suffix = member.name.ends_with(".npy");
    arrays.emplace_back(member.name.substr(0, member.name.size() - (has_suffix ? 4 : 0)), read_npy(*archive.open(member.name)));
  }
  return arrays;
}

Named read_npz(const std::string& path, SharedBudget budget) { return read_npz(open_file(path, std::move(budget))); }

Named read_arrays(const std::string& path, SharedBudget budget) {
  const SharedBytes source = open_file(path, std::move(budget));
  if (is_npy(*source)) {
    Named arrays;
    arrays.emplace_back("arr_0", read_npy(*source));
    return arrays;
  }
  if (is_zip(*source)) return read_npz(source);
  throw ModelError("'" + path + "' is neither an .npz nor an .npy file; write it with numpy.savez or numpy.save");
}

}  // namespace keraunos::files
