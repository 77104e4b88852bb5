// The messages BundleHeaderProto (1 num_shards, 2 endianness) and BundleEntryProto (1 dtype, 2 shape, 3 shard_id, 4 offset, 5
// size, 6 crc32c, 7 slices), from tensorflow/core/protobuf/tensor_bundle.proto.
#include "loader/tf/tensor_bundle.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "host/graph/extent.h"
#include "keraunos/error.h"
#include "loader/files/crc32c.h"
#include "loader/files/protobuf.h"
#include "loader/files/sorted_table.h"
#include "loader/keras/dtype_policy.h"
#include "loader/tf/node.h"
#include "loader/tf/shape_message.h"

namespace keraunos::loader {

using files::ProtoField;
using files::ProtoReader;

namespace {

constexpr int64_t kMostShards = 100'000;
constexpr int64_t kString = 7;

std::string shard_name(const std::string& prefix, int64_t shard, int64_t shards) {
  std::array<char, 64> end{};
  std::snprintf(end.data(), end.size(), ".data-%05lld-of-%05lld", static_cast<long long>(shard), static_cast<long long>(shards));
  return prefix + end.data();
}

std::vector<int64_t> known_sizes(std::string_view message, const std::string& what) {
  const auto sizes = sizes_of_shape(message, what);
  if (!sizes || std::any_of(sizes->begin(), sizes->end(), [](int64_t size) { return size < 0; }))
    throw ModelError(what + " has a negative extent");
  return *sizes;
}

}  // namespace

TensorBundle::TensorBundle(const std::filesystem::path& folder, const std::filesystem::path& prefix,
                           const files::SharedBudget& budget)
    : name_((folder / prefix).string() + ".index") {
  const auto open = [&](const std::string& file) {
    return folder.empty() ? files::open_file(file, budget) : files::open_inside(folder, file, budget);
  };
  entries_ = files::read_sorted_table(*open(prefix.string() + ".index"));
  const auto header = entries_.find("");
  if (header == entries_.end()) throw ModelError(name_ + " does not say how many shards it has");
  int64_t shards = 0;
  ProtoReader reader(header->second, name_);
  while (const auto field = reader.next()) {
    if (field->number == 1) shards = field->as_int();
    if (field->number == 2 && field->as_int() != 0)
      throw ModelError(name_ + " was written on a big-endian machine, which is not supported");
  }
  if (shards < 1 || shards > kMostShards) throw ModelError(name_ + " has " + std::to_string(shards) + " shards");
  for (int64_t i = 0; i < shards; ++i) shards_.push_back(open(shard_name(prefix.string(), i, shards)));
}

TensorBundle::Entry TensorBundle::entry(const std::string& key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) throw ModelError(name_ + " holds no tensor \"" + key + '"');
  const std::string what = name_ + ": \"" + key + '"';
  Entry entry;
  ProtoReader reader(found->second, what);
  while (const auto field = reader.next()) {
    switch (field->number) {
      case 1: entry.type = field->as_int(); break;
      case 2: entry.shape = known_sizes(field->bytes, what); break;
      case 3: entry.shard = field->as_int(); break;
      case 4: entry.offset = field->as_int(); break;
      case 5: entry.size = field->as_int(); break;
      case 6: entry.checksum = static_cast<uint32_t>(field->integer); break;
      case 7: entry.is_sliced = true; break;
      default: break;
    }
  }
  if (entry.shard < 0 || entry.shard >= static_cast<int64_t>(shards_.size()))
    throw ModelError(what + " lies in shard " + std::to_string(entry.shard) + " of " + std::to_string(shards_.size()));
  return entry;
}

files::SharedBytes TensorBundle::bytes_of(const Entry& entry, const std::string& key) const {
  return files::window(shards_[static_cast<size_t>(entry.shard)], entry.offset, entry.size, name_ + ": \"" + key + '"');
}

