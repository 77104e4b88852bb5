#include "loader/files/sorted_table.h"

#include "keraunos/error.h"
#include "loader/files/crc32c.h"
#include "loader/files/protobuf.h"

namespace keraunos::files {
namespace {

constexpr size_t kFooter = 48, kMagicBytes = 8, kTrailer = 5, kWord = 4;
constexpr uint64_t kMagicNumber = 0xdb4775248b80fb57;

struct Handle {
  uint64_t offset = 0, size = 0;
};

class Table {
 public:
  Table(std::string_view text, const ByteSource& source) : text_(text), source_(source) {}

  std::map<std::string, std::string> entries() {
    if (text_.size() < kFooter || fixed(text_.substr(text_.size() - kMagicBytes), kMagicBytes) != kMagicNumber)
      refuse("it does not end as such a table does");
    std::string_view footer = text_.substr(text_.size() - kFooter);
    static_cast<void>(handle(footer));  // of the meta index, which is empty
    std::map<std::string, std::string> all;
    walk(block(handle(footer)), [&](const std::string&, std::string_view value) {
      std::string_view place = value;
      walk(block(handle(place)), [&](const std::string& key, std::string_view entry) {
        source_.budget().take(key.size() + entry.size(), source_.name());
        all.insert_or_assign(key, std::string(entry));
      });
    });
    return all;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw ModelError(source_.name() + " is no index of a checkpoint: " + why);
  }

  static uint64_t fixed(std::string_view bytes, size_t size) {
    uint64_t value = 0;
    for (size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
    return value;
  }

  uint64_t varint(std::string_view& bytes) const {
    const auto value = take_varint(bytes);
    if (!value) refuse("a number is cut off");
    return *value;
  }

  Handle handle(std::string_view& bytes) const {
    const uint64_t offset = varint(bytes), size = varint(bytes);
    return {offset, size};
  }

  // A block is followed by its compression type and the checksum of both.
  std::string_view block(Handle at) const {
    if (at.offset > text_.size() || at.size > text_.size() - at.offset || text_.size() - at.offset - at.size < kTrailer)
      refuse("a block lies outside it");
    const std::string_view whole = text_.substr(at.offset, at.size + kTrailer);
    const auto bytes = std::as_bytes(std::span(whole.data(), at.size + 1));
    if (masked_crc(crc32c(bytes)) != fixed(whole.substr(at.size + 1), kWord)) refuse("the checksum of a block is wrong");
    if (whole[at.size] != 0) refuse("its blocks are compressed, which TensorFlow's checkpoints are not");
    return whole.substr(0, at.size);
  }

  // An entry: number of bytes shared with the previous key, number of further bytes, size of the value, the bytes and the value.
  template <class Visit>
  void walk(std::string_view block, const Visit& visit) const {
    if (block.size() < kWord) refuse("a block is cut off");
    const uint64_t restarts = fixed(block.substr(block.size() - kWord), kWord);
    if (restarts > block.size() / kWord - 1) refuse("a block has more restarts than bytes");
    block.remove_suffix((restarts + 1) * kWord);
    std::string key;
    while (!block.empty()) {
      const uint64_t shared = varint(block), more = varint(block), size = varint(block);
      if (shared > key.size() || more > block.size() || size > block.size() - more) refuse("an entry is longer than its block");
      key.resize(shared);
      key += block.substr(0, more);
      const std::string_view value = block.substr(more, size);
      block.remove_prefix(more + size);
      visit(key, value);
    }
  }

  std::string_view text_;
  const ByteSource& source_;
};

}  // namespace

std::map<std::string, std::string> read_sorted_table(const ByteSource& source) {
  const Debit debit(source.budget(), static_cast<uint64_t>(source.size()), source.name());
  std::vector<std::byte> bytes(static_cast<size_t>(source.size()));
  source.read(0, bytes);
  return Table({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, source).entries();
}

}  // namespace keraunos::files
