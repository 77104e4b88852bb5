// Attributes are messages in the header or, when there are many or large ones, in a fractal heap with an index by name.
#include "loader/files/hdf5/attributes.h"

#include <algorithm>

#include "loader/files/hdf5/btree2.h"
#include "loader/files/hdf5/fractal_heap.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr uint8_t kAttributesByName = 8;
constexpr const char* kAttribute = "attribute message";
constexpr uint64_t kMostAttributes = 100'000;

class AttributeReader {
 public:
  explicit AttributeReader(const Image& image) : image_(image) {}

  std::vector<Attribute> read(const Header& header) {
    for (const Message& message : header.messages) {
      if (message.type == Message::attribute) add(fields(image_, message, kAttribute));
    }
    if (const Message* info = header.find(Message::attribute_info)) read_dense(fields(image_, *info, "attribute info message"));
    std::sort(all_.begin(), all_.end(), [](const Attribute& a, const Attribute& b) { return a.name < b.name; });
    const auto twice =
        std::adjacent_find(all_.begin(), all_.end(), [](const Attribute& a, const Attribute& b) { return a.name == b.name; });
    if (twice != all_.end()) throw Malformed("two attributes have the name '" + twice->name + "'");
    return std::move(all_);
  }

 private:
  void read_dense(Cursor cursor) {
    cursor.version({0});
    const uint8_t flags = cursor.u8();
    if ((flags & 1) != 0) cursor.skip(2);
    const uint64_t heap_address = cursor.address(), index = cursor.address();
    if (heap_address == kNowhere) return;
    FractalHeap heap(image_, heap_address);
    for_each_record(image_, index, kAttributesByName, [&](Cursor record) {
      constexpr uint64_t kIdBytes = 8;
      const Piece piece = heap.object(record.take(kIdBytes));
      if ((record.u8() & Message::kShared) != 0)
        record.fail("the attribute lies in a table of shared messages, which h5py never writes");
      add({piece.bytes, piece.position, kAttribute, image_.sizes});
    });
  }

  void add(Cursor cursor) {
    if (all_.size() >= kMostAttributes) cursor.fail("there are more than " + std::to_string(kMostAttributes) + " attributes");
    const int version = cursor.version({1, 2, 3});
    const uint8_t flags = cursor.u8();
    const uint64_t name_bytes = cursor.u16(), type_bytes = cursor.u16(), extents_bytes = cursor.u16();
    if (version == 3) cursor.skip(1);
    const auto field = [&](uint64_t bytes) {  // padded to 8 bytes in version 1
      const uint64_t at = cursor.position();
      const Cursor result(cursor.take(bytes), at, kAttribute, image_.sizes);
      if (version == 1) cursor.skip((8 - bytes % 8) % 8);
      return result;
    };
    Attribute attribute;
    Cursor name = field(name_bytes);
    attribute.name = name.terminated();
    attribute.type = read_shared_type(image_, field(type_bytes), version > 1 && (flags & 1) != 0);
    const Cursor extents = field(extents_bytes);
    if (version > 1 && (flags & 2) != 0) cursor.fail("its dataspace lies in a table of shared messages, which h5py never writes");
    attribute.extents = read_extents(extents);
    attribute.position = cursor.position();
    const auto data = cursor.take(product(attribute.extents.elements(), attribute.type.bytes, "an attribute"));
    image_.budget().take(sizeof(Attribute) + attribute.name.size() + data.size(),
                         "an attribute in '" + image_.source().name() + "'");
    attribute.data.assign(data.begin(), data.end());
    all_.push_back(std::move(attribute));
  }

  const Image& image_;
  std::vector<Attribute> all_;
};

std::vector<std::string> fixed_strings(const Attribute& attribute, uint64_t count) {
  const size_t size = attribute.type.bytes;
  if (size == 0) throw Malformed("its strings have no bytes");
  std::vector<std::string> strings;
  for (uint64_t i = 0; i < count; ++i) {
    std::string& text = strings.emplace_back(reinterpret_cast<const char*>(attribute.data.data()) + i * size, size);
    text.erase(text.find_last_not_of('\0') + 1);
  }
  return strings;
}

}  // namespace

std::vector<Attribute> read_attributes(const Image& image, const Header& header) { return AttributeReader(image).read(header); }

std::vector<std::string> strings_in(const Attribute& attribute, const Image& image, GlobalHeaps& heaps) {
  const uint64_t count = attribute.extents.elements();
  if (count == 0) return {};
  const std::string what = "the attribute '" + attribute.name + "' of '" + image.source().name() + "'";
  using Kind = ElementType::Kind;
  if (attribute.type.kind != Kind::variable_string && attribute.type.kind != Kind::fixed_string &&
      attribute.type.kind != Kind::opaque)
    throw Malformed("expected strings, found another type");
  image.count_metadata(attribute.data.size());
  image.budget().take(product(count, sizeof(std::string), "an attribute") + attribute.data.size(), what);
  if (attribute.type.kind != Kind::variable_string) return fixed_strings(attribute, count);
  std::vector<std::string> strings;
  Cursor cursor(attribute.data, attribute.position, "string of variable length", image.sizes);
  if (attribute.type.bytes != static_cast<uint64_t>(8 + image.sizes.address))
    cursor.fail("it takes " + std::to_string(attribute.type.bytes) + " bytes");
  for (uint64_t i = 0; i < count; ++i) {
    strings.push_back(heaps.string(cursor));
    image.budget().take(strings.back().size(), what);
  }
  return strings;
}

ElementType read_shared_type(const Image& image, Cursor cursor, bool is_shared) {
  if (!is_shared) return read_type(cursor);
  const int version = cursor.version({1, 2, 3});
  const uint8_t kind = cursor.u8();
  if (version == 1) cursor.skip(6);
  if (version == 3 && kind != 2) cursor.fail("its type lies in a table of shared messages, which h5py never writes");
  const Header header = read_header(image, cursor.address());
  const Message* type = header.find(Message::datatype);
  if (type == nullptr) cursor.fail("it names a type where there is none");
  return read_type(fields(image, *type, "datatype message"));
}

}  // namespace keraunos::files::hdf5