std::shared_ptr<const Tensor> TensorBundle::tensor(const std::string& key) const {
  const Entry at = entry(key);
  const std::string what = name_ + ": \"" + key + '"', type_name(dtype_name_of(at.type));
  const auto type = dtype_named(type_name);
  if (at.is_sliced) throw ModelError(what + " is stored in slices, which is not supported");
  if (!type || *type == DType::string)
    throw ModelError(what + " is of TensorFlow's type " + std::to_string(at.type) +
                     (type_name.empty() ? "" : " (" + type_name + ')') + "; expected numbers");
  if (at.shape.size() > Dims::kMaxRank) throw ModelError(what + " has " + std::to_string(at.shape.size()) + " axes");
  const Dims dims{std::span<const int64_t>(at.shape)};
  int64_t bytes = static_cast<int64_t>(size_of(*type));
  for (const int64_t size : at.shape) bytes = host::checked_multiply(bytes, size);
  if (bytes != at.size)
    throw ModelError(what + " has " + std::to_string(at.size) + " bytes; expected " + std::to_string(bytes) + " for " +
                     dims.to_string());
  const files::SharedBytes source = bytes_of(at, key);
  source->budget().take(static_cast<uint64_t>(bytes), what);
  auto result = std::make_shared<Tensor>(*type, dims);
  const std::span<std::byte> target(static_cast<std::byte*>(result->data()), static_cast<size_t>(bytes));
  source->read(0, target);
  if (files::masked_crc(files::crc32c(target)) != at.checksum)
    throw ModelError(what + ": its checksum is wrong; the file is damaged");
  if (*type == DType::boolean) {
    for (std::byte& value : target) value = std::byte{value != std::byte{0}};  // other bit patterns would be no valid bool
  }
  return result;
}

// The format: lengths, their checksum, the strings. Checksums treat a length as four bytes; the last checksum covers all three.
std::vector<std::string> TensorBundle::texts_of(const Entry& at, const std::string& key) const {
  const std::string what = name_ + ": \"" + key + '"';
  int64_t count = 1;
  for (const int64_t size : at.shape) count = host::checked_multiply(count, size);
  if (count > at.size) throw ModelError(what + " is cut off");  // a length takes at least one byte
  const files::SharedBytes source = bytes_of(at, key);
  source->budget().take(static_cast<uint64_t>(count) * (sizeof(std::string) + sizeof(uint32_t)), what);
  const std::string all = files::read_text(*source);
  std::string_view rest = all;
  constexpr size_t kChecksum = 4;
  std::vector<uint32_t> lengths;
  for (int64_t i = 0; i < count; ++i) {
    const auto length = files::take_varint(rest);
    if (!length || *length > UINT32_MAX) throw ModelError(what + " is cut off");
    lengths.push_back(static_cast<uint32_t>(*length));
  }
  const uint32_t of_lengths = files::crc32c(std::as_bytes(std::span(lengths)));
  if (rest.size() < kChecksum ||
      files::masked_crc(files::crc32c(std::as_bytes(std::span(rest.data(), rest.size())), of_lengths)) != at.checksum)
    throw ModelError(what + ": its checksum is wrong; the file is damaged");
  rest.remove_prefix(kChecksum);
  std::vector<std::string> texts;
  for (const uint32_t length : lengths) {
    if (length > rest.size()) throw ModelError(what + " is cut off");
    texts.emplace_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  if (!rest.empty()) throw ModelError(what + " is longer than its strings");
  return texts;
}

std::shared_ptr<const Tensor> TensorBundle::tensor_or_texts(const std::string& key) const {
  const Entry at = entry(key);
  if (at.type != kString) return tensor(key);
  if (at.shape.size() > Dims::kMaxRank || at.is_sliced)
    throw ModelError(name_ + ": \"" + key + "\" is no plain tensor of strings");
  return std::make_shared<const Tensor>(Tensor::strings(texts_of(at, key), Dims{std::span<const int64_t>(at.shape)}));
}

std::string TensorBundle::text(const std::string& key) const {
  const Entry at = entry(key);
  if (at.type != kString || !at.shape.empty()) throw ModelError(name_ + ": \"" + key + "\" is no string");
  return texts_of(at, key)[0];
}

}  // namespace keraunos::loader
