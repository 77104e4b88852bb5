// Writes NumPy's files. Elements are written row-major and little-endian, as in memory.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "keraunos/error.h"
#include "loader/files/npy.h"
#include "loader/files/npy_header.h"
#include "loader/files/unicode.h"
#include "loader/files/zip.h"

namespace keraunos::files {
namespace {

std::string_view descr_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
    case DType::bfloat16: return "<f4";
    case DType::float64: return "<f8";
    case DType::float16: return "<f2";
    case DType::int8: return "|i1";
    case DType::uint8: return "|u1";
    case DType::int16: return "<i2";
    case DType::uint16: return "<u2";
    case DType::int32: return "<i4";
    case DType::uint32: return "<u4";
    case DType::int64: return "<i8";
    case DType::uint64: return "<u8";
    case DType::boolean: return "|b1";
    case DType::string: return "U";
  }
  return "";
}

void append(std::vector<std::byte>& target, const void* bytes, int64_t count) {
  const auto* from = static_cast<const std::byte*>(bytes);
  if (count > 0) target.insert(target.end(), from, from + count);
}

void append(std::vector<std::byte>& target, const std::string& text) {
  append(target, text.data(), static_cast<int64_t>(text.size()));
}

void append_strings(std::vector<std::byte>& target, const TensorView& values) {
  std::vector<std::u32string> items;
  size_t width = 1;  // NumPy writes empty strings as U1, too
  const auto* views = static_cast<const std::string_view*>(values.data);
  for (int64_t i = 0; i < values.dims.elements(); ++i) {
    auto text = from_utf8(views[i]);
    if (!text) throw DataError("element " + std::to_string(i) + " is not UTF-8 text, which NumPy's strings must be");
    width = std::max(width, text->size());
    items.push_back(std::move(*text));
  }
  append(target, npy_header_text("<U" + std::to_string(width), values.dims));
  for (std::u32string& item : items) {
    item.resize(width);
    append(target, item.data(), static_cast<int64_t>(width * sizeof(char32_t)));
  }
}

void append_widened(std::vector<std::byte>& target, const TensorView& values) {
  const auto* from = static_cast<const std::byte*>(values.data);
  for (int64_t i = 0; i < values.dims.elements(); ++i) {
    bfloat16 narrow;
    std::memcpy(&narrow, from + i * 2, sizeof(narrow));
    const auto wide = static_cast<float>(narrow);
    append(target, &wide, sizeof(wide));
  }
}

}  // namespace

void refuse_unwritable(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code unknown;
  if (path.empty()) fail_to_write(path, "it has no name");
  if (fs::is_directory(path, unknown)) fail_to_write(path, "it is a folder; give the name of a file in it");
  const fs::path parent = fs::path(path).parent_path(), folder = parent.empty() ? fs::path(".") : parent;
  if (!fs::is_directory(folder, unknown)) fail_to_write(path, "there is no folder '" + folder.string() + "'; make it first");
  if (::access(folder.c_str(), W_OK) != 0 && ::access(path.c_str(), W_OK) != 0)
    fail_to_write(path, "there is no permission to write into the folder '" + folder.string() + "'; choose another");
}

void write_npy(std::vector<std::byte>& target, const TensorView& values) {
  if (values.where.kind != Device::cpu) throw UsageError("arrays are written from memory of the CPU only");
  if (values.dtype == DType::string) return append_strings(target, values);
  append(target, npy_header_text(descr_of(values.dtype), values.dims));
  if (values.dtype == DType::bfloat16) return append_widened(target, values);
  append(target, values.data, values.bytes());
}

void write_npy(const std::string& path, const TensorView& values) {
  refuse_unwritable(path);
  std::vector<std::byte> bytes;
  write_npy(bytes, values);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) fail_to_write(path, std::generic_category().message(errno));
}

void write_npz(const std::string& path, const NamedViews& arrays) {
  refuse_unwritable(path);
  ZipWriter writer(path);
  for (const auto& [name, values] : arrays) {
    std::vector<std::byte> bytes;
    write_npy(bytes, values);
    writer.add(name + ".npy", std::move(bytes));
  }
  writer.finish();
}

void write_npz(const std::string& path, const Named& arrays) {
  NamedViews views;
  for (const auto& [name, tensor] : arrays) views.emplace_back(name, tensor);
  write_npz(path, views);
}

}  // namespace keraunos::files
